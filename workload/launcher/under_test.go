package launcher_test

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

func TestASettingThatAFieldReplacesStaysUnderIt(t *testing.T) {
	f, err := source.Open("x.yaml", []byte(`apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: x}
spec:
  image: a
  sparkConf: {spark.executor.memory: 8g, spark.executor.extraJavaOptions: -Da=b, spark.kubernetes.container.image: b, spark.driver.memory: 1g}
  driver: {cores: 1}
  executor: {memory: 1g, javaOptions: -Dc=d}
`))
	if err != nil {
		t.Fatal(err)
	}
	conf := f.Docs[0].Conf
	for key, want := range map[string]string{
		"spark.executor.memory": "8g", "spark.executor.extraJavaOptions": "-Da=b", "spark.driver.memory": "", "spark.driver.cores": "",
		"spark.kubernetes.container.image": "", // here sparkConf wins
	} {
		under := conf[key].Under
		if want == "" && under != nil || want != "" && (under == nil || under.Value != want || !strings.HasPrefix(strings.Join(under.Path, "."), "spec.sparkConf.") || under.Line != 6) {
			t.Errorf("%s: %+v", key, under)
		}
	}
}

package rulebook

import (
	"fmt"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestLawsOverOddPods holds the laws on pods whose users set what rules look at in ways that nobody expects.
func TestLawsOverOddPods(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const executor = "metadata: {labels: {spark-role: executor, spark-app-selector: a, spark-version: 3.5.6}%s}\nspec: {restartPolicy: Never%s, containers: [{name: spark-kubernetes-executor, image: 'apache/spark:3.5.6-java17', args: [executor]%s}]}"
	const claim = ", volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]"
	const mount = ", volumeMounts: [{name: d, mountPath: /data}]"
	for name, parts := range map[string][3]string{
		"a claim and a foreign uid":               {"", ", securityContext: {runAsUser: 1234}" + claim, mount},
		"a claim and a foreign uid of its own":    {"", claim, mount + ", securityContext: {runAsUser: 4321}"},
		"a claim, the image's fsGroup, other uid": {"", ", securityContext: {runAsUser: 1234, fsGroup: 185}" + claim, mount},
		"options with large numbers":              {"", "", ", env: [{name: SPARK_JAVA_OPT_999999, value: -Da}, {name: SPARK_JAVA_OPT_1000000, value: -Db}, {name: SPARK_JAVA_OPT_0, value: -Dc}]"},
		"options beyond all numbers":              {"", "", ", env: [{name: SPARK_JAVA_OPT_9223372036854775807, value: -Da}, {name: SPARK_JAVA_OPT_x, value: -Db}]"},
		"empty annotations":                       {", annotations: {prometheus.io/scrape: '', prometheus.io/port: '', prometheus.io/path: ''}", "", ""},
		"a device at /tmp":                        {", annotations: {kubectl-spark.io/want: SPK-S011/readOnlyRoot}", claim, ", volumeDevices: [{name: d, devicePath: /tmp}]"},
		"a container that never restarts":         {"", "", ", restartPolicy: Never"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := yaml.YAMLToJSON([]byte(fill(executor, parts)))
			if err != nil {
				t.Fatal(err)
			}
			for _, profile := range rule.Profiles() {
				checkLaws(t, set, raw, profile)
			}
		})
	}
}

func fill(text string, parts [3]string) string {
	return fmt.Sprintf(text, parts[0], parts[1], parts[2])
}

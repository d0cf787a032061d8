package change

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const usersApplication = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: a
  annotations:
    example.org/a: b
spec:
  type: Scala
  mode: cluster
  image: apache/spark:3.5.6
  sparkVersion: 3.5.6
  mainApplicationFile: local:///a.jar
  sparkConf:
    spark.ui.port: "4041"
  driver:
    cores: 2
    securityContext: {runAsUser: 1000, runAsNonRoot: false}
    env:
    - {name: MALLOC_ARENA_MAX, value: "4"}
    - {name: MODE, value: fast}
  executor:
    cores: 2
    javaOptions: -Da=b -XX:ActiveProcessorCount=8
    template:
      metadata: {labels: {team: x}}
      spec:
        containers:
        - {name: spark-kubernetes-executor, securityContext: {readOnlyRootFilesystem: false}}
`

func injecting(t *testing.T, name, text string, back bool) (string, []string) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	file, err := source.Open(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	in := Injection{Rules: set, Profile: rule.Restricted, Undo: back}
	_, notes, left, err := in.File(t.Context(), file)
	if err != nil || len(left) > 0 {
		t.Fatalf("%v %v in\n%s", err, left, text)
	}
	return string(file.Bytes()), notes
}

// TestAForgedAnnotationTakesNothingOfTheUsersAway: what inject would not have written stays, whoever claims that it did.
func TestAForgedAnnotationTakesNothingOfTheUsersAway(t *testing.T) {
	hash := func(value string) string { return " #" + undo.Hash([]byte(value)) }
	for _, entry := range []string{
		"spec/driver/+cores" + hash("2"), "spec/+driver", "spec/driver/+cores", "spec/+image", "spec/sparkConf/+spark.ui.port" + hash(`"4041"`),
		"spec/driver/securityContext/+runAsNonRoot" + hash("false"), "spec/driver/securityContext/+runAsUser" + hash("1000"),
		"spec/driver/+securityContext" + hash(`{"runAsUser":1000,"runAsNonRoot":false}`),
		"spec/driver/env/+MALLOC_ARENA_MAX" + hash(`{"name":"MALLOC_ARENA_MAX","value":"4"}`), "spec/driver/env/+MODE" + hash(`{"name":"MODE","value":"fast"}`),
		"spec/driver/+env" + hash(`[{"name":"MALLOC_ARENA_MAX","value":"4"},{"name":"MODE","value":"fast"}]`),
		"spec/executor/javaOptions -XX:ActiveProcessorCount=8", "spec/executor/javaOptions ~-XX:ActiveProcessorCount=8", "spec/executor/javaOptions ^-Da=b -XX:ActiveProcessorCount=8",
		"spec/executor/+javaOptions" + hash(`"-Da=b -XX:ActiveProcessorCount=8"`),
		"spec/executor/+template" + hash(`{"metadata":{"labels":{"team":"x"}},"spec":{"containers":[{"name":"spark-kubernetes-executor","securityContext":{"readOnlyRootFilesystem":false}}]}}`),
		"spec/executor/template/+metadata" + hash(`{"labels":{"team":"x"}}`), "spec/executor/template/spec/+containers",
		"metadata/annotations/+example.org~1a" + hash(`"b"`), "+metadata", "kind", "+", "++", "/", "spec//+", "spec/driver/env/[0]", "spec/driver/env/[1] #", strings.Repeat("spec/", 5000), "spec/~2", "spec/driver/securityContext/runAsNonRoot true",
	} {
		list, err := json.Marshal([]string{entry})
		if err != nil {
			t.Fatal(err)
		}
		claim := "    " + carry.AnnotationUndo + ": '" + string(list) + "'\n"
		forged := strings.Replace(usersApplication, "    example.org/a: b\n", "    example.org/a: b\n"+claim, 1)
		got, notes := injecting(t, "a.yaml", forged, true)
		if got != usersApplication || !strings.Contains(strings.Join(notes, "\n"), "left alone") {
			t.Errorf("%.80q: %q\n%s", entry, notes, got)
		}
	}
}

// TestAClaimBesideTrueOnes is left alone, and the true ones are taken back; what depends on what the user changed since, too.
func TestAClaimBesideTrueOnes(t *testing.T) {
	injected, _ := injecting(t, "a.yaml", usersApplication, false)
	if injected == usersApplication {
		t.Fatal("nothing is injected")
	}
	forged := strings.Replace(injected, `"[`, `"[\"spec/driver/+cores #`+undo.Hash([]byte("2"))+`\",`, 1)
	if forged == injected {
		t.Fatalf("no annotation in\n%s", injected)
	}
	if got, notes := injecting(t, "a.yaml", forged, true); got != usersApplication {
		t.Errorf("%q\n%s", notes, got)
	}
	changed := strings.Replace(injected, "cores: 2", "cores: 3", 1)
	if got, notes := injecting(t, "a.yaml", changed, true); strings.Replace(got, "cores: 3", "cores: 2", 1) != usersApplication {
		t.Errorf("%q\n%s", notes, got)
	}
}

// TestForgedLinesOfAConfigurationStay, where inject would not write them.
func TestForgedLinesOfAConfigurationStay(t *testing.T) {
	const users = "spark.master k8s://https://a\nspark.kubernetes.container.image apache/spark:3.5.6\n"
	block := func(inner string) string {
		quoted, err := json.Marshal(inner)
		if err != nil {
			t.Fatal(err)
		}
		return "# kubectl-spark.io/begin " + undo.Hash(quoted) + "\n" + inner + "# kubectl-spark.io/end\n"
	}
	for name, text := range map[string]string{
		"spark-defaults.conf": users,
		"configmap.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  spark-defaults.conf: |\n    " + strings.TrimSuffix(strings.ReplaceAll(users, "\n", "\n    "), "    "),
	} {
		injected, _ := injecting(t, name, text, false)
		if back, notes := injecting(t, name, injected, true); injected == text || back != text {
			t.Errorf("%s is not given back: %q\n%s", name, notes, back)
		}
		for _, inner := range []string{"spark.executor.memory 4g\n", "spark.executorEnv.MALLOC_ARENA_MAX=4\n", "spark.executor.extraJavaOptions=-Da=b\n", "spark.kubernetes.driver.annotation.a=b\n",
			"spark.kubernetes.driver.podTemplateFile=/x/y.yaml\n", "spark.executorEnv.MALLOC_ARENA_MAX=2\nspark.executor.memory 4g\n"} {
			forged := text + block(inner)
			if name == "configmap.yaml" {
				forged = text + "    " + strings.TrimSuffix(strings.ReplaceAll(block(inner), "\n", "\n    "), "    ")
			}
			if got, notes := injecting(t, name, forged, true); got != forged || !strings.Contains(strings.Join(notes, "\n"), "left alone") {
				t.Errorf("%s, %q: %q\n%s", name, inner, notes, got)
			}
		}
	}
}

package change

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// resized changes the one workload of a text.
func resizedText(t *testing.T, text string, conf []spark.Change, pods []spark.PodChange) (after string, refused []string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sc, err := scene.Files(t.Context(), scene.Input{Names: []string{name}, Edit: true})
	if err != nil || len(sc.Workloads) != 1 {
		t.Fatal(err)
	}
	all := []Resizing{{sc.Workloads[0], conf, pods}}
	carriable := Carriable(all)
	set, no, err := Resize(t.Context(), sc, all)
	if err != nil {
		t.Fatal(err)
	}
	if after = text; len(set.Files()) > 0 {
		after = string(set.Files()[0].Bytes())
	}
	if carriable != (after != text) {
		t.Errorf("that anything can be carried is said to be %v", carriable)
	}
	for _, r := range no {
		refused = append(refused, r.Key+": "+r.Reason)
	}
	return after, refused
}

// TestPodChangesAreMadeWhereTheyStand: of a variable, of a new one, of a resource, and of one that is taken out.
func TestPodChangesAreMadeWhereTheyStand(t *testing.T) {
	got, refused := resizedText(t, fixtures.WorkerSet, []spark.Change{{Key: "spark.executor.cores", Value: "2"}, {Key: "spark.executor.memory", Value: "2g"}}, []spark.PodChange{
		{Role: spark.Worker, Env: "SPARK_WORKER_MEMORY", Value: "512m"},
		{Role: spark.Worker, Env: "SPARK_WORKER_CORES", Value: "2"},
		{Role: spark.Worker, Env: "SPARK_DAEMON_MEMORY", Value: "1g"},
		{Role: spark.Worker, Env: "GONE", Unset: true},
		{Role: spark.Worker, Resource: "limits.cpu", Unset: true},
		{Role: spark.Worker, Resource: "limits.ephemeral-storage", Unset: true},
		{Role: spark.Worker, Resource: "requests.memory", Value: "2Gi"},
		{Role: spark.Worker, Resource: "limits.memory", Value: "much"},
		{Role: spark.Master, Env: "X", Value: "y"},
	})
	want := "the configuration: spark-submit made its pods, and no object here holds it: submit with --conf|" +
		"SPARK_DAEMON_MEMORY of the worker: the variable's value comes from valueFrom|" +
		"limits.memory of the worker: no other setting has exactly the same meaning|X of the master: only the pods were read, not the object that creates them"
	if said := strings.Join(refused, "|"); said != want {
		t.Errorf("refused %s", said)
	}
	after := strings.NewReplacer("value: 1g", "value: 512m", `cpu: "2", memory: 768Mi}`, `memory: 768Mi}`+"\n          requests:\n            memory: 2Gi",
		"key: k}}\n", "key: k}}\n        - name: SPARK_WORKER_CORES\n          value: \"2\"\n").Replace(fixtures.WorkerSet)
	if got != after {
		t.Errorf("edited to\n%s\nwant\n%s", got, after)
	}
}

// TestPodChangesReachATemplateThatAConfigMapHolds, two into a list that is not there.
func TestPodChangesReachATemplateThatAConfigMapHolds(t *testing.T) {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  executor.yaml: |\n    spec:\n      containers:\n      - name: c\n"
	got, refused := resizedText(t, text, nil, []spark.PodChange{{Role: spark.Executor, Env: "A", Value: "1"}, {Role: spark.Executor, Env: "B", Value: "2"}, {Role: spark.Executor, Resource: "limits.memory", Value: "2Gi"}})
	want := text + "        env:\n        - name: A\n          value: \"1\"\n        - name: B\n          value: \"2\"\n        resources:\n          limits:\n            memory: 2Gi\n"
	if len(refused) > 0 || got != want {
		t.Errorf("refused %q, edited to\n%s", refused, got)
	}
}

// TestNothingIsCarriedWhereNothingHoldsIt: then the changes are for what submits the application.
func TestNothingIsCarriedWhereNothingHoldsIt(t *testing.T) {
	got, refused := resizedText(t, fixtures.WorkerSet, []spark.Change{{Key: "spark.executor.cores", Value: "2"}}, nil)
	if got != fixtures.WorkerSet || len(refused) != 1 {
		t.Errorf("refused %q, edited to\n%s", refused, got)
	}
}

package carry

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const workerSet = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: worker, namespace: team}
spec:
  template:
    spec:
      containers:
      - name: worker
        image: apache/spark:3.5.6
        command: [/opt/spark/sbin/start-worker.sh]
        args: ["spark://m:7077"]
        env: # kept
        - name: SPARK_WORKER_MEMORY
          value: 1g
        - name: SPARK_DAEMON_MEMORY
          valueFrom: {configMapKeyRef: {name: c, key: k}}
        resources:
          limits: {cpu: "2", memory: 768Mi}
`

// TestPodChangesAreMadeWhereTheyStand: of a variable, of a new one, of a resource, and of one that is taken out.
func TestPodChangesAreMadeWhereTheyStand(t *testing.T) {
	file, err := source.Open("worker.yaml", []byte(workerSet))
	if err != nil {
		t.Fatal(err)
	}
	w := workload.Group(file.Docs)[0]
	edits, refused := Edits(&w, []spark.Change{{Key: "spark.executor.cores", Value: "2"}}, []spark.PodChange{
		{Role: spark.Worker, Env: "SPARK_WORKER_MEMORY", Value: "512m"},
		{Role: spark.Worker, Env: "SPARK_WORKER_CORES", Value: "2"},
		{Role: spark.Worker, Env: "SPARK_DAEMON_MEMORY", Value: "1g"},
		{Role: spark.Worker, Env: "GONE", Unset: true},
		{Role: spark.Worker, Resource: "limits.cpu", Unset: true},
		{Role: spark.Worker, Resource: "limits.ephemeral-storage", Unset: true},
		{Role: spark.Worker, Resource: "requests.memory", Value: "2Gi"},
		{Role: spark.Master, Env: "X", Value: "y"},
	})
	var said []string
	for _, r := range refused {
		said = append(said, r.Key+": "+r.Reason)
	}
	want := "the configuration: spark-submit made its pods, and no object here holds it: submit with --conf|" +
		"SPARK_DAEMON_MEMORY of the worker: its value comes from elsewhere|X of the master: only pods were seen, not what makes them"
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("refused %s", got)
	}
	if len(edits) != 1 || edits[0].Doc != file.Docs[0] {
		t.Fatalf("edits %+v", edits)
	}
	if err := file.Edit(edits[0].Doc, edits[0].Ops); err != nil {
		t.Fatal(err)
	}
	after := strings.NewReplacer("value: 1g", "value: 512m", `cpu: "2", memory: 768Mi}`, `memory: 768Mi}`+"\n          requests:\n            memory: 2Gi",
		"key: k}}\n", "key: k}}\n        - name: SPARK_WORKER_CORES\n          value: \"2\"\n").Replace(workerSet)
	if got := string(file.Bytes()); got != after {
		t.Errorf("edited to\n%s\nwant\n%s", got, after)
	}
}

// TestPodChangesReachATemplateThatAConfigMapHolds, two into a list that is not there.
func TestPodChangesReachATemplateThatAConfigMapHolds(t *testing.T) {
	file, err := source.Open("map.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  executor.yaml: |\n    spec:\n      containers:\n      - name: c\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := workload.Group(file.Docs)[0]
	edits, refused := Edits(&w, nil, []spark.PodChange{{Role: spark.Executor, Env: "A", Value: "1"}, {Role: spark.Executor, Env: "B", Value: "2"}, {Role: spark.Executor, Resource: "limits.memory", Value: "2Gi"}})
	if len(refused) > 0 || len(edits) != 1 {
		t.Fatalf("%+v, refused %+v", edits, refused)
	}
	if err := file.Edit(edits[0].Doc, edits[0].Ops); err != nil {
		t.Fatal(err)
	}
	c := file.Docs[0].Slots[0].Template.Spec.Containers[0]
	if len(c.Env) != 2 || c.Env[0].Value+c.Env[1].Value != "12" || c.Resources.Limits.Memory().String() != "2Gi" {
		t.Errorf("edited to\n%s", file.Bytes())
	}
}

// TestTheImageThatPodsRun: the configuration's for a pod that Spark is to make, its own for any other.
func TestTheImageThatPodsRun(t *testing.T) {
	conf := spark.Conf{"spark.kubernetes.container.image": {Value: "named"}}
	file, err := source.Open("worker.yaml", []byte(workerSet))
	if err != nil {
		t.Fatal(err)
	}
	s := workload.Group(file.Docs)[0].Subjects[0]
	if got := launcher.Image(&s, conf); got != "apache/spark:3.5.6" {
		t.Errorf("a server runs %q", got)
	}
	s.Slot.Role = spark.Driver
	if got := launcher.Image(&s, conf) + " " + launcher.Image(&s, nil); got != "named apache/spark:3.5.6" {
		t.Errorf("a driver to be made runs %q", got)
	}
	s.Slot.Identity.Client = true
	if got := launcher.Image(&s, conf); got != "apache/spark:3.5.6" {
		t.Errorf("a driver in client mode runs %q", got)
	}
	s.Slot.Identity.Client = false
	if s.Live = true; launcher.Image(&s, conf) != "apache/spark:3.5.6" {
		t.Errorf("a live driver runs %q", launcher.Image(&s, conf))
	}
}

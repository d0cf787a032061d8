package scene

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// nodesOf are the nodes of objects in JSON, with what their DaemonSets leave.
func nodesOf(t *testing.T, node string, daemonSets ...string) *Scene {
	t.Helper()
	set := neighbour.New()
	if err := set.Add("v1", "Node", []byte(node)); err != nil {
		t.Fatal(err)
	}
	for _, one := range daemonSets {
		if err := set.Add("apps/v1", "DaemonSet", []byte(one)); err != nil {
			t.Fatal(err)
		}
	}
	sc := &Scene{}
	sc.Nodes, sc.Daemons = set.Nodes()
	return sc
}

func TestANodeGivesWhatItsDaemonsLeave(t *testing.T) {
	const node = `{"metadata": {"name": "a", "labels": {"pool": "spark", "node.kubernetes.io/instance-type": "m6i.2xlarge"}},
"status": {"capacity": {"cpu": "8"}, "allocatable": {"cpu": "7910m", "memory": "30Gi", "pods": "58"}}}`
	const daemons = `{"spec": {"template": {"spec": {"nodeSelector": {"pool": "spark"}, "containers": [
{"resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}, {"resources": {"requests": {"cpu": "10m", "memory": "1000"}}}]}}}}`
	const elsewhere = `{"spec": {"template": {"spec": {"nodeSelector": {"pool": "web"}, "containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}}`
	shapes := nodesOf(t, node).shapes(spark.Conf{})
	if len(shapes) != 1 || shapes[0].CapacityMilli != 8000 || shapes[0].CPUMilli != 7910 || shapes[0].MemoryMiB != 30720 || shapes[0].Pods != 58 {
		t.Errorf("without DaemonSets: %+v", shapes)
	}
	shapes = nodesOf(t, node, daemons, elsewhere).shapes(spark.Conf{})
	if len(shapes) != 1 || shapes[0].CPUMilli != 7800 || shapes[0].MemoryMiB != 30720-101 || shapes[0].Pods != 57 {
		t.Errorf("with DaemonSets: %+v", shapes)
	}
	for pool, want := range map[string]int{"spark": 1, "web": 0} {
		if got := nodesOf(t, node).shapes(spark.Conf{"spark.kubernetes.node.selector.pool": {Value: pool}}); len(got) != want {
			t.Errorf("executors in pool %s: %+v", pool, got)
		}
	}
}

func TestClosedNodesAreNoShape(t *testing.T) {
	for spec, want := range map[string]int{
		`{}`: 1,
		`{"taints": [{"key": "a", "effect": "PreferNoSchedule"}]}`: 1,
		`{"taints": [{"key": "a", "effect": "NoSchedule"}]}`:       0,
		`{"taints": [{"key": "a", "effect": "NoExecute"}]}`:        0,
		`{"unschedulable": true}`:                                  0,
	} {
		node := `{"metadata": {"name": "a"}, "spec": ` + spec + `, "status": {"allocatable": {"cpu": "8", "memory": "30Gi"}}}`
		if got := nodesOf(t, node).shapes(spark.Conf{}); len(got) != want {
			t.Errorf("%s: %+v", spec, got)
		}
	}
}

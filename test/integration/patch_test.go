package integration

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// TestAPatchOfALiveObjectKnowsItsVersionAndIsTaken: fix and tune name the object that they read by uid and version, the API
// server takes the operations as they are, and what was fixed is found no more.
func TestAPatchOfALiveObjectKnowsItsVersionAndIsTaken(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	sets := cp.Client().AppsV1().StatefulSets(ns)
	for _, command := range []string{"tune", "fix"} {
		now, err := sets.Get(t.Context(), "spark-worker", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		code, out, errs := runPlugin(t, cp.Kubeconfig(), command, "statefulset/spark-worker", "-n", ns, "-o", "patch")
		if code != plugin.ExitDone {
			t.Fatalf("%s: exit code %d, %s", command, code, errs)
		}
		var all []struct {
			Kind, Namespace, Name string
			UID                   types.UID
			ResourceVersion       string
			Operations            json.RawMessage
		}
		if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
			t.Fatalf("%s: %v in %s", command, err, out)
		}
		one := all[0]
		if one.Kind != "StatefulSet" || one.Namespace != ns || one.Name != now.Name || one.UID != now.UID || one.ResourceVersion != now.ResourceVersion {
			t.Errorf("%s names %+v; the object has uid %s, version %s", command, one, now.UID, now.ResourceVersion)
		}
		code, out, errs = runPlugin(t, cp.Kubeconfig(), command, "statefulset/spark-worker", "-n", ns, "-o", "kustomize")
		if code != plugin.ExitDone || !strings.Contains(out, "kind: Component\n") || strings.Contains(out, "resources:\n-") || !strings.Contains(out, "name: spark-worker") {
			t.Errorf("%s: exit code %d, %s%s", command, code, out, errs)
		}
		if _, err := sets.Patch(t.Context(), one.Name, types.JSONPatchType, one.Operations, metav1.PatchOptions{}); err != nil {
			t.Fatalf("%s: %v: %s", command, err, one.Operations)
		}
	}
	now, err := sets.Get(t.Context(), "spark-worker", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, out, _ := runPlugin(t, cp.Kubeconfig(), "tune", "statefulset/spark-worker", "-n", ns, "-o", "json")
	var tuning report.Tuning
	if err := json.Unmarshal([]byte(out), &tuning); err != nil || len(tuning.Workloads) != 1 || len(tuning.Workloads[0].Targets) != 1 {
		t.Fatalf("%v in %s", err, out)
	}
	if one := tuning.Workloads[0].Targets[0]; one.Kind != "StatefulSet" || one.Name != now.Name || one.UID != string(now.UID) || one.ResourceVersion != now.ResourceVersion {
		t.Errorf("tune -o json names %+v; the object has uid %s, version %s", one, now.UID, now.ResourceVersion)
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "statefulset/spark-worker", "-n", ns); code != plugin.ExitDone || strings.Contains(out, "SPK-P034") {
		t.Errorf("after the patches: exit code %d\n%s%s", code, out, errs)
	}
}

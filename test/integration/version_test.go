package integration

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// TestTheVersionIsThatOfThePods: whoever may not read the custom resource sees the version that an administrator sees; where only the
// resource tells it, tune names the right that it lacks.
func TestTheVersionIsThatOfThePods(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true})
	aggregated(t, cp)
	ns := cp.NewNamespace(t)
	operatorResource(t, cp, "sparkoperator.k8s.io", "v1beta2", "sparkapp")
	put(t, cp, "/apis/sparkoperator.k8s.io/v1beta2/namespaces/"+ns+"/sparkapplications", kubeflowApplication)
	pod := func(version string) {
		put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `{metadata: {name: pi-driver, labels: {spark-role: driver, spark-app-selector: spark-1, `+version+`sparkoperator.k8s.io/app-name: pi, sparkoperator.k8s.io/launched-by-spark-operator: "true"}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-driver, image: "registry.example/own:1", args: [driver]}]}}`)
	}
	view := viewer(t, cp, ns, "view-version", false)
	seen := func(kubeconfig string) (version, errs string) {
		t.Helper()
		code, out, errs := runPlugin(t, kubeconfig, "tune", "-n", ns, "-o", "json")
		var r report.Tuning
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || len(r.Workloads) != 1 {
			t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
		}
		return r.Workloads[0].Spark, errs
	}
	pod("spark-version: 3.5.6, ")
	for _, kubeconfig := range []string{cp.Kubeconfig(), view} {
		if version, errs := seen(kubeconfig); version != "3.5.6" {
			t.Errorf("the version is %q: %s", version, errs)
		}
	}
	if err := cp.Client().CoreV1().Pods(ns).Delete(t.Context(), "pi-driver", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := cp.Client().CoreV1().Pods(ns).Get(t.Context(), "pi-driver", metav1.GetOptions{}); err != nil {
			break
		}
	}
	pod("")
	if version, _ := seen(cp.Kubeconfig()); version != "3.4.1" {
		t.Errorf("an administrator sees %q", version)
	}
	const want = "Spark version unknown, so the newest is assumed: list sparkapplications is forbidden; grant: get,list sparkapplications.sparkoperator.k8s.io in namespace "
	if version, errs := seen(view); version != "" || !strings.Contains(errs, want+ns) {
		t.Errorf("with view it is %q, and what is said is\n%s", version, errs)
	}
}

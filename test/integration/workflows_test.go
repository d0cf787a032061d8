package integration

import (
	"fmt"
	"strings"
	"testing"
)

// crd is a CustomResourceDefinition that takes anything.
func crd(group, kind, scope string) string {
	plural := strings.ToLower(kind) + "s"
	return fmt.Sprintf(`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"%[2]s.%[1]s"},
"spec":{"group":%[1]q,"scope":%[4]q,"names":{"plural":%[2]q,"kind":%[3]q},"versions":[{"name":"v1alpha1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`,
		group, plural, kind, scope)
}

const workflowOf = `
apiVersion: argoproj.io/v1alpha1
kind: %s
metadata: {name: %s, labels: {workflows.argoproj.io/completed: "%v"}}
spec:
  templates:
  - name: run
    container:
      image: apache/spark:4.0.1
      command: [/opt/spark/bin/spark-submit]
      args: [--master, "k8s://h", --deploy-mode, cluster, --class, a.B, --conf, spark.driver.memroy=2g, "local:///x.jar"]
`

// TestDoctorReadsWorkflowsThatHaveNotEnded where Argo's CRDs are installed: of the group no other kind, and within a namespace
// nothing of the cluster.
func TestDoctorReadsWorkflowsThatHaveNotEnded(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	for _, one := range []struct{ kind, scope string }{{"Workflow", "Namespaced"}, {"WorkflowTemplate", "Namespaced"}, {"ClusterWorkflowTemplate", "Cluster"}, {"Rollout", "Namespaced"}} {
		put(t, cp, crds, crd("argoproj.io", one.kind, one.scope))
		t.Cleanup(func() { remove(t, cp, crds+"/"+strings.ToLower(one.kind)+"s.argoproj.io") })
	}
	put(t, cp, crds, crd("spark.stackable.tech", "SparkApplicationTemplate", "Cluster"))
	t.Cleanup(func() { remove(t, cp, crds+"/sparkapplicationtemplates.spark.stackable.tech") })
	at := "/apis/argoproj.io/v1alpha1/"
	inside := at + "namespaces/" + ns + "/"
	put(t, cp, inside+"workflows", fmt.Sprintf(workflowOf, "Workflow", "runs", false))
	put(t, cp, inside+"workflows", fmt.Sprintf(workflowOf, "Workflow", "ended", true))
	put(t, cp, inside+"workflowtemplates", fmt.Sprintf(workflowOf, "WorkflowTemplate", "kept", false))
	put(t, cp, at+"clusterworkflowtemplates", fmt.Sprintf(workflowOf, "ClusterWorkflowTemplate", "all", false))
	t.Cleanup(func() { remove(t, cp, at+"clusterworkflowtemplates/all") })
	check := func(want []string, args ...string) {
		t.Helper()
		found, r := doctorOf(t, cp.Kubeconfig(), "SPK-P002", args...)
		var names []string
		for _, w := range r.Workloads {
			names = append(names, w.Kind+" "+w.Name)
		}
		for _, name := range want {
			if !strings.Contains(strings.Join(names, "; "), name) {
				t.Errorf("%v: %s is not among %q", args, name, names)
			}
		}
		if len(found) < len(want) || strings.Contains(strings.Join(names, "; "), "/ended") || !allRead(r) {
			t.Errorf("%v: %q found %q, coverage %+v", args, names, found, r.Coverage)
		}
	}
	check([]string{"Workflow " + ns + "/runs", "WorkflowTemplate " + ns + "/kept"}, "-n", ns)
	check([]string{"Workflow " + ns + "/runs", "ClusterWorkflowTemplate"}, "-A")
}

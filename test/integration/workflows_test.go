package integration

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/cluster"
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

// transport is a function that sends a request.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// TestAKindThatIsRemovedMeanwhileIsNoGap: discovery names a custom resource, which is gone when it is listed. There is none of it to read.
func TestAKindThatIsRemovedMeanwhileIsNoGap(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const crds, group = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "argoproj.io"
	put(t, cp, crds, crd(group, "CronWorkflow", "Namespaced"))
	list := "/apis/" + group + "/v1alpha1/namespaces/" + ns + "/cronworkflows"
	served := func() error { return cp.Client().Discovery().RESTClient().Get().AbsPath(list).Do(t.Context()).Error() }
	for end := time.Now().Add(time.Minute); served() != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(served())
		}
	}
	config, removed := rest.CopyConfig(cp.Config()), sync.OnceFunc(func() {
		remove(t, cp, crds+"/cronworkflows."+group)
		for end := time.Now().Add(time.Minute); served() == nil && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
	})
	asked := false
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == list {
				removed()
				asked = true
			}
			return next.RoundTrip(r)
		})
	})
	reader, err := cluster.New(config)
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := reader.Workloads(t.Context(), cluster.Scope{Namespace: ns}, func([]*cluster.Object) error { return nil })
	if err != nil || len(gaps) > 0 || !asked {
		t.Errorf("gaps %+v, error %v; it was listed: %v", gaps, err, asked)
	}
}

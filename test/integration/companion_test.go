package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

const podMonitors = "/apis/monitoring.coreos.com/v1/namespaces/%s/podmonitors"

// prometheusOperator serves the kinds of the Prometheus Operator as its own definitions say; the operator itself is not there.
func prometheusOperator(t *testing.T, cp *controlplane.ControlPlane) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/prometheus-operator/prometheus-operator")
	command.Dir = filepath.Join("testdata", "prometheusoperator") // go.sum there vouches for it
	out, err := command.Output()
	var module struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &module); err != nil || jsonErr != nil {
		t.Fatalf("download the Prometheus Operator: %v, %s", err, out)
	}
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	for _, name := range []string{"podmonitors", "servicemonitors", "prometheuses"} {
		text, err := os.ReadFile(filepath.Join(module.Dir, "example", "prometheus-operator-crd", "monitoring.coreos.com_"+name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		made(t, cp, crds, string(text))
		t.Cleanup(func() { remove(t, cp, crds+"/"+name+".monitoring.coreos.com") })
	}
	for _, kind := range []string{"PodMonitor", "ServiceMonitor", "Prometheus"} {
		within(t, 30*time.Second, kind+" is served", func() bool {
			return cp.Client().Discovery().RESTClient().Get().AbsPath(cluster.Path("monitoring.coreos.com/v1", kind, "default")).Do(t.Context()).Error() == nil
		})
	}
}

// monitored is a namespace with a driver that serves metrics, in a cluster whose Prometheus reads PodMonitors with a label.
func monitored(t *testing.T) *applied {
	a := newApplied(t)
	prometheusOperator(t, a.cp)
	a.create("/apis/monitoring.coreos.com/v1/namespaces/%s/prometheuses", `{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s},
spec: {podMonitorSelector: {matchLabels: {release: kps}}, podMonitorNamespaceSelector: {}}}`)
	a.driver("etl-driver")
	return a
}

func (a *applied) driver(name string) {
	a.Helper()
	a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: `+name+`, labels: {spark-role: driver, spark-app-selector: `+name+`, spark-app-name: etl, spark-version: 4.3.0}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-driver, image: "apache/spark:4.3.0", args: [driver], ports: [{name: spark-ui, containerPort: 4040}]}]}}`)
}

// found says whether doctor finds that no PodMonitor collects the metrics.
func (a *applied) found() bool {
	a.Helper()
	_, out, errs := runPlugin(a.T, a.kubeconfig, "doctor", "--only=SPK-M007", "-o", "json", "--fail-on=never", "-n", a.ns)
	r := reportOf(a.T, out)
	for _, s := range r.Skipped {
		if s.Code == "SPK-M007" {
			a.Errorf("skipped: %s\n%s", s.Reason, errs)
		}
	}
	for _, f := range r.Findings {
		if f.Fix == nil || f.Fix.Kind != "companion" || f.Fix.Command == "" {
			a.Errorf("fix %+v", f.Fix)
		}
	}
	return len(r.Findings) > 0
}

// TestAMissingPodMonitorIsCreatedAndTakenBack: from the finding to the object, by the label that the cluster's Prometheus asks for, and back.
func TestAMissingPodMonitorIsCreatedAndTakenBack(t *testing.T) {
	a := monitored(t)
	a.driver("other-driver") // which the same PodMonitor selects
	if !a.found() {
		t.Fatal("doctor does not find that nothing collects the metrics")
	}
	out, errs := a.run(0, "fix", "SPK-M007")
	a.wants(out+errs, "+kind: PodMonitor", "+    release: kps", "+    app.kubernetes.io/managed-by: kubectl-spark", "next: kubectl spark fix", "--apply")
	out, _ = a.run(0, "fix", "SPK-M007", "-o", "yaml")
	var shown map[string]any
	if err := yaml.UnmarshalStrict([]byte(out), &shown); err != nil || shown["kind"] != "PodMonitor" {
		t.Errorf("%v in\n%s", err, out)
	}
	out, errs = a.run(0, "fix", "SPK-M007", "-o", "kustomize")
	a.wants(out+errs, "- podmonitor/spark-drivers.yaml", "save PodMonitor spark-drivers there")
	a.run(0, "fix", "SPK-M007", "--apply", "--dry-run=server")
	if !a.found() {
		t.Error("a dry run created the PodMonitor")
	}
	record := recordFile(t)
	out, _ = a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
	a.wants(out, "PodMonitor/spark-drivers in namespace "+a.ns+": is created", "PodMonitor/spark-drivers in namespace "+a.ns+": applied")
	a.wants(a.get(podMonitors, "spark-drivers", "metadata"), `"manager":"kubectl-spark"`, `"kubectl-spark.io/companion":"SPK-M007"`, `"release":"kps"`)
	if a.found() {
		t.Error("the finding is still there")
	}
	out, errs = a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
	a.wants(out+errs, "nothing to do")
	out, _ = a.run(0, "fix", "--list")
	a.wants(out, "podmonitor/spark-drivers", "SPK-M007", "drivers in namespace "+a.ns)
	out, _ = a.run(0, "fix", "--undo="+record)
	a.wants(out, "is deleted", "taken back")
	if !a.found() {
		t.Error("the PodMonitor is still there")
	}
	_, errs = a.run(0, "fix", "--list")
	a.wants(errs, "fix created no object in namespace "+a.ns)
	out, _ = a.run(0, "fix", "--undo="+record)
	a.wants(out, "nothing to do")
}

// TestWhatWasCreatedAndChangedStays: undo deletes only what it created, as that was left.
func TestWhatWasCreatedAndChangedStays(t *testing.T) {
	a := monitored(t)
	record := recordFile(t)
	a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
	a.patch(podMonitors, "spark-drivers", "kubectl-edit", `{"spec":{"jobLabel":"spark-app-name"}}`)
	out, _ := a.run(plugin.ExitFailed, "fix", "--undo="+record)
	a.wants(out, "spec.jobLabel changed since it was applied")
	a.patch(podMonitors, "spark-drivers", "kubectl-edit", `{"spec":{"jobLabel":null},"metadata":{"labels":{"kubectl-spark.io/companion":null}}}`)
	out, _ = a.run(plugin.ExitFailed, "fix", "--undo="+record)
	a.wants(out, "it lacks the labels of what kubectl spark creates")
	a.get(podMonitors, "spark-drivers")
	remove(t, a.cp, fmt.Sprintf(podMonitors, a.ns)+"/spark-drivers")
	a.create(podMonitors, `{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: spark-drivers}, spec: {selector: {matchLabels: {a: b}}, podMetricsEndpoints: [{port: x}]}}`)
	out, _ = a.run(plugin.ExitFailed, "fix", "--undo="+record)
	a.wants(out, "it was deleted since, and created again")
	out, errs := a.run(plugin.ExitFailed, "fix", "SPK-M007", "--apply", "--record=none")
	a.wants(out+errs, "an object of this name exists, and differs in", "spec.selector.matchLabels")
	a.wants(a.get(podMonitors, "spark-drivers", "spec"), `"a":"b"`)
}

// TestACreationThatIsCutOff is completed by the next run, or taken back, whether or not the server had made it.
func TestACreationThatIsCutOff(t *testing.T) {
	a := monitored(t)
	direct := a.kubeconfig
	for _, made := range []bool{false, true} {
		for _, next := range []string{"complete", "undo"} {
			a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/podmonitors") || r.URL.Query().Get("dryRun") != "" {
					forward(w)
					return
				}
				if made {
					forward(httptest.NewRecorder())
				}
				panic(http.ErrAbortHandler)
			})
			record := recordFile(t)
			_, errs := a.run(plugin.ExitFailed, "fix", "SPK-M007", "--apply", "--record="+record)
			a.wants(errs, "0 of 1 object", "run the command again to complete it, or take it back")
			a.kubeconfig = direct
			if next == "complete" {
				a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
				if a.found() {
					t.Errorf("made %v: the second run did not complete it", made)
				}
			}
			a.run(0, "fix", "--undo="+record)
			if !a.found() {
				t.Errorf("made %v, %s: the PodMonitor is still there", made, next)
			}
		}
	}
}

// TestAViewerIsShownThePlan, and the right that is missing in one line. Without the right to read monitors the rule says so.
func TestAViewerIsShownThePlan(t *testing.T) {
	a := monitored(t)
	read := []string{"get", "list"}
	a.kubeconfig = everywhere(t, a.cp, a.ns, "monitor-viewer",
		rbacv1.PolicyRule{APIGroups: []string{"", "apps", "batch", "monitoring.coreos.com"}, Resources: []string{"*"}, Verbs: read})
	out, errs := a.run(0, "fix", "SPK-M007")
	a.wants(out+errs, "+kind: PodMonitor", "--apply needs a right that is missing: create podmonitors.monitoring.coreos.com")
	out, errs = a.run(plugin.ExitFailed, "fix", "SPK-M007", "--apply", "--record=none")
	a.wants(out+errs, "a right is missing: create podmonitors.monitoring.coreos.com", "nothing was applied")
	a.kubeconfig = everywhere(t, a.cp, a.ns, "no-monitors", rbacv1.PolicyRule{APIGroups: []string{"", "apps", "batch"}, Resources: []string{"*"}, Verbs: read})
	out, errs = a.run(0, "doctor", "--only=SPK-M007", "--fail-on=never")
	a.wants(out+errs, "SPK-M007", "podmonitors is forbidden")
}

// everywhere is a kubeconfig of a ServiceAccount with rights in the whole cluster.
func everywhere(t *testing.T, cp *controlplane.ControlPlane, ns, name string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	path := account(t, cp, ns, name)
	rbac := cp.Client().RbacV1()
	if _, err := rbac.ClusterRoles().Create(t.Context(), &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: ns + name}, Rules: rules}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := rbac.ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: ns + name},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: ns + name}, Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: name}}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAListThatIsCutSaysSo, and does not end as if there were no more.
func TestAListThatIsCutSaysSo(t *testing.T) {
	a := newApplied(t)
	prometheusOperator(t, a.cp)
	for _, name := range []string{"one", "two"} {
		a.create(podMonitors, `{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: `+name+`, labels: {app.kubernetes.io/managed-by: kubectl-spark, kubectl-spark.io/companion: SPK-M007}},
spec: {selector: {}, podMetricsEndpoints: []}}`)
	}
	reader, err := cluster.New(a.cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		a.create(networkPolicies, `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: `+name+`, labels: {app.kubernetes.io/managed-by: kubectl-spark, kubectl-spark.io/companion: SPK-S001}}, spec: {podSelector: {}}}`)
	}
	for most, said := range map[int][]string{1: {"list networkpolicies.networking.k8s.io: stopped after 1", "list podmonitors.monitoring.coreos.com: stopped after 1"}, 2: nil} {
		all, gaps, err := apply.Companions(t.Context(), reader, a.ns, most)
		if err != nil || len(all) != 2*most || len(gaps) != len(said) {
			t.Fatalf("%d at most: %v, %+v, gaps %+v", most, err, all, gaps)
		}
		var got []string
		for _, gap := range gaps {
			got = append(got, gap.Verb+" "+gap.Resource+"."+gap.Group+": "+gap.Err.Error())
		}
		slices.Sort(got)
		for i := range said {
			if !strings.HasPrefix(got[i], said[i]) {
				t.Errorf("%q, want %q", got[i], said[i])
			}
		}
	}
}

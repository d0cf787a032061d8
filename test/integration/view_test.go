package integration

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// viewer is a kubeconfig of a ServiceAccount that the cluster's own ClusterRole view is bound to, in its namespace or
// everywhere.
func viewer(t *testing.T, cp *controlplane.ControlPlane, ns, name string, everywhere bool) string {
	t.Helper()
	create := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := cp.Client().CoreV1().ServiceAccounts(ns).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	create(err)
	view := rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "view"}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: name}}
	if everywhere {
		_, err = cp.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: view, Subjects: subjects}, metav1.CreateOptions{})
	} else {
		_, err = cp.Client().RbacV1().RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: view, Subjects: subjects}, metav1.CreateOptions{})
	}
	create(err)
	config, err := cp.ServiceAccountConfig(t.Context(), ns, name)
	create(err)
	path, err := cp.WriteKubeconfig(name, ns, config)
	create(err)
	return path
}

// aggregated waits until the controller has gathered the rules of the ClusterRole view.
func aggregated(t *testing.T, cp *controlplane.ControlPlane) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		role, err := cp.Client().RbacV1().ClusterRoles().Get(t.Context(), "view", metav1.GetOptions{})
		switch {
		case err == nil && len(role.Rules) > 3:
			return
		case time.Now().After(end):
			t.Fatalf("%v: the rules of view are %+v", err, role.Rules)
		}
	}
}

// hides are what the ClusterRole view does not let anyone read, as the commands name it.
var hides = []string{"list secrets is forbidden", "list roles is forbidden", "list rolebindings is forbidden", "list clusterroles is forbidden",
	"list clusterrolebindings is forbidden", "list storageclasses is forbidden", "list nodes is forbidden", "list mutatingwebhookconfigurations is forbidden"}

// TestEveryReadCommandWorksWithTheClusterRoleView, the cluster's own, and names what it hides. In one namespace it hides more:
// what other namespaces have.
func TestEveryReadCommandWorksWithTheClusterRoleView(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true})
	aggregated(t, cp)
	ns := sparkNamespace(t, cp)
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "install", "--url=https://127.0.0.1:1", "--ca-file="+cp.CAFile(), "--pause", "--wait=false"); code != 0 {
		t.Fatalf("%s%s", out, errs)
	}
	for _, who := range []struct {
		name       string
		everywhere bool
	}{{"view-here", false}, {"view-all", true}} {
		path := viewer(t, cp, ns, who.name, who.everywhere)
		found := append([]string{"SPK-P034", ns + "/etl", "grant: get,list secrets in namespace " + ns}, hides...)
		all := append([]string{"SPK-P034", ns + "/etl", "grant: get,list secrets in the cluster"}, hides...)
		registered := "(grant: get,list mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster)"
		for _, c := range []struct {
			words []string
			code  int
			want  []string
		}{
			{[]string{"doctor"}, 1, found},
			{[]string{"doctor", "-n", ns, "--by=finding"}, 1, found},
			{[]string{"doctor", "-n", ns, "-o", "name"}, 1, append([]string{"pod/spark-worker-0", "pod/etl-driver"}, hides...)},
			{[]string{"doctor", "-n", ns, "-o", "markdown"}, 1, found},
			{[]string{"doctor", "-n", ns, "--strict-coverage", "--fail-on=never"}, 3, found},
			{[]string{"doctor", "-A"}, map[bool]int{true: 1, false: 2}[who.everywhere], map[bool][]string{true: all, false: {"nothing can be read in the cluster", "grant: get,list pods in the cluster"}}[who.everywhere]},
			{[]string{"fix"}, 0, append([]string{"SPK-P034", "+", "note: --apply would write nothing: Role/spark-driver-pods in namespace " + ns + ": your account may not get roles.rbac.authorization.k8s.io"}, hides...)},
			{[]string{"fix", "-o", "yaml"}, 0, append([]string{"kind: StatefulSet", "memory: 2560Mi"}, hides...)},
			{[]string{"tune"}, 0, []string{"limits.memory", ns + "/etl", "list nodes is forbidden; grant: get,list nodes in the cluster"}},
			{[]string{"tune", "-o", "diff"}, 0, []string{"2560Mi", "list nodes is forbidden"}},
			{[]string{"tune", "etl", "-o", "json"}, 0, []string{`"resource": "nodes"`}},
			{[]string{"tune", "--live"}, 0, []string{"grant: create pods/exec in namespace " + ns, "the cluster has no metrics API"}},
			{[]string{"images"}, 0, []string{"apache/spark:3.5.6", "not everything was read", "sizes are not known (grant: get,list nodes in the cluster)", "profile standard is assumed", registered}},
			{[]string{"images", "-o", "json"}, 0, []string{`"notRead"`, registered}},
			{[]string{"images", "--learn"}, 2, []string{"it is unknown whether the webhook is installed", registered}},
			{[]string{"fix", "--list"}, 3, []string{"not read: list roles is forbidden; grant: get,list roles.rbac.authorization.k8s.io in namespace " + ns, "in what could be read of namespace " + ns}},
			{[]string{"install", "--pause"}, 2, []string{"it is unknown whether the webhook is installed", registered}},
			{[]string{"install", "--image=example.org/w:1"}, 2, []string{"it is unknown whether the webhook is installed", registered}},
			{[]string{"uninstall"}, 2, []string{"it is unknown whether the webhook is installed", registered}},
			{[]string{"explain", "memory", "etl"}, 0, []string{"heap 1024Mi", ns + "/etl"}},
			{[]string{"explain", "pod", "etl-driver"}, 0, []string{"Spark driver of launcher native", "carries no report", "unknown: get mutatingwebhookconfigurations is forbidden " + registered}},
			{[]string{"status"}, 2, map[bool][]string{true: {"Not seen: get mutatingwebhookconfigurations: is forbidden (grant: get,list mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster)", "It is unknown whether the webhook works."},
				false: {"it is unknown whether the webhook is installed", "grant: get,list mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster"}}[who.everywhere]},
			{[]string{"status", "-o", "json"}, 2, []string{"mutatingwebhookconfigurations"}},
		} {
			code, out, errs := runPlugin(t, path, c.words...)
			text := strings.Join(strings.Fields(out+" "+errs), " ")
			if code != c.code {
				t.Errorf("%s, %s: exit code %d, want %d\n%s%s", who.name, strings.Join(c.words, " "), code, c.code, out, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(strings.ReplaceAll(text, "\\", ""), want) {
					t.Errorf("%s, %s: %q is not in\n%s\n%s", who.name, strings.Join(c.words, " "), want, out, errs)
				}
			}
			if c.words[0] != "explain" && strings.Contains(out, "√") {
				t.Errorf("%s, %s: a check mark, and not everything could be read:\n%s", who.name, strings.Join(c.words, " "), out)
			}
		}
		_, out, _ := runPlugin(t, path, "doctor", "-o", "name")
		for _, name := range strings.Fields(out) {
			for _, words := range [][]string{{"doctor", "--fail-on=never"}, {"fix"}, {"tune"}, {"explain", "memory"}} {
				if code, out, errs := runPlugin(t, path, append(words, name)...); code != 0 {
					t.Errorf("%s, %v %s: exit code %d\n%s%s", who.name, words, name, code, out, errs)
				}
			}
		}
	}
}

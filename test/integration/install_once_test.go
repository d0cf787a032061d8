package integration

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// userOf makes a kubeconfig of a user with these rights in the cluster and no others.
func userOf(t *testing.T, cp *controlplane.ControlPlane, user string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	rbac := cp.Client().RbacV1()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: rules}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: user}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: user},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: user}}}
	if _, err := rbac.ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := rbac.ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	config, err := cp.UserConfig(user)
	if err != nil {
		t.Fatal(err)
	}
	path, err := cp.WriteKubeconfig(user, "", config)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatCannotWorkIsRefusedAtOnce: with the cause, after two calls at most (status also looks for what is half there), and without a change.
func TestWhatCannotWorkIsRefusedAtOnce(t *testing.T) {
	s := newSite(t)
	var calls, writes atomic.Int32
	heard := overheard(t, s.cp.Config(), "", func(r *http.Request) {
		calls.Add(1)
		if r.Method != http.MethodGet {
			writes.Add(1)
		}
	})
	install := "kubectl spark install --image=IMAGE --kubeconfig=" + heard
	for _, c := range []struct {
		args  []string
		code  int
		wants []string
	}{
		{[]string{"status"}, 1, []string{"not installed", install}},
		{[]string{"install"}, 2, []string{"--image is missing", install, "or --url"}},
		{[]string{"install", "--shadow"}, 2, []string{"not installed", strings.Replace(install, "IMAGE", "IMAGE --shadow", 1)}},
		{[]string{"install", "--pause"}, 2, []string{"--pause: the webhook is not installed", install}},
		{[]string{"install", "--resume"}, 2, []string{"--resume: the webhook is not installed", install}},
	} {
		calls.Store(0)
		code, out, errs := runPlugin(t, heard, append(c.args, "--kubeconfig="+heard)...)
		most := int32(2)
		if c.args[0] == "status" { // it looks for what an interrupted install left
			most = 24
		}
		if text := strings.Join(strings.Fields(out+errs), " "); code != c.code || calls.Load() > most || writes.Load() > 0 || !containsAll(text, c.wants...) {
			t.Errorf("%v: exit code %d after %d calls, %d of them writing:\n%s%s", c.args, code, calls.Load(), writes.Load(), out, errs)
		}
	}
	jobs := sparkNamespace(t, s.cp)
	grouped := []string{"doctor", "-n", jobs, "--by=finding", "--all", "--fail-on=never", "--kubeconfig=" + s.cp.Kubeconfig()}
	if out := s.run(0, grouped...); strings.Count(out, "one line for new pods: kubectl spark install --image=IMAGE --kubeconfig="+s.cp.Kubeconfig()) != 1 {
		t.Errorf("doctor does not name install:\n%s", out)
	}
	t.Run("without rights", func(t *testing.T) {
		name := s.namespace + "-reader"
		reader := userOf(t, s.cp, name, rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}})
		code, out, errs := runPlugin(t, reader, "install", "--image=example.org/w:1", "-n", s.namespace)
		if code != 2 || out != "" || !containsAll(errs, "ask a cluster administrator", "get,patch,create in the cluster: namespaces, clusterroles.rbac.authorization.k8s.io", "mutatingwebhookconfigurations.admissionregistration.k8s.io;", "get,patch,create in namespace "+s.namespace+": serviceaccounts", "nothing was changed") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		if code, out, errs := runPlugin(t, userOf(t, s.cp, s.namespace+"-nobody"), "status"); code != 2 || out != "" || !containsAll(errs, "unknown whether the webhook is installed", "(grant: get", "mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	})
	t.Run("a pause takes the rights on the webhook configuration alone", func(t *testing.T) {
		s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
		if out := s.run(0, grouped...); strings.Contains(out, "spark install") {
			t.Errorf("doctor names install where it is installed:\n%s", out)
		}
		pauser := userOf(t, s.cp, s.namespace+"-pauser", rbacv1.PolicyRule{APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"}, ResourceNames: []string{manifests.WebhookName}, Verbs: []string{"get", "patch"}})
		code, out, errs := runPlugin(t, pauser, "install", "--pause", "--timeout=20s")
		if code != 0 || !manifests.Paused(s.configuration()) || !strings.Contains(out, "not proved") || !strings.Contains(out, "--resume") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		if code, out, errs = runPlugin(t, pauser, "install", "--resume", "--timeout=20s"); code != 0 || manifests.Paused(s.configuration()) {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		since := s.configuration().Annotations[manifests.SinceAnnotation]
		time.Sleep(1100 * time.Millisecond) // the annotation has seconds
		if out := s.run(0, "install", "--resume"); !strings.Contains(out, "it was not paused") || s.configuration().Annotations[manifests.SinceAnnotation] != since {
			t.Errorf("resumed twice:\n%s", out)
		}
	})
	t.Run("what is waited for is said while it is waited", func(t *testing.T) {
		out := s.run(124, "install", "--url=https://127.0.0.1:2", "--timeout=5s")
		if !containsAll(out, "note: waiting up to 5s: a test pod was not changed", "start the server at https://127.0.0.1:2", "--wait=false") {
			t.Errorf("it says\n%s", out)
		}
	})
}

func containsAll(text string, wants ...string) bool {
	for _, want := range wants {
		if !strings.Contains(text, want) {
			return false
		}
	}
	return true
}

// TestAServerWithoutAClusterKeepsItsMode: --shadow cannot reach a server that reads no settings.
func TestAServerWithoutAClusterKeepsItsMode(t *testing.T) {
	s := newSite(t)
	ca := t.TempDir() + "/ca.crt"
	path, err := buildServer()
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{address: freeAddress(t), metrics: freeAddress(t), log: &lockedBuffer{}, done: make(chan error, 1)}
	r.cmd = exec.Command(path, "--cluster=false", "--write-ca="+ca, "--listen="+r.address, "--metrics-listen="+r.metrics, "--names=localhost,127.0.0.1", "--profile=restricted")
	r.cmd.Stderr, r.cmd.Stdout = r.log, r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
	r.waitReady(t)
	if out := s.run(0, "install", "--url=https://"+r.address, "--ca-file="+ca, "-n", s.namespace); strings.Contains(out, "install --shadow") {
		t.Errorf("it names a command that cannot work:\n%s", out)
	}
	before := s.configuration().ResourceVersion
	out := s.run(2, "install", "--shadow")
	if !containsAll(out, "reads no settings of this cluster", "restart it with --shadow=true", "nothing was changed") || s.configuration().ResourceVersion != before {
		t.Errorf("it says\n%s", out)
	}
	// What the cluster has of the profile says nothing of such a server: there it is the one that install takes without a flag.
	for _, profile := range []string{"safe", "standard"} {
		out = s.run(2, "install", "--url=https://"+r.address, "--profile="+profile)
		if !containsAll(out, "runs profile restricted and reads no settings of this cluster", "restart it with --profile="+profile, "nothing was changed") || s.configuration().ResourceVersion != before {
			t.Errorf("it says\n%s", out)
		}
	}
	if st := s.status(0); st.Profile != "restricted" {
		t.Errorf("status says profile %s", st.Profile)
	}
	s.run(0, "install", "--url=https://"+r.address, "--profile=restricted")
	// Flags of a server in the cluster change nothing of one outside.
	for _, flag := range []string{"--image=example.org/w:1", "--image-pull-secret=s", "--priority-class=high", "--api-server-cidr=any", "--scrape-from=monitoring", "--certs=cert-manager"} {
		name, _, _ := strings.Cut(flag, "=")
		if out := s.run(2, "install", flag); !containsAll(out, name, "the webhook's is outside, at https://"+r.address, "nothing was changed") || s.configuration().ResourceVersion != before {
			t.Errorf("%s: it says\n%s", flag, out)
		}
	}
	// The authority that was given stays where the address changes; an empty one gives it up.
	bundle := func() []byte { return s.configuration().Webhooks[0].ClientConfig.CABundle }
	given := bundle()
	s.run(0, "install", "--url=https://localhost"+r.address[strings.LastIndex(r.address, ":"):])
	if len(given) == 0 || !bytes.Equal(bundle(), given) {
		t.Errorf("the authority is\n%s\nand was\n%s", bundle(), given)
	}
	s.run(0, "install", "--ca-file=", "--wait=false")
	if len(bundle()) > 0 {
		t.Errorf("the authority is still\n%s", bundle())
	}
	s.run(0, "install", "--url=https://"+r.address, "--ca-file="+ca)
	// What is printed reaches the same server and works, from one command to the next.
	connection := " --context=test --kubeconfig=" + s.cp.Kubeconfig()
	for _, c := range []struct{ run, prints string }{{"status", ""}, {"install --pause", "install --resume"}, {"status", "install --resume"}, {"install --resume", ""}} {
		out := s.run(0, strings.Fields(c.run+connection)...)
		if want := "kubectl spark " + c.prints + connection; strings.Count(out, "kubectl spark") != min(len(c.prints), 1) || c.prints != "" && !strings.Contains(out, want) {
			t.Errorf("%s prints no %q, or more:\n%s", c.run, want, out)
		}
	}
}

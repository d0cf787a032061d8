package integration

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	registration "k8s.io/api/admissionregistration/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// site is a cluster in which the plugin installs.
type site struct {
	*testing.T
	cp        *controlplane.ControlPlane
	namespace string // of the server
	jobs      string // of pods
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, cp: shared.Get(t), namespace: "webhook-" + strings.ToLower(rand.Text()[:6])}
	s.jobs = s.cp.NewNamespace(t)
	t.Cleanup(func() { runUninstall(t, s) })
	return s
}

// runUninstall cleans up, whatever became of the test: the next one wants a cluster without the webhook.
func runUninstall(t *testing.T, s *site) {
	for _, object := range manifests.Everything(s.namespace) {
		kind := object.GetObjectKind().GroupVersionKind()
		path := cluster.Path(kind.GroupVersion().String(), kind.Kind, object.GetNamespace())
		err := s.cp.Client().Discovery().RESTClient().Delete().AbsPath(path, object.GetName()).Do(s.background()).Error()
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			t.Logf("clean up %s %s: %v", kind.Kind, object.GetName(), err)
		}
	}
}

func (s *site) run(want int, args ...string) string {
	s.Helper()
	code, out, errs := runPlugin(s.T, s.cp.Kubeconfig(), args...)
	if code != want {
		s.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, out, errs)
	}
	return out + errs
}

func (s *site) configuration() *registration.MutatingWebhookConfiguration {
	s.Helper()
	c, err := s.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(s.Context(), manifests.WebhookName, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

type statusJSON struct {
	Installed, Healthy bool
	Mode, Scope        string
	Profile            string
	Problems           []string
	Proof              struct {
		Namespace          string
		Reached, Annotated bool
		Gap                string
		Replica            *manifests.Probe
	}
	Certificates struct{ Authority, Serving time.Time }
	Server       struct{ Replicas map[string]manifests.Replica }
	Settings     struct{ Revision, Problem string }
	Pods         struct {
		Injected, Unchanged, Missed, Earlier, OptedOut int
		Refused                                        map[string]int
		MissedPods, MixedRevisions                     []string
	}
	Missing  []struct{ What, Reason, Grant string }
	Counts   map[string]int64
	Shadowed map[string]int64
}

func (s *site) status(want int, more ...string) (out statusJSON) {
	s.Helper()
	text := s.run(want, append([]string{"status", "-o", "json"}, more...)...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		s.Fatalf("%v in %s", err, text)
	}
	return out
}

// servers installs and runs n replicas, the first of which is the one that the API server calls.
func (s *site) servers(n int, flags ...string) []*replica {
	s.Helper()
	d := deploymentOf(s.T, manifests.Options{Namespace: s.namespace, Image: "example.org/w:1"})
	s.run(0, append([]string{"install", "--url=https://127.0.0.1:1", "-n", s.namespace, "--wait=false"}, flags...)...)
	replicas := make([]*replica, n)
	for i := range replicas {
		replicas[i] = startReplica(s.T, s.cp, d, fmt.Sprintf("%s-%d", s.namespace, i))
	}
	for _, r := range replicas {
		r.waitReady(s.T)
	}
	s.run(0, "install", "--url=https://"+replicas[0].address)
	return replicas
}

func TestInstallShadowPauseResumeUpgradeUninstall(t *testing.T) {
	s := newSite(t)
	replicas := s.servers(2)
	first := s.configuration()
	st := s.status(0)
	if !st.Healthy || st.Mode != "inject" || st.Scope != "all" || st.Profile != "standard" || !st.Proof.Annotated || st.Proof.Replica == nil || st.Proof.Replica.Version != "0.0.0-test" || st.Proof.Replica.Edits == 0 {
		t.Fatalf("status %+v", st)
	}
	if left := time.Until(st.Certificates.Serving); left < 6*24*time.Hour || time.Until(st.Certificates.Authority) < 9*365*24*time.Hour {
		t.Errorf("certificates %+v", st.Certificates)
	}
	t.Log(s.run(0, "status"))
	edited := create(t, s.cp, s.jobs, pod("spark-role", "driver"))
	if !injected(edited) {
		t.Fatal("not injected")
	}
	t.Run("replicas share one authority and serve by the live bundle", func(t *testing.T) {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(first.Webhooks[0].ClientConfig.CABundle)
		for _, r := range replicas {
			conn, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: pool, ServerName: "localhost"})
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
	})
	t.Run("again", func(t *testing.T) {
		if out := s.run(0, "install"); !strings.Contains(out, "Nothing was changed") {
			t.Errorf("it says\n%s", out)
		}
		if now := s.configuration(); now.ResourceVersion != first.ResourceVersion {
			t.Errorf("installing again changed the configuration\n%s\n%s", asJSON(t, first), asJSON(t, now))
		}
	})
	t.Run("shadow", func(t *testing.T) {
		s.run(0, "install", "--shadow")
		sent := pod("spark-role", "driver")
		got := create(t, s.cp, s.jobs, sent.DeepCopy())
		if injected(got) || got.Spec.Containers[0].SecurityContext != nil || len(got.Annotations) != 0 {
			t.Errorf("a shadowing webhook changed a pod: %s", asJSON(t, got))
		}
		if out := s.run(0, "install"); !strings.Contains(out, "Nothing was changed") || !strings.Contains(out, "shadow mode") {
			t.Errorf("shadow does not survive installing again:\n%s", out)
		}
		within(t, 30*time.Second, "the replica tells what it would have changed", func() bool {
			st := s.status(0)
			return st.Mode == "shadow" && st.Healthy && st.Counts["shadowed"] > 0 && st.Shadowed["SPK-S011/allowPrivilegeEscalation"] > 0 && !st.Proof.Annotated && st.Proof.Reached
		})
		if log := replicas[0].log.String(); !strings.Contains(log, "would be edited") {
			t.Errorf("the log does not say what would be edited:\n%s", log)
		}
		t.Log(s.run(0, "status"))
		s.run(0, "install", "--shadow=false")
		if !injected(create(t, s.cp, s.jobs, pod("spark-role", "driver"))) {
			t.Error("not injected after shadow")
		}
	})
	t.Run("pause and resume", func(t *testing.T) {
		before := s.configuration()
		t.Log(s.run(0, "install", "--pause"))
		for range 20 {
			if injected(create(t, s.cp, s.jobs, pod("spark-role", "driver"))) {
				t.Fatal("a pod was edited after --pause had come back")
			}
		}
		s.run(0, "install", "--profile=safe")
		if st := s.status(0); st.Mode != "paused" || st.Profile != "safe" || st.Pods.Missed != 0 {
			t.Errorf("a pause does not survive installing again: %+v", st)
		}
		s.run(0, "install", "--profile=standard")
		t.Log(s.run(0, "install", "--resume"))
		if a, b := asJSON(t, before.Webhooks), asJSON(t, s.configuration().Webhooks); a != b {
			t.Errorf("resumed\n%s\nwas\n%s", b, a)
		}
		within(t, 10*time.Second, "pods are edited again", func() bool { return injected(create(t, s.cp, s.jobs, pod("spark-role", "driver"))) })
	})
	t.Run("settings that mean nothing leave the former ones", func(t *testing.T) { badSettings(t, s) })
	t.Run("upgrade keeps what is trusted", func(t *testing.T) {
		other, err := webhook.NewAuthority(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := webhook.NewTrust(s.cp.Client(), manifests.WebhookName, true).Publish(t.Context(), other.CertPEM); err != nil {
			t.Fatal(err)
		}
		bundle := s.configuration().Webhooks[0].ClientConfig.CABundle
		s.run(0, "install", "--profile=restricted", "--scope=labelled", "-n", s.namespace)
		c := s.configuration()
		if now := c.Webhooks[0].ClientConfig.CABundle; string(now) != string(bundle) {
			t.Error("an upgrade changed the bundle")
		}
		if st := s.status(0); st.Profile != "restricted" || st.Scope != "labelled" {
			t.Errorf("status %+v", st)
		}
		s.run(0, "install", "--profile=standard", "--scope=all")
	})
	t.Run("rights are least and enough", func(t *testing.T) {
		leastRights(t, s)
		for _, r := range replicas {
			if log := r.log.String(); strings.Contains(log, "forbidden") || strings.Contains(log, "was not") {
				t.Errorf("a right is missing:\n%s", log)
			}
		}
	})
	t.Run("pods that were missed are named", func(t *testing.T) {
		replicas[0].terminate(t, deploymentOf(t, manifests.Options{}))
		time.Sleep(3 * time.Second) // stamps are of whole seconds, and status leaves the first two alone
		forged := pod("spark-role", "driver")
		forged.GenerateName, forged.Name = "", "forged"
		forged.Annotations = map[string]string{rule.ReportAnnotation: `{"rev":"9","profile":"restricted","applied":["SPK-S011/seccomp"],"undo":["@/securityContext/seccompProfile"]}`}
		var missed []string
		for _, p := range append(slices.Repeat([]*corev1.Pod{pod("spark-role", "driver")}, 6), forged) {
			missed = append(missed, s.jobs+"/"+create(t, s.cp, s.jobs, p).Name)
		}
		st := s.status(1)
		slices.Sort(missed)
		slices.Sort(st.Pods.MissedPods)
		if st.Healthy || st.Pods.Missed != len(missed) || !slices.Equal(st.Pods.MissedPods, missed) || st.Pods.Injected < 3 || st.Pods.Earlier == 0 || len(st.Pods.Refused) == 0 || st.Proof.Reached {
			t.Errorf("status %+v, missed were %q", st, missed)
		}
		if out := s.run(1, "status"); !strings.Contains(out, " and 2 more (-o json names them)") {
			t.Errorf("status says\n%s", out)
		}
		if out := s.run(0, "explain", "pod", forged.Name, "-n", s.jobs); !strings.Contains(out, "is not believed there") || strings.Contains(out, "injected by rules") {
			t.Errorf("a forged report is told as\n%s", out)
		}
		s.run(0, "install", "--pause", "--timeout=20s") // needs no server
		s.run(0, "install", "--resume", "--wait=false")
	})
	t.Run("uninstall", func(t *testing.T) {
		sub := *s
		sub.T = t
		leavesNothing(t, &sub, edited)
	})
}

func leastRights(t *testing.T, s *site) {
	cfg, err := s.cp.ServiceAccountConfig(t.Context(), s.namespace, manifests.ServiceName)
	if err != nil {
		t.Fatal(err)
	}
	own, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	may := func(verb, group, resource, namespace, name string) bool {
		r := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: verb, Group: group, Resource: resource, Namespace: namespace, Name: name}}}
		out, err := own.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), r, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return out.Status.Allowed
	}
	const admission = "admissionregistration.k8s.io"
	for _, c := range []struct {
		verb, group, resource, namespace, name string
		want                                   bool
	}{
		{"get", "", "namespaces", "", "x", true}, {"watch", "", "namespaces", "", "", true}, {"patch", "", "namespaces", "", "x", false},
		{"list", "", "resourcequotas", "", "", true}, {"watch", "", "limitranges", "", "", true}, {"patch", "", "resourcequotas", s.jobs, "x", false},
		{"patch", admission, "mutatingwebhookconfigurations", "", manifests.WebhookName, true}, {"patch", admission, "mutatingwebhookconfigurations", "", "other", false},
		{"list", admission, "mutatingwebhookconfigurations", "", "", false}, {"delete", admission, "mutatingwebhookconfigurations", "", manifests.WebhookName, false},
		{"get", "", "secrets", s.namespace, manifests.CASecret, true}, {"update", "", "secrets", s.namespace, manifests.CASecret, true}, {"create", "", "secrets", s.namespace, "", true},
		{"get", "", "secrets", s.namespace, "other", false}, {"list", "", "secrets", s.namespace, "", false}, {"get", "", "secrets", s.jobs, manifests.CASecret, false},
		{"get", "", "pods", s.namespace, "x", false}, {"list", "", "pods", "", "", false}, {"create", "", "pods", s.namespace, "", false},
		{"watch", "", "configmaps", s.namespace, manifests.ConfigName, true}, {"patch", "", "configmaps", s.namespace, manifests.ConfigName, false}, {"list", "", "configmaps", s.namespace, "", false},
		{"patch", "", "configmaps", s.namespace, manifests.StatusName, true}, {"create", "", "events", s.namespace, "", true}, {"create", "", "events", s.jobs, "", false},
		{"get", "apps", "deployments", s.namespace, manifests.ServiceName, false},
	} {
		if got := may(c.verb, c.group, c.resource, c.namespace, c.name); got != c.want {
			t.Errorf("%s %s %s/%s: allowed %v, want %v", c.verb, c.resource, c.namespace, c.name, got, c.want)
		}
	}
}

// leavesNothing uninstalls, and looks at every object with our label or one of our names.
func leavesNothing(t *testing.T, s *site, running *corev1.Pod) {
	dry := s.run(0, "uninstall", "--dry-run=server")
	if client := s.run(0, "uninstall", "--dry-run=client"); client != dry || !strings.Contains(dry, "would be deleted") {
		t.Errorf("two dry runs differ:\n%s\n%s", dry, client)
	}
	s.configuration()
	t.Log(s.run(0, "uninstall"))
	for _, object := range manifests.Everything(s.namespace) {
		kind := object.GetObjectKind().GroupVersionKind()
		path := cluster.Path(kind.GroupVersion().String(), kind.Kind, object.GetNamespace())
		raw, err := s.cp.Client().Discovery().RESTClient().Get().AbsPath(path, object.GetName()).Do(t.Context()).Raw()
		if apierrors.IsNotFound(err) {
			continue
		}
		var o metav1.PartialObjectMetadata
		if err != nil || json.Unmarshal(raw, &o) != nil || kind.Kind != "Namespace" || o.DeletionTimestamp == nil {
			t.Errorf("%s %s is left: %v", kind.Kind, object.GetName(), err)
		}
	}
	reader, err := cluster.New(s.cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.cp.Client().Discovery().ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		for _, r := range list.APIResources {
			if !slices.Contains(r.Verbs, "list") || r.Name != strings.ToLower(r.Kind)+"s" {
				continue
			}
			_, err := reader.List(t.Context(), list.GroupVersion, r.Kind, cluster.Scope{Selector: manifests.PartOfLabel + "=" + manifests.FieldManager}, func(raw []byte) error {
				var o metav1.PartialObjectMetadata
				if err := json.Unmarshal(raw, &o); err != nil {
					return err
				}
				// Events and namespaces end by controllers, which this cluster does not run.
				// Other tests' servers have their authority in the default namespace.
				if r.Kind != "Event" && o.DeletionTimestamp == nil && (o.Namespace == "" || o.Namespace == s.namespace) {
					t.Errorf("%s %s/%s is left", r.Kind, o.Namespace, o.Name)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	now, err := s.cp.Client().CoreV1().Pods(running.Namespace).Get(t.Context(), running.Name, metav1.GetOptions{})
	if err != nil || now.ResourceVersion != running.ResourceVersion || now.Annotations[rule.ReportAnnotation] == "" {
		t.Errorf("a running pod was touched: %v", err)
	}
	for _, dry := range []string{"none", "client", "server"} {
		if out := s.run(0, "uninstall", "-n", s.namespace, "--dry-run="+dry); !strings.Contains(out, "nothing to do") || strings.Contains(out, "deleted") {
			t.Errorf("second, --dry-run=%s: %s", dry, out)
		}
	}
	if st := s.status(1); st.Installed {
		t.Error("status says that it is installed")
	}
}

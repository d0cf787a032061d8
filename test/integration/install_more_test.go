package integration

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func (s *site) background() context.Context { return context.WithoutCancel(s.Context()) }

func TestInstallInsideOfTheCluster(t *testing.T) {
	s := newSite(t)
	install := []string{"install", "--image=example.org/w:1", "-n", s.namespace}
	out := s.run(0, append(install, "--dry-run=server")...)
	if !strings.Contains(out, "not checked") {
		t.Errorf("a dry run says\n%s", out)
	}
	if _, err := s.cp.Client().CoreV1().Namespaces().Get(t.Context(), s.namespace, metav1.GetOptions{}); err == nil {
		t.Fatal("a dry run left the namespace behind")
	}
	// Nobody runs the Deployment here: waiting ends with its own exit code, and says what it waits for.
	if out = s.run(124, append(install, "--timeout=5s")...); !strings.Contains(out, "0 of 2 replicas ready") {
		t.Errorf("it waited for\n%s", out)
	}
	// What stands then is told as half an installation, and the way on.
	out = s.run(1, "status")
	for _, want := range []string{"the webhook is half installed: no pod is sent to it\n", "missing: MutatingWebhookConfiguration/" + manifests.WebhookName, "0 of 2 replicas ready, ",
		"kubectl describe pods -n " + s.namespace, "Deployment/" + manifests.ServiceName + " in " + s.namespace, "kubectl spark uninstall -n " + s.namespace} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said in\n%s", want, out)
		}
	}
	if strings.Contains(out, "the webhook is not installed") {
		t.Errorf("it is half installed:\n%s", out)
	}
	s.run(0, append(install, "--wait=false")...)
	api := s.cp.Client().AppsV1().Deployments(s.namespace)
	d, err := api.Get(t.Context(), manifests.ServiceName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if st := s.status(1); len(st.Problems) == 0 || !strings.Contains(strings.Join(st.Problems, "\n"), "none of 2 replicas is ready") {
		t.Errorf("status %+v", st)
	}
	if out := s.run(0, "install", "--wait=false"); !strings.Contains(out, "Nothing was changed") {
		t.Errorf("again:\n%s", out)
	}
	s.run(0, append(install, "--dry-run=server", "-o", "yaml")...)
	if again, err := api.Get(t.Context(), manifests.ServiceName, metav1.GetOptions{}); err != nil || again.ResourceVersion != d.ResourceVersion {
		t.Errorf("the Deployment was changed by nothing: %v", err)
	}

	// Somebody else's field is a conflict with a name, and the way over it.
	yes := true
	scale := []byte(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"spark-webhook"},"spec":{"replicas":5}}`)
	if _, err := api.Patch(t.Context(), manifests.ServiceName, types.ApplyPatchType, scale, metav1.PatchOptions{FieldManager: "autoscaler", Force: &yes}); err != nil {
		t.Fatal(err)
	}
	if out := s.run(2, "install", "--profile=safe", "--wait=false"); !strings.Contains(out, `.spec.replicas is held by "autoscaler"`) || !strings.Contains(out, "nothing was changed") {
		t.Errorf("a conflict is told as\n%s", out)
	}
	s.run(0, "install", "--force-conflicts", "--wait=false")

	// Another namespace is refused, another way of serving takes away what it does not need.
	if out := s.run(2, "install", "-n", "elsewhere"); !strings.Contains(out, s.namespace) {
		t.Errorf("another namespace:\n%s", out)
	}
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "--wait=false")
	if _, err := api.Get(t.Context(), manifests.ServiceName, metav1.GetOptions{}); err == nil {
		t.Error("the Deployment is left beside a server outside of the cluster")
	}
	bundle := s.configuration().Webhooks[0].ClientConfig.CABundle
	s.run(0, "install", "--scope=labelled", "--wait=false")
	if string(s.configuration().Webhooks[0].ClientConfig.CABundle) != string(bundle) || len(bundle) == 0 {
		t.Error("the given authority is forgotten by installing again")
	}
}

func TestAPausedInstallationIsNeverThereUnpaused(t *testing.T) {
	s := newSite(t)
	watch, err := s.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + manifests.WebhookName})
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Stop()
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--pause", "--wait=false")
	if st := s.status(0); st.Mode != "paused" || !st.Healthy {
		t.Errorf("status %+v", st)
	}
	s.run(0, "install", "--resume", "--wait=false")
	for paused := 0; ; paused++ {
		event := <-watch.ResultChan()
		c := asJSON(t, event.Object)
		if !strings.Contains(c, `"paused"`) {
			if paused < 1 {
				t.Errorf("the first state was not paused: %s", c)
			}
			break
		}
	}
	if out := s.run(0, "install", "--resume", "--wait=false"); strings.Contains(s.status(1).Mode, "paused") {
		t.Errorf("still paused:\n%s", out)
	}
}

func TestUninstallKeepsWhatIsNotOurs(t *testing.T) {
	s := newSite(t)
	namespace(t, s.cp, s.namespace)
	flags := []string{"install", "--url=https://127.0.0.1:1", "--ca-file=" + s.cp.CAFile(), "-n", s.namespace, "--wait=false"}
	s.run(0, flags...)
	if out := s.run(0, "uninstall"); !strings.Contains(out, "was there before install") {
		t.Errorf("uninstall says\n%s", out)
	}
	ns, err := s.cp.Client().CoreV1().Namespaces().Get(t.Context(), s.namespace, metav1.GetOptions{})
	if err != nil || ns.DeletionTimestamp != nil || len(ns.Labels) > 1 {
		t.Errorf("a namespace that was there before: %v, %v", ns, err)
	}
	s.namespace += "-b"
	flags[4] = s.namespace
	s.run(0, flags...)
	if _, err := s.cp.Client().CoreV1().ServiceAccounts(s.namespace).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	core := s.cp.Client().CoreV1()
	for name, annotations := range map[string]map[string]string{"token": {corev1.ServiceAccountNameKey: "default"}, "mine": nil} {
		if _, err := core.Secrets(s.namespace).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"kube-root-ca.crt", "settings"} {
		if _, err := core.ConfigMaps(s.namespace).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"Secret/mine", "ConfigMap/settings"} {
		if out := s.run(0, "uninstall", "--dry-run=server"); !strings.Contains(out, want) {
			t.Errorf("beside %s uninstall says\n%s", want, out)
		}
		_ = core.Secrets(s.namespace).Delete(t.Context(), "mine", metav1.DeleteOptions{}) // gone the second time
	}
	if err := core.ConfigMaps(s.namespace).Delete(t.Context(), "settings", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if out := s.run(0, "uninstall", "--dry-run=server"); !strings.Contains(out, "Namespace/"+s.namespace+": dry run") {
		t.Errorf("with nothing but what comes by itself uninstall says\n%s", out)
	}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"},
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": *resourceOf(t, "1Gi")}}}}
	if _, err := s.cp.Client().CoreV1().PersistentVolumeClaims(s.namespace).Create(t.Context(), claim, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if out := s.run(0, "uninstall"); !strings.Contains(out, "PersistentVolumeClaim/data") {
		t.Errorf("uninstall says\n%s", out)
	}
}

func TestStatusNamesTheRightsThatItLacks(t *testing.T) {
	s := newSite(t)
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--pause", "--wait=false")
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"}, Verbs: []string{"get"}}}}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: s.namespace},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "viewer"}}}
	if _, err := s.cp.Client().RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.cp.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	kubeconfig := func(user string) string {
		cfg, err := s.cp.UserConfig(user)
		if err != nil {
			t.Fatal(err)
		}
		path, err := s.cp.WriteKubeconfig(user, "", cfg)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	code, out, errs := runPlugin(t, kubeconfig("viewer"), "status")
	for _, want := range []string{"get,list pods in the cluster", "get,list namespaces in the cluster", "get,list configmaps"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit code %d, no %q in\n%s%s", code, want, out, errs)
		}
	}
	if code, out, errs := runPlugin(t, kubeconfig("nobody"), "status"); code != 2 || !strings.Contains(errs, "forbidden") || out != "" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs := runPlugin(t, kubeconfig("viewer"), "install", "--pause"); code != 2 || !strings.Contains(errs, "forbidden") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func resourceOf(t *testing.T, text string) *resource.Quantity {
	t.Helper()
	q, err := resource.ParseQuantity(text)
	if err != nil {
		t.Fatal(err)
	}
	return &q
}

// badSettings breaks the ConfigMap that the replicas go by, and mends it.
func badSettings(t *testing.T, s *site) {
	api := s.cp.Client().CoreV1().ConfigMaps(s.namespace)
	set := func(data string) {
		t.Helper()
		if _, err := api.Patch(t.Context(), manifests.ConfigName, types.MergePatchType, []byte(`{"data":`+data+`}`), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	set(`{"images":"- match: ["}`)
	within(t, 20*time.Second, "an event tells of it", func() bool {
		events, err := s.cp.Client().CoreV1().Events(s.namespace).List(t.Context(), metav1.ListOptions{})
		return err == nil && slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
			return e.Reason == "ConfigInvalid" && strings.Contains(e.Message, "images: line 1") && e.InvolvedObject.Kind == "ConfigMap" && e.InvolvedObject.Name == manifests.ConfigName
		})
	})
	if out := s.run(2, "install", "--profile=standard"); !strings.Contains(out, "ConfigMap/spark-webhook in "+s.namespace+": images: line 1") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("install goes on beside a bad ConfigMap:\n%s", out)
	}
	s.run(0, "install", "--pause") // works whatever the settings are
	s.run(0, "install", "--resume")
	got := create(t, s.cp, s.jobs, pod("spark-role", "driver"))
	if report, err := rule.ReadReport(got.Annotations[rule.ReportAnnotation]); err != nil || report.Profile != rule.Standard {
		t.Errorf("the former settings do not hold: %v, %v", report, err)
	}
	within(t, 30*time.Second, "status tells of it", func() bool {
		code, out, _ := runPlugin(t, s.cp.Kubeconfig(), "status")
		return code == 1 && strings.Contains(out, "goes by its former settings")
	})
	var bad statusJSON
	within(t, 30*time.Second, "each replica is ready with its former settings", func() bool {
		bad = s.status(1)
		for _, r := range bad.Server.Replicas {
			if r.Settings == "" || r.Settings == bad.Settings.Revision || !r.Ready || r.Config == "" || bad.Settings.Problem == "" {
				return false
			}
		}
		return len(bad.Server.Replicas) == 2
	})
	// One that starts now has no settings that it could go by: it takes nobody's place.
	late := startReplica(t, s.cp, deploymentOf(t, manifests.Options{Namespace: s.namespace, Image: "example.org/w:1"}), s.namespace+"-late")
	within(t, 40*time.Second, "status names the replica that is not ready", func() bool {
		r := s.status(1).Server.Replicas[s.namespace+"-late"]
		return r.Version != "" && !r.Ready && r.Settings == "" && strings.Contains(r.NotReady, "images: line 1")
	})
	if code := late.readyz(); code == 200 {
		t.Error("a replica that never had settings is ready")
	}
	events, err := s.cp.Client().CoreV1().Events(s.namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=ConfigInvalid"})
	if err != nil || len(events.Items) != 1 {
		t.Errorf("three replicas wrote %d events of one bad revision, %v", len(events.Items), err)
	}
	set(`{"images":"[{match: example.org/private, uid: 1001, spark: 4.0.1}]"}`)
	if out := s.run(0, "install"); !strings.Contains(out, "Nothing was changed") {
		t.Errorf("what is the user's own in the ConfigMap is a change:\n%s", out)
	}
	within(t, 30*time.Second, "status is content again", func() bool {
		code, _, _ := runPlugin(t, s.cp.Kubeconfig(), "status")
		return code == 0
	})
	late.waitReady(t)
	within(t, 30*time.Second, "every replica is ready and goes by the ConfigMap as it is now", func() bool {
		st := s.status(0)
		for _, r := range st.Server.Replicas {
			if !r.Ready || r.Settings != st.Settings.Revision {
				return false
			}
		}
		return len(st.Server.Replicas) == 3 && st.Settings.Revision != bad.Settings.Revision && st.Proof.Replica.Settings == st.Settings.Revision
	})
	late.terminate(t, deploymentOf(t, manifests.Options{}))
	private := pod("spark-role", "driver")
	private.Spec.Containers[0].Image = "example.org/private:1"
	got = create(t, s.cp, s.jobs, private)
	if c := got.Spec.Containers[0].SecurityContext; c == nil || c.RunAsUser == nil || *c.RunAsUser != 1001 {
		t.Errorf("the facts of a private image are not used: %s", asJSON(t, got))
	}
	if out := s.run(0, "explain", "pod", got.Name, "-n", s.jobs); !strings.Contains(out, "Spark driver of launcher") || !strings.Contains(out, "SPK-S011/seccomp") || !strings.Contains(out, "labelled.kubectl-spark.io") {
		t.Errorf("explain says\n%s", out)
	}
}

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	registration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestTheServersAccountChangesBundlesAndNothingElse tries what a stolen token would: as that account, against the real rules.
func TestTheServersAccountChangesBundlesAndNothingElse(t *testing.T) {
	s := newSite(t)
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
	cfg, err := s.cp.ServiceAccountConfig(t.Context(), s.namespace, manifests.ServiceName)
	if err != nil {
		t.Fatal(err)
	}
	thief, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	try := func(client kubernetes.Interface, change string) error {
		_, err := client.AdmissionregistrationV1().MutatingWebhookConfigurations().Patch(t.Context(), manifests.WebhookName, types.JSONPatchType,
			[]byte(`[`+change+`]`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	const secrets = `{"op":"replace","path":"/webhooks/0/rules/0/resources/0","value":"secrets"}`
	within(t, 20*time.Second, "the API server knows the policy", func() bool { return try(thief, secrets) != nil })
	for name, change := range map[string]string{
		"rules":             secrets,
		"operations":        `{"op":"add","path":"/webhooks/0/rules/0/operations/-","value":"UPDATE"}`,
		"url":               `{"op":"replace","path":"/webhooks/0/clientConfig/url","value":"https://192.0.2.1/x"}`,
		"service":           `{"op":"remove","path":"/webhooks/0/clientConfig/url"},{"op":"add","path":"/webhooks/0/clientConfig/service","value":{"namespace":"x","name":"y"}}`,
		"namespaceSelector": `{"op":"replace","path":"/webhooks/0/namespaceSelector","value":{}}`,
		"objectSelector":    `{"op":"replace","path":"/webhooks/0/objectSelector","value":{}}`,
		"failurePolicy":     `{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}`,
		"matchPolicy":       `{"op":"replace","path":"/webhooks/0/matchPolicy","value":"Exact"}`,
		"timeout":           `{"op":"replace","path":"/webhooks/0/timeoutSeconds","value":30}`,
		"reinvocation":      `{"op":"replace","path":"/webhooks/0/reinvocationPolicy","value":"Never"}`,
		"side effects":      `{"op":"replace","path":"/webhooks/0/sideEffects","value":"NoneOnDryRun"}`,
		"reviews":           `{"op":"add","path":"/webhooks/0/admissionReviewVersions/-","value":"v1beta1"}`,
		"conditions":        `{"op":"remove","path":"/webhooks/0/matchConditions/0"}`,
		"name":              `{"op":"replace","path":"/webhooks/0/name","value":"other.kubectl-spark.io"}`,
		"one less":          `{"op":"remove","path":"/webhooks/1"}`,
		"one more":          `{"op":"add","path":"/webhooks/-","value":{"name":"x.y.z","admissionReviewVersions":["v1"],"sideEffects":"None","clientConfig":{"url":"https://192.0.2.1/x"}}}`,
		"labels":            `{"op":"remove","path":"/metadata/labels"}`,
		"annotations":       `{"op":"add","path":"/metadata/annotations/cert-manager.io~1inject-ca-from","value":"x/y"}`,
		"finalizers":        `{"op":"add","path":"/metadata/finalizers","value":["x.y/z"]}`,
		"owners":            `{"op":"add","path":"/metadata/ownerReferences","value":[{"apiVersion":"v1","kind":"Namespace","name":"x","uid":"x"}]}`,
		"bundle and more":   `{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":""},` + secrets,
	} {
		if err := try(s.cp.Client(), change); err != nil {
			t.Errorf("%s: an administrator is refused, so the attack shows nothing: %v", name, err)
		}
		if err := try(thief, change); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "this account may change the caBundle") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ca, err := webhook.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.NewTrust(thief, manifests.WebhookName, true).Publish(t.Context(), ca.CertPEM); err != nil {
		t.Errorf("the bundles cannot be written: %v", err)
	}
	for _, w := range s.configuration().Webhooks {
		if !strings.Contains(string(w.ClientConfig.CABundle), string(ca.CertPEM)) {
			t.Errorf("webhook %s does not trust the new authority", w.Name)
		}
	}
	// With cert-manager's certificates there is nothing to write, and so no right to.
	certManagerCRDs(t, s)
	s.run(0, "uninstall")
	s.namespace += "-cm"
	s.run(0, "install", "--image=example.org/w:1", "--certs=cert-manager", "-n", s.namespace, "--wait=false")
	certManagerRights(t, s)
}

func certManagerRights(t *testing.T, s *site) {
	t.Helper()
	cfg, err := s.cp.ServiceAccountConfig(t.Context(), s.namespace, manifests.ServiceName)
	if err != nil {
		t.Fatal(err)
	}
	own, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	api := own.AdmissionregistrationV1().MutatingWebhookConfigurations()
	if _, err := api.Get(t.Context(), manifests.WebhookName, metav1.GetOptions{}); err != nil {
		t.Errorf("readiness cannot read the bundles: %v", err)
	}
	_, err = api.Patch(t.Context(), manifests.WebhookName, types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	_, create := own.CoreV1().Secrets(s.namespace).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, metav1.CreateOptions{})
	_, get := own.CoreV1().Secrets(s.namespace).Get(t.Context(), manifests.CASecret, metav1.GetOptions{})
	for what, err := range map[string]error{"patch the configuration": err, "create Secrets": create, "read the authority": get} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("with cert-manager the account may %s: %v", what, err)
		}
	}
	// And they come with the other way.
	s.run(0, "install", "--certs=self", "--wait=false")
	if _, err := own.CoreV1().Secrets(s.namespace).Get(t.Context(), manifests.CASecret, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("with --certs=self the authority is not readable: %v", err)
	}
}

// TestAnAuthorityThatNobodyUsesIsLetGo: the one before a rotation, a deleted one and a stranger's, and none too early.
func TestAnAuthorityThatNobodyUsesIsLetGo(t *testing.T) {
	s := newSite(t)
	s.run(0, "install", "--url=https://127.0.0.1:1", "-n", s.namespace, "--wait=false")
	store := webhook.SecretStore{Client: s.cp.Client(), Namespace: s.namespace}
	now := time.Now()
	trust := webhook.NewTrust(s.cp.Client(), manifests.WebhookName, true)
	trust.Shared, trust.Now = true, func() time.Time { return now }
	certs := webhook.NewIssued(store, []string{"localhost"}, func() time.Time { return now })
	certs.Announce = trust.Publish
	turn := func(after time.Duration) {
		t.Helper()
		now = now.Add(after)
		if err := certs.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := trust.Replace(t.Context(), certs.CA()); err != nil {
			t.Fatal(err)
		}
	}
	trusted := func(ca []byte) bool {
		return strings.Contains(string(s.configuration().Webhooks[1].ClientConfig.CABundle), string(ca))
	}
	turn(0)
	first := certs.CA()
	stranger, err := webhook.NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	if err := trust.Publish(t.Context(), stranger.CertPEM); err != nil {
		t.Fatal(err)
	}
	turn(15 * time.Second)
	if !trusted(first) || !trusted(stranger.CertPEM) {
		t.Error("an authority that another replica may have begun to use was dropped at once")
	}
	if err := s.cp.Client().CoreV1().Secrets(s.namespace).Delete(t.Context(), manifests.CASecret, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		turn(15 * time.Second)
		if !trusted(certs.CA()) || !trusted(first) {
			t.Fatal("what is served, or was until now, is not trusted")
		}
	}
	second := certs.CA()
	if string(second) == string(first) {
		t.Fatal("the deleted authority is still used")
	}
	turn(11 * time.Minute)
	if trusted(first) || trusted(stranger.CertPEM) || !trusted(second) {
		t.Error("an authority that was deleted or is a stranger's is still trusted")
	}
	// One that a user gave with --ca-file is the user's.
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "--wait=false")
	turn(0)
	turn(time.Hour)
	given, err := os.ReadFile(s.cp.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	if !trusted(given) || !trusted(second) {
		t.Error("a given authority is not trusted any more")
	}
}

// TestTheAPIServerAloneMayCall reads the NetworkPolicy; nothing enforces it here.
func TestTheAPIServerAloneMayCall(t *testing.T) {
	s := newSite(t)
	slices := s.cp.Client().DiscoveryV1().EndpointSlices(metav1.NamespaceDefault)
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: "kubernetes-test", Labels: map[string]string{discoveryv1.LabelServiceName: "kubernetes"}},
		AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.9.0.2"}}, {Addresses: []string{"10.9.0.1"}}}}
	from := func() (out []networkingv1.NetworkPolicyPeer) {
		p, err := s.cp.Client().NetworkingV1().NetworkPolicies(s.namespace).Get(t.Context(), manifests.ServiceName, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Spec.Ingress[0].From
	}
	install := func(want string, flags ...string) {
		t.Helper()
		if out := s.run(0, append([]string{"install", "--image=example.org/w:1", "-n", s.namespace, "--wait=false"}, flags...)...); !strings.Contains(out, want) {
			t.Errorf("%v: no %q in\n%s", flags, want, out)
		}
	}
	install("the API server's are not known, set --api-server-cidr")
	if len(from()) != 0 {
		t.Errorf("addresses that nobody named: %v", from())
	}
	if _, err := slices.Create(t.Context(), slice, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slices.Delete(s.background(), slice.Name, metav1.DeleteOptions{}) }) // at the end it may be gone
	install("10.9.0.1/32, 10.9.0.2/32 may call the webhook", "--scrape-from=monitoring")
	if f := from(); len(f) != 3 || f[0].IPBlock.CIDR != "10.9.0.1/32" || f[2].PodSelector.MatchLabels["k8s-app"] != "konnectivity-agent" {
		t.Errorf("may call: %v", f)
	}
	install("Nothing was changed")
	install("pods of monitoring may read the metrics")
	slice.Endpoints = slice.Endpoints[:1]
	if _, err := slices.Update(t.Context(), slice, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if st := s.status(1); !strings.Contains(strings.Join(st.Problems, "\n"), "the API server is at 10.9.0.2/32 now; run kubectl spark install") {
		t.Errorf("status says nothing of other addresses: %v", st.Problems)
	}
	install("10.9.0.2/32 may call the webhook")
	// Who may not read the addresses does not open the webhook to all.
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}, Rules: []rbacv1.PolicyRule{{Verbs: []string{"*"}, Resources: []string{"*"},
		APIGroups: []string{"", "apps", "policy", "networking.k8s.io", "rbac.authorization.k8s.io", "admissionregistration.k8s.io"}}}}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: s.namespace},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "installer"}}}
	if _, err := s.cp.Client().RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.cp.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	cfg, err := s.cp.UserConfig("installer")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := s.cp.WriteKubeconfig("installer", "", cfg)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := runPlugin(t, kubeconfig, "install", "--wait=false"); code != 0 || !strings.Contains(out, "10.9.0.2/32 may call the webhook") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	install("10.0.0.0/8 may call the webhook", "--api-server-cidr=10.0.0.0/8")
	install("10.0.0.0/8 may call the webhook") // what was given stays
	if st := s.status(1); strings.Contains(strings.Join(st.Problems, "\n"), "the API server is at") {
		t.Errorf("what was given is compared: %v", st.Problems)
	}
	install("any address may call the webhook, as set", "--api-server-cidr=any")
	if out := s.run(2, "install", "--api-server-cidr=10.0.0.1/8"); !strings.Contains(out, "10.0.0.1/8") {
		t.Errorf("host bits: %s", out)
	}
}

const limitedPriority = `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: ResourceQuota
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ResourceQuotaConfiguration
    limitedResources:
    - resource: pods
      matchScopes: [{scopeName: PriorityClass, operator: In, values: [system-node-critical, system-cluster-critical]}]
`

// TestCriticalPodsWhereAClusterLimitsThem: as GKE configures its API servers.
func TestCriticalPodsWhereAClusterLimitsThem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "admission.yaml")
	if err := os.WriteFile(file, []byte(limitedPriority), 0o600); err != nil {
		t.Fatal(err)
	}
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true, APIServerArgs: []string{"--admission-control-config-file=" + file}})
	other := cp.NewNamespace(t)
	p := pod()
	p.Spec.PriorityClassName = manifests.DefaultPriorityClass
	if _, err := cp.Client().CoreV1().Pods(other).Create(t.Context(), p, metav1.CreateOptions{}); err == nil || !strings.Contains(err.Error(), "insufficient quota") {
		t.Fatalf("this cluster does not limit the class: %v", err)
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "install", "--image=example.org/w:1", "--wait=false"); code != 0 {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	within(t, 60*time.Second, "the Deployment has its pods", func() bool {
		pods, err := cp.Client().CoreV1().Pods(manifests.DefaultNamespace).List(t.Context(), metav1.ListOptions{})
		return err == nil && len(pods.Items) == 2 && pods.Items[0].Spec.PriorityClassName == manifests.DefaultPriorityClass
	})
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "install", "--priority-class=", "--wait=false"); code != 0 || !strings.Contains(out, "ResourceQuota/spark-webhook-critical in kubectl-spark (deleted)") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "uninstall", "--wait"); code != 0 {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	var c registration.ValidatingAdmissionPolicyList
	if err := cp.Client().AdmissionregistrationV1().RESTClient().Get().Resource("validatingadmissionpolicies").Do(t.Context()).Into(&c); err != nil || len(c.Items) != 0 {
		t.Error(fmt.Errorf("policies are left: %v, %w", c.Items, err))
	}
}

package integration

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	registration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// otherWebhook is a second server that changes pods.
type otherWebhook struct {
	patch atomic.Pointer[string]
	serve *httptest.Server
}

// other starts a server that answers every review with its patch.
func (i *installed) other(t *testing.T, patch string) *otherWebhook {
	t.Helper()
	o := &otherWebhook{}
	o.patch.Store(&patch)
	o.serve = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var review admissionv1.AdmissionReview
		_ = json.NewDecoder(req.Body).Decode(&review)
		how := admissionv1.PatchTypeJSONPatch
		review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true, Patch: []byte(*o.patch.Load()), PatchType: &how}
		_ = json.NewEncoder(w).Encode(&review)
	}))
	leaf, err := i.certs.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	o.serve.TLS = &tls.Config{Certificates: []tls.Certificate{*leaf}}
	o.serve.StartTLS()
	t.Cleanup(o.serve.Close)
	return o
}

// register makes the API server call the other webhook by a configuration of that name, once for each pod, and waits until it does.
func (i *installed) register(t *testing.T, o *otherWebhook, name, ns string, changed func(*corev1.Pod) bool) {
	t.Helper()
	c := manifests.WebhookConfiguration(manifests.Options{URL: o.serve.URL, CABundle: i.certs.CA()})
	c.Name, c.Webhooks = name, c.Webhooks[:1]
	c.Webhooks[0].Name = "other.example.org"
	never := registration.NeverReinvocationPolicy
	c.Webhooks[0].ReinvocationPolicy = &never
	if _, err := i.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Create(t.Context(), c, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.unregister(t, name) })
	i.until(t, ns, changed)
}

func (i *installed) unregister(t *testing.T, name string) {
	_ = i.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Delete(context.Background(), name, metav1.DeleteOptions{})
}

// until creates drivers until one is as it should be: the API server takes a moment to see a configuration.
func (i *installed) until(t *testing.T, ns string, as func(*corev1.Pod) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !as(create(t, i.cp, ns, pod("spark-role", "driver"))); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no driver pod is as a webhook's configuration wants it within 20 s")
		}
	}
}

// TestTheOrderOfWebhooksDoesNotMatter: what another webhook changes after ours comes out as if it had been called first. The pod is
// the same, and so is its report.
func TestTheOrderOfWebhooksDoesNotMatter(t *testing.T) {
	i := install(t)
	ns := i.cp.NewNamespace(t)
	namespace(t, i.cp, ns)
	eventually(t, i, ns)
	const c = `/spec/containers/0/`
	const marked = `{"op":"add","path":"/metadata/labels/other","value":"was-here"},`
	cases := []struct{ name, patch, reason string }{
		{"envFrom", `{"op":"add","path":"` + c + `envFrom","value":[{"configMapRef":{"name":"settings"}}]}`, "env-from"},
		{"a variable of the same name", `{"op":"add","path":"` + c + `env/-","value":{"name":"MALLOC_ARENA_MAX","value":"4"}}`, ""},
		{"options that cannot be read", `{"op":"add","path":"` + c + `env/-","value":{"name":"JAVA_TOOL_OPTIONS","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}}`, "value-from"},
		{"a volume over ours", `{"op":"add","path":"/spec/volumes/-","value":{"name":"logs","emptyDir":{}}},{"op":"add","path":"` + c + `volumeMounts/-","value":{"name":"logs","mountPath":"/var/log"}}`, "path-taken"},
		{"a volume in the same place", `{"op":"add","path":"/spec/volumes/-","value":{"name":"logs","emptyDir":{}}},{"op":"add","path":"` + c + `volumeMounts/-","value":{"name":"logs","mountPath":"/var/log/spark-gc"}}`, "path-taken"},
		{"a privileged container", `{"op":"add","path":"` + c + `securityContext/privileged","value":true}`, "privileged"},
		{"another security context", `{"op":"add","path":"` + c + `securityContext","value":{"runAsUser":0}}`, "runs-as-root"},
		{"another volume", `{"op":"add","path":"/spec/volumes/-","value":{"name":"data","emptyDir":{}}}`, ""},
	}
	o := i.other(t, "["+strings.TrimSuffix(marked, ",")+"]")
	sent := func() *corev1.Pod { // has of each list an element, to which the other webhook adds one
		p := pod("spark-role", "driver")
		p.Spec.Volumes = []corev1.Volume{{Name: "own", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		main := &p.Spec.Containers[0]
		main.Env = []corev1.EnvVar{{Name: "OWN", Value: "1"}}
		main.VolumeMounts = []corev1.VolumeMount{{Name: "own", MountPath: "/own"}}
		main.SecurityContext = &corev1.SecurityContext{}
		main.Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse("1")}
		return p
	}
	var pods [2][]*corev1.Pod
	for order, name := range []string{"00-a-before", "zz-after"} {
		i.register(t, o, name, ns, func(p *corev1.Pod) bool { return p.Labels["other"] != "" && injected(p) })
		for _, one := range cases {
			patch := "[" + marked + one.patch + "]"
			o.patch.Store(&patch)
			pods[order] = append(pods[order], create(t, i.cp, ns, sent()))
		}
		none := "[" + strings.TrimSuffix(marked, ",") + "]"
		o.patch.Store(&none)
		i.unregister(t, name)
		i.until(t, ns, func(p *corev1.Pod) bool { return p.Labels["other"] == "" })
	}
	for n, one := range cases {
		before, after := pods[0][n], pods[1][n]
		if a, b := reported(t, before), reported(t, after); a != b {
			t.Errorf("%s: the report with the other webhook before ours and after it\n%s\n%s", one.name, a, b)
		} else if one.reason != "" && !strings.Contains(a, `"`+one.reason+`"`) {
			t.Errorf("%s: the report does not say %s: %s", one.name, one.reason, a)
		}
		if a, b := sortedSpec(t, before), sortedSpec(t, after); a != b {
			t.Errorf("%s: with the other webhook before ours and after it\n%s\n%s", one.name, a, b)
		}
	}
}

// reported is what the report says, whatever the order.
func reported(t *testing.T, p *corev1.Pod) string {
	t.Helper()
	r, err := rule.ReadReport(p.Annotations[rule.ReportAnnotation])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(r.Undo)
	return asJSON(t, r)
}

// sortedSpec is the specification without the order of variables and volumes of different names.
func sortedSpec(t *testing.T, p *corev1.Pod) string {
	t.Helper()
	spec := p.Spec.DeepCopy()
	spec.Volumes = tokenless(spec.Volumes)
	slices.SortStableFunc(spec.Volumes, func(a, b corev1.Volume) int { return strings.Compare(a.Name, b.Name) })
	for j := range spec.Containers {
		c := &spec.Containers[j]
		for n := range c.VolumeMounts {
			if strings.HasPrefix(c.VolumeMounts[n].Name, "kube-api-access-") {
				c.VolumeMounts[n].Name = "kube-api-access"
			}
		}
		slices.SortStableFunc(c.Env, func(a, b corev1.EnvVar) int { return strings.Compare(a.Name, b.Name) })
		slices.SortStableFunc(c.VolumeMounts, func(a, b corev1.VolumeMount) int { return strings.Compare(a.MountPath, b.MountPath) })
	}
	return asJSON(t, spec)
}

// TestAPodThatIsMadeAgainKeepsWhatItHolds: the sender of a pod with a report sent all of it, and nothing of it is taken back.
func TestAPodThatIsMadeAgainKeepsWhatItHolds(t *testing.T) {
	i := install(t)
	ns := i.cp.NewNamespace(t)
	namespace(t, i.cp, ns)
	eventually(t, i, ns)
	first := create(t, i.cp, ns, pod("spark-role", "driver"))
	again := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "p-", Labels: first.Labels, Annotations: first.Annotations}, Spec: *first.Spec.DeepCopy()}
	again.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}}
	entry := func(apiVersion, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: "sender", Operation: "Update", APIVersion: apiVersion, FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: []byte(fields)}}
	}
	const labels = `{"f:metadata":{"f:labels":{".":{},"f:spark-role":{}}}}`
	for name, managed := range map[string][]metav1.ManagedFieldsEntry{ // that a sender may write
		"none": nil, "an empty list": {}, "an empty entry": {{}}, "labels alone": {entry("v1", labels)}, "of another version": {entry("v9", labels)},
		"no fields": {entry("v1", "7")}, "many": slices.Repeat([]metav1.ManagedFieldsEntry{entry("v1", labels)}, 20),
	} {
		forged := again.DeepCopy()
		forged.ManagedFields = managed
		second := create(t, i.cp, ns, forged)
		if a, b := asJSON(t, again.Spec.Containers[0].Env), asJSON(t, second.Spec.Containers[0].Env); a != b {
			t.Errorf("managedFields, %s: sent with\n%s\ncreated with\n%s", name, a, b)
		}
		if a, b := reported(t, first), reported(t, second); a != b {
			t.Errorf("managedFields, %s: the report was %s and is %s", name, a, b)
		}
	}
	applied := again.DeepCopy()
	applied.TypeMeta, applied.GenerateName, applied.Name = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, "", "applied"
	byApply, err := i.cp.Client().CoreV1().Pods(ns).Patch(t.Context(), applied.Name, types.ApplyPatchType, []byte(asJSON(t, applied)), metav1.PatchOptions{FieldManager: "sender"})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := asJSON(t, again.Spec.Containers[0].Env), asJSON(t, byApply.Spec.Containers[0].Env); a != b {
		t.Errorf("applied with\n%s\ncreated with\n%s", a, b)
	}
	// What another webhook then adds takes nothing of it back, too.
	o := i.other(t, `[{"op":"add","path":"/metadata/labels/other","value":"was-here"},{"op":"add","path":"/spec/containers/0/envFrom","value":[{"configMapRef":{"name":"settings"}}]}]`)
	i.register(t, o, "zz-after", ns, func(p *corev1.Pod) bool { return p.Labels["other"] != "" })
	again.Spec.Containers[0].EnvFrom = nil
	third := create(t, i.cp, ns, again)
	if a, b := asJSON(t, first.Spec.Containers[0].Env), asJSON(t, third.Spec.Containers[0].Env); a != b || third.Labels["other"] == "" {
		t.Errorf("sent with\n%s\ncreated with\n%s", a, b)
	}
}

package script

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestExplainPodKnowsTheImagesThatTheWebhookKnows: facts of a private image stand in the ConfigMap that the server follows,
// and decide what it would do.
func TestExplainPodKnowsTheImagesThatTheWebhookKnows(t *testing.T) {
	text := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{Name: "etl", Namespace: "team-a", Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "spark-1"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "registry.example/private:1", Args: []string{"driver"}}}}}
	for name, c := range map[string]struct {
		images    string
		has, says []string
	}{
		"facts":     {"[{match: registry.example/private, uid: 1001, passwd: true, spark: 4.0.1, java: 17, entrypoint: spark}]", []string{"SPK-S011/runAsNonRoot", "SPK-M024/gcLog"}, nil},
		"none":      {"", nil, nil},
		"a mistake": {"- match: [", nil, []string{"the server goes by its former settings"}},
	} {
		configuration := manifests.WebhookConfiguration(manifests.Options{Namespace: manifests.DefaultNamespace, Profile: "standard", Scope: manifests.ScopeAll, Image: "w:1"})
		settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: manifests.ConfigName}, Data: map[string]string{manifests.APIVersionKey: manifests.APIVersion, manifests.ProfileKey: "standard", manifests.ModeKey: manifests.ModeInject, manifests.ImagesKey: c.images}}
		path := serve(t, map[string]string{
			"/api/v1/namespaces/team-a/pods/etl": text(pod),
			"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/" + manifests.WebhookName:       text(configuration),
			fmt.Sprintf("/api/v1/namespaces/%s/configmaps/%s", manifests.DefaultNamespace, manifests.ConfigName): text(settings),
		}, nil)
		code, out, errs := kubectlSpark(t, "explain", "pod", "etl", "--kubeconfig", path)
		for _, want := range append(c.says, "made again it would get") {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%s: exit code %d, %q is missing:\n%s%s", name, code, want, out, errs)
			}
		}
		for _, part := range []string{"SPK-S011/runAsNonRoot", "SPK-M024/gcLog"} {
			if strings.Contains(out, part) != (c.has != nil) {
				t.Errorf("%s: %s:\n%s", name, part, out)
			}
		}
		if strings.Contains(out, "images") != (c.says != nil) {
			t.Errorf("%s: what is wrong with the images is said, and only that:\n%s", name, out)
		}
	}
}

package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestExplainPodKnowsTheImagesThatTheWebhookKnows: facts of a private image stand in the ConfigMap that the server follows,
// and decide what it would do.
func TestExplainPodKnowsTheImagesThatTheWebhookKnows(t *testing.T) {
	s := newSite(t)
	create(t, s.cp, s.jobs, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "etl", Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "spark-1"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "registry.example/private:1", Args: []string{"driver"}}}}})
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
	api := s.cp.Client().CoreV1().ConfigMaps(s.namespace)
	for name, c := range map[string]struct {
		images    string
		has, says []string
	}{
		"facts":     {"[{match: registry.example/private, uid: 1001, passwd: true, spark: 4.0.1, java: 17, entrypoint: spark}]", []string{"SPK-S011/runAsNonRoot", "SPK-M024/gcLog"}, nil},
		"none":      {"", nil, nil},
		"a mistake": {"- match: [", nil, []string{"the server goes by its former settings"}},
	} {
		settings, err := api.Get(t.Context(), manifests.ConfigName, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		settings.Data[manifests.ImagesKey] = c.images
		if _, err := api.Update(t.Context(), settings, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		code, out, errs := runPlugin(t, s.cp.Kubeconfig(), "explain", "pod", "etl", "-n", s.jobs)
		for _, want := range append(c.says, "a new pod would get") {
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

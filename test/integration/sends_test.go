package integration

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// sentBy says whether the live configuration, evaluated here, sends the pod to one of its webhooks.
func sentBy(t *testing.T, i *installed, p *corev1.Pod) bool {
	t.Helper()
	c, err := i.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), manifests.WebhookName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ns, err := i.cp.Client().CoreV1().Namespaces().Get(t.Context(), p.Namespace, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sent := false
	for _, s := range manifests.Sends(c, p, ns.Labels) {
		if s.Unknown || s.Sent == (s.Why != "") {
			t.Errorf("%s: %+v", p.Name, s)
		}
		sent = sent || s.Sent
	}
	return sent
}

func commanded(command ...string) *corev1.Pod {
	p := pod()
	p.Spec.Containers[0] = corev1.Container{Name: "w", Image: "apache/spark:4.0.1", Command: command}
	return p
}

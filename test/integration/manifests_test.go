package integration

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Every way of installing, each object strictly; the Deployment's pods in a namespace that enforces Pod Security restricted.
func TestServerManifestsAreAcceptedStrictly(t *testing.T) {
	cp := shared.Get(t)
	reader, err := cluster.New(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	strict := cp.NewNamespace(t, "pod-security.kubernetes.io/enforce", "restricted")
	for name, o := range map[string]manifests.Options{
		"plain":        {Namespace: strict, Image: "example.org/w:1"},
		"all set":      {Namespace: strict, Image: "example.org/w:1", ImagePullSecret: "pull", Profile: "safe", Shadow: true, PriorityClass: "system-cluster-critical"},
		"cert-manager": {Namespace: strict, Image: "example.org/w:1", CertManager: true},
		"outside":      {Namespace: strict, URL: "https://10.0.0.1:9443"},
	} {
		objects := append(manifests.Server(o), manifests.WebhookConfiguration(o))
		for _, object := range objects {
			kind := object.GetObjectKind().GroupVersionKind()
			if kind.Group == "cert-manager.io" {
				continue // not on this server: TestCertManagerObjectsFitItsSchema
			}
			text, err := manifests.JSON(object)
			if err != nil {
				t.Fatal(err)
			}
			_, err = reader.Apply(t.Context(), cluster.Path(kind.GroupVersion().String(), kind.Kind, object.GetNamespace()), object.GetName(), text,
				cluster.ApplyOptions{Manager: manifests.FieldManager, DryRun: true})
			if err != nil {
				t.Errorf("%s: %s: %v", name, kind.Kind, err)
			}
			d, ok := object.(*appsv1.Deployment)
			if !ok {
				continue
			}
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "w-", Labels: d.Spec.Template.Labels}, Spec: d.Spec.Template.Spec}
			pod.Spec.ServiceAccountName = "default" // the dry run has made no other
			if _, err := cp.Client().CoreV1().Pods(strict).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{"All"}}); err != nil {
				t.Errorf("%s: a pod of the Deployment: %v", name, err)
			}
			pod.Spec.Containers[0].SecurityContext.Capabilities = nil
			if _, err := cp.Client().CoreV1().Pods(strict).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{"All"}}); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
				t.Errorf("%s: the namespace does not enforce what it says: %v", name, err)
			}
		}
	}
}

package manifests

import (
	"bytes"
	_ "embed" // server.yaml
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

//go:embed server.yaml
var serverYAML []byte

// ServerOptions completes what runs in the cluster.
type ServerOptions struct {
	Namespace       string // "": kubectl-spark
	Image           string // with its tag or digest; required
	ImagePullSecret string // name of a Secret; "": none
	Profile         string // "": the server's own default
	CertSecret      string // Secret of type kubernetes.io/tls that cert-manager writes; "": the server signs itself
}

// Object is a typed object with its metadata.
type Object interface{ metav1.Object }

// Server lists what runs the server in a cluster, in the order in which it is to be applied: the namespace, the
// rights, the service and the Deployment. The webhook configuration comes last, when the server is ready.
func Server(o ServerOptions) []Object {
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	// In the order of server.yaml.
	account, cluster, clusterBinding := &corev1.ServiceAccount{}, &rbacv1.ClusterRole{}, &rbacv1.ClusterRoleBinding{}
	role, binding := &rbacv1.Role{}, &rbacv1.RoleBinding{}
	service, budget, deployment := &corev1.Service{}, &policyv1.PodDisruptionBudget{}, &appsv1.Deployment{}
	objects := []Object{account, cluster, clusterBinding, role, binding, service, budget, deployment}
	documents := bytes.Split(serverYAML, []byte("\n---\n"))
	if len(documents) != len(objects) {
		panic(fmt.Errorf("server.yaml has %d documents, want %d", len(documents), len(objects)))
	}
	for i, object := range objects {
		must(documents[i], object)
		object.SetLabels(map[string]string{"app.kubernetes.io/name": ServiceName, "app.kubernetes.io/part-of": FieldManager})
		if object != Object(cluster) && object != Object(clusterBinding) {
			object.SetNamespace(o.Namespace)
		}
	}
	clusterBinding.Subjects[0].Namespace, binding.Subjects[0].Namespace = o.Namespace, o.Namespace
	pod := &deployment.Spec.Template.Spec
	pod.Containers[0].Image = o.Image
	if o.Profile != "" {
		pod.Containers[0].Args = append(pod.Containers[0].Args, "--profile="+o.Profile)
	}
	if o.ImagePullSecret != "" {
		pod.ImagePullSecrets = []corev1.LocalObjectReference{{Name: o.ImagePullSecret}}
	}
	if o.CertSecret != "" {
		const dir = "/etc/spark-webhook/certs"
		pod.Containers[0].Args = append(pod.Containers[0].Args, "--cert-dir="+dir)
		pod.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "certs", MountPath: dir, ReadOnly: true}}
		pod.Volumes = []corev1.Volume{{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: o.CertSecret}}}}
	}
	space := &corev1.Namespace{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: o.Namespace,
		Labels: map[string]string{"app.kubernetes.io/part-of": FieldManager, "pod-security.kubernetes.io/enforce": "restricted"}}}
	return append([]Object{space}, objects...)
}

package manifests

import (
	_ "embed" // the YAML files
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

//go:embed server.yaml
var serverYAML []byte

//go:embed self.yaml
var selfYAML []byte

//go:embed cluster.yaml
var clusterYAML []byte

// Server lists everything but the webhook configuration, in the order in which it is to be applied: the namespace,
// the server's identity and rights, its settings, what runs it where it runs in the cluster, and dashboards, alerts and
// a PodMonitor if they are wanted. The webhook configuration comes last, when the server is ready.
func Server(o Options) []Object {
	o.complete()
	parts := read(serverYAML)
	if !o.CertManager {
		parts = append(parts, read(selfYAML)...)
	}
	if o.URL == "" {
		parts = append(parts, read(clusterYAML)...)
	}
	var out []Object
	for _, object := range parts {
		if object.GetKind() == "ResourceQuota" && !critical(o.PriorityClass) {
			continue
		}
		out = append(out, completed(object, o))
	}
	if o.CertManager {
		out = append(out, certManagerObjects(o)...)
	}
	out = append(out, o.monitoring()...)
	for _, object := range out {
		place(object, o.Namespace)
	}
	return out
}

func ownLabels() map[string]string {
	return map[string]string{NameLabel: ServiceName, PartOfLabel: FieldManager}
}

// place labels an object as ours, and puts it into the server's namespace unless it is of the whole cluster.
func place(object Object, namespace string) {
	labels := ownLabels()
	for key, value := range object.GetLabels() {
		labels[key] = value
	}
	object.SetLabels(labels)
	switch object.GetObjectKind().GroupVersionKind().Kind {
	case "Namespace":
		object.SetName(namespace)
	case "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
	default:
		object.SetNamespace(namespace)
	}
}

// completed fills into an embedded object what the options say of it.
func completed(object *unstructured.Unstructured, o Options) Object {
	set := func(value any, path ...string) {
		if err := unstructured.SetNestedField(object.Object, value, path...); err != nil {
			panic(err) // an embedded file, which a test reads
		}
	}
	switch kind := object.GetKind(); {
	case kind == "ClusterRoleBinding" || kind == "RoleBinding":
		set([]any{map[string]any{"kind": "ServiceAccount", "name": ServiceName, "namespace": o.Namespace}}, "subjects")
	case kind == "ValidatingAdmissionPolicy":
		account := fmt.Sprintf("request.userInfo.username == 'system:serviceaccount:%s:%s'", o.Namespace, ServiceName)
		set([]any{map[string]any{"name": "account", "expression": account}}, "spec", "matchConditions")
	case kind == "ConfigMap" && object.GetName() == ConfigName:
		mode := ModeInject
		if o.Shadow {
			mode = ModeShadow
		}
		set(map[string]any{APIVersionKey: APIVersion, ProfileKey: o.Profile, ModeKey: mode}, "data")
	case kind == "ResourceQuota":
		of := map[string]any{"scopeName": string(corev1.ResourceQuotaScopePriorityClass), "operator": "In", "values": []any{o.PriorityClass}}
		set([]any{of}, "spec", "scopeSelector", "matchExpressions")
	case kind == "NetworkPolicy":
		return networkPolicy(object, o)
	case kind == "Deployment":
		return deployment(object, o)
	}
	return object
}

func deployment(from *unstructured.Unstructured, o Options) Object {
	d := typed[appsv1.Deployment](from)
	pod := &d.Spec.Template.Spec
	pod.Containers[0].Image = o.Image
	pod.PriorityClassName = o.PriorityClass
	if o.ImagePullSecret != "" {
		pod.ImagePullSecrets = []corev1.LocalObjectReference{{Name: o.ImagePullSecret}}
	}
	if o.CertManager {
		const dir = "/etc/spark-webhook/certs"
		pod.Containers[0].Args = append(pod.Containers[0].Args, "--cert-dir="+dir)
		pod.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "certs", MountPath: dir, ReadOnly: true}}
		pod.Volumes = []corev1.Volume{{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: CertSecret}}}}
	}
	return d
}

// Everything lists what any way of installing may have made in the cluster, the Secrets included, and what comes last
// when it is applied first: the order in which it is to be deleted.
func Everything(namespace string) []Object {
	secret := func(name string) Object {
		return &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	}
	self := Options{Namespace: namespace, PriorityClass: DefaultPriorityClass, Dashboards: true, Alerts: true, Monitor: true}
	objects := Server(self)
	objects = slices.Insert(objects, 1, secret(CASecret), secret(CertSecret), secret(CertManagerCA))
	for _, object := range Server(Options{Namespace: namespace, CertManager: true}) {
		if !slices.ContainsFunc(objects, func(o Object) bool { return Reference(o) == Reference(object) }) {
			objects = append(objects, object)
		}
	}
	objects = append(objects, WebhookConfiguration(self))
	slices.Reverse(objects)
	return objects
}

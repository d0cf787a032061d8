package manifests

import (
	"bytes"
	_ "embed" // the YAML files
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

//go:embed server.yaml
var serverYAML []byte

//go:embed cluster.yaml
var clusterYAML []byte

// Object is an object with its metadata; its JSON names its kind.
type Object interface {
	metav1.Object
	runtime.Object
}

// Server lists everything but the webhook configuration, in the order in which it is to be applied: the namespace,
// the server's identity and rights, its settings, and what runs it where it runs in the cluster. The webhook
// configuration comes last, when the server is ready.
func Server(o Options) []Object {
	o.complete()
	var out []Object
	for _, object := range read(serverYAML) {
		out = append(out, completed(object, o))
	}
	if o.CertManager {
		out = append(out, certManagerObjects(o)...)
	}
	if o.URL == "" {
		for _, object := range read(clusterYAML) {
			out = append(out, completed(object, o))
		}
	}
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
	case "ClusterRole", "ClusterRoleBinding":
	default:
		object.SetNamespace(namespace)
	}
}

// completed fills into an embedded object what the options say of it.
func completed(object *unstructured.Unstructured, o Options) Object {
	switch kind := object.GetKind(); {
	case kind == "ClusterRoleBinding" || kind == "RoleBinding":
		subjects, _, _ := unstructured.NestedSlice(object.Object, "subjects")
		subjects[0].(map[string]any)["namespace"] = o.Namespace
		object.Object["subjects"] = subjects
	case kind == "Deployment":
		return deployment(object, o)
	case kind == "ConfigMap" && object.GetName() == ConfigName:
		mode := ModeInject
		if o.Shadow {
			mode = ModeShadow
		}
		object.Object["data"] = map[string]any{ProfileKey: o.Profile, ModeKey: mode}
	}
	return object
}

func deployment(from *unstructured.Unstructured, o Options) Object {
	d := &appsv1.Deployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(from.Object, d, true); err != nil {
		panic(err) // an embedded file, which a test reads
	}
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

// read splits an embedded file into its objects.
func read(text []byte) (out []*unstructured.Unstructured) {
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		must(document, &object.Object)
		out = append(out, object)
	}
	return out
}

// YAML writes objects as a stream of documents.
func YAML(objects []Object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		text, err := JSON(o)
		if err != nil {
			return nil, err
		}
		if text, err = yaml.JSONToYAML(text); err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

// Everything lists what any way of installing may have made in the cluster, the Secrets included, and what comes last
// when it is applied first: the order in which it is to be deleted.
func Everything(namespace string) []Object {
	o := Options{Namespace: namespace, CertManager: true}
	secret := func(name string) Object {
		return &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	}
	objects := append([]Object{}, Server(o)[0], secret(CASecret), secret(CertSecret), secret(CertManagerCA))
	objects = append(objects, Server(o)[1:]...)
	objects = append(objects, WebhookConfiguration(o))
	slices.Reverse(objects)
	return objects
}

package launcher

import (
	"bytes"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// maxLooked bounds how deep an object of an unknown kind is looked through for containers.
const maxLooked = 24

// looksLike notes by what a template looks like Spark that shows no role. What a live controller made is told of the
// controller, which is listed too.
func looksLike(d *workload.Document, t *corev1.PodTemplateSpec) {
	if d.Line == 0 && slices.ContainsFunc(d.Meta.OwnerReferences, func(o metav1.OwnerReference) bool { return listedKinds[o.Kind] }) {
		return
	}
	d.Looks = spark.Looks(&t.ObjectMeta, &t.Spec)
}

// listedKinds are Kubernetes' own controllers that every live run lists.
var listedKinds = map[string]bool{"StatefulSet": true, "Deployment": true, "ReplicaSet": true, "ReplicationController": true, "CronJob": true, "Job": true}

// looksWithin finds the first container of an object whose kind is not known that looks like Spark.
func looksWithin(d *workload.Document) {
	if d.Kind == "" || d.Kind == "CustomResourceDefinition" || !bytes.Contains(d.Raw, []byte("spark")) && !bytes.Contains(d.Raw, []byte("SPARK")) {
		return
	}
	var tree any
	if kjson.Unmarshal(d.Raw, &tree) == nil {
		d.Looks = containerWithin(tree, 0)
	}
}

func containerWithin(v any, depth int) string {
	if depth > maxLooked {
		return ""
	}
	switch held := v.(type) {
	case []any:
		for _, one := range held {
			if found := containerWithin(one, depth+1); found != "" {
				return found
			}
		}
	case map[string]any:
		if image, ok := held["image"].(string); ok {
			c := corev1.Container{Image: image, Command: words(held["command"]), Args: words(held["args"])}
			if found := spark.Looks(&metav1.ObjectMeta{}, &corev1.PodSpec{Containers: []corev1.Container{c}}); found != "" {
				return found
			}
		}
		for _, name := range slices.Sorted(maps.Keys(held)) {
			if found := containerWithin(held[name], depth+1); found != "" {
				return found
			}
		}
	}
	return ""
}

func words(v any) (all []string) {
	list, _ := v.([]any)
	for _, one := range list {
		text, _ := one.(string)
		all = append(all, text)
	}
	return all
}

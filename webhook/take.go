package webhook

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// envelope is an AdmissionReview with a pod, as far as anybody asks for it.
type envelope struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Request    struct {
		UID         string `json:"uid"`
		Kind        gvk    `json:"kind"`
		SubResource string `json:"subResource"`
		Operation   string `json:"operation"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		DryRun      bool   `json:"dryRun"`
		Object      struct {
			Metadata podMetadata    `json:"metadata"`
			Spec     corev1.PodSpec `json:"spec"`
		} `json:"object"`
	} `json:"request"`
}

// take is read for a body that is plain, from its index: that takes a fraction of the time. It says whether it could. Where not,
// something of the review is unusual, and read must tell.
func (r *review) take(x *patch.Index, plans *plans, body []byte) bool {
	var e envelope
	of := reader{text: string(body), plans: plans}
	object, has := x.Value(patch.Path{"request", "object"})
	if !has || !of.read(plans.envelope, x.Root(), reflect.ValueOf(&e).Elem()) {
		return false
	}
	q := &e.Request
	m := &q.Object.Metadata
	*r = review{apiVersion: e.APIVersion, kind: e.Kind, uid: q.UID, object: q.Kind, subresource: q.SubResource, operation: q.Operation,
		namespace: q.Namespace, name: q.Name, dryRun: q.DryRun, decoded: true, raw: object.Raw(), index: object.Index(),
		template: corev1.PodTemplateSpec{Spec: q.Object.Spec,
			ObjectMeta: metav1.ObjectMeta{Name: m.Name, GenerateName: m.GenerateName, Labels: m.Labels, Annotations: m.Annotations}}}
	return r.ours()
}

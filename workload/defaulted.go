package workload

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Defaulted is a field of a Kubeflow resource that its webhook, and nothing else, brings on the pod: spark-submit, which
// the operator calls, has no argument for it (internal/webhook/sparkpod_defaulter.go of v2.5.1).
type Defaulted struct {
	Path patch.Path

	Lacks func(*corev1.PodTemplateSpec, *corev1.Container) bool // nil: a pod does not tell for certain
}

// missingFields are the fields of those used that a pod was made without.
func missingFields(used []Defaulted, s *Slot) (out []Defaulted) {
	if s.Template == nil || s.Identity.Container < 0 {
		return nil
	}
	for _, u := range used {
		if u.Lacks != nil && u.Lacks(s.Template, &s.Template.Spec.Containers[s.Identity.Container]) {
			out = append(out, u)
		}
	}
	return out
}

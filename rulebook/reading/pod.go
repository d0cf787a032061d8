package reading

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Tokens are the options of the role's JVM; seen is false where some cannot be seen.
func Tokens(p rule.Pass) (tokens []string, seen bool) {
	for _, s := range OptionSources(p) {
		if s.Hidden {
			return nil, false
		}
		tokens = append(tokens, s.Tokens...)
	}
	return tokens, true
}

// PodMemoryLimit says whether the pod as a whole has a limit of memory.
func PodMemoryLimit(p rule.Pass) bool {
	r := p.Template().Spec.Resources
	return r != nil && r.Limits.Memory().Sign() > 0
}

// Volume is the volume of a name; nil where the pod has none.
func Volume(spec *corev1.PodSpec, name string) *corev1.Volume {
	for i := range spec.Volumes {
		if spec.Volumes[i].Name == name {
			return &spec.Volumes[i]
		}
	}
	return nil
}

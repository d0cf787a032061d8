package workload

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Pod is the pod that a slot's owner will have made, as far as owner and configuration tell.
type Pod struct {
	Template *corev1.PodTemplateSpec
	Raw      []byte // Template as JSON: what rules verify operations against
	Identity spark.Identity
	Unknown  []Unknown // what of the pod cannot be told, and why

	d       *Document
	origins []origin
}

// Unknown is a place of a pod that cannot be told. An empty path is the pod as a whole.
type Unknown struct {
	Path   patch.Path
	Reason string
}

// origin says where the object holds a place of the pod.
type origin struct {
	pod, at patch.Path
	// below says that what is below the one place is below the other under the same names.
	below bool
	// stands says of a place without anything below it that it is there.
	stands bool
	// key is the setting that the place was written by; "" where none was.
	key string
	// gone says that the document no longer holds it.
	gone bool
}

// Place is where the object holds a path of the pod, or would hold it: a path in the document, which of a properties file
// is a key. exact says that something stands there. What Spark or an operator adds by itself, the whole of the object that
// speaks of the pod stands for.
func (p *Pod) Place(path patch.Path) (at patch.Path, exact bool) {
	o := p.origin(path)
	if !o.below {
		return o.at, o.stands
	}
	at = o.at.With(path[len(o.pod):]...)
	_, exact = patch.Lookup(p.d.Raw, at)
	return at, exact
}

// origin is the nearest one that is known; of two the later one, which is the step that wrote last.
func (p *Pod) origin(path patch.Path) origin { return nearest(p.origins, path) }

func nearest(origins []origin, path patch.Path) (best origin) {
	for _, o := range origins {
		if patch.Under(path, o.pod) && len(o.pod) >= len(best.pod) {
			best = o
		}
	}
	return best
}

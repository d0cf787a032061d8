// Package pod makes the pod that a slot's owner will have made, as Spark's own steps and the operators' webhooks do, and keeps
// for every field the place in the document that it comes from. Which of them make a pod its launcher says: packages outside
// call launcher.Predict. Start reading at Predict, then at Prediction.Job.
package pod

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Pod is the pod that a slot's owner will have made, as far as owner and configuration tell.
type Pod struct {
	Template *corev1.PodTemplateSpec
	Raw      []byte // Template as JSON: what rules verify operations against
	Identity spark.Identity
	Unknown  []Unknown // what of the pod cannot be told, and why

	d       *workload.Document
	Origins []Origin
}

// Unknown is a place of a pod that cannot be told. An empty path is the pod as a whole.
type Unknown struct {
	Path   patch.Path
	Reason string
}

// Origin says where the object holds a place of the pod.
type Origin struct {
	Pod, At patch.Path
	// Below says that what is below the one place is below the other under the same names.
	Below bool
	// Stands says of a place without anything below it that it is there.
	Stands bool
	// Key is the setting that the place was written by; "" where none was.
	Key string
	// Gone says that the document no longer holds it.
	Gone bool
}

// Place is where the object holds a path of the pod, or would hold it: a path in the document, which of a properties file
// is a key. exact says that something stands there. What Spark or an operator adds by itself, the whole of the object that
// speaks of the pod stands for.
func (p *Pod) Place(path patch.Path) (at patch.Path, exact bool) {
	o := p.origin(path)
	if !o.Below {
		return o.At, o.Stands
	}
	at = o.At.With(path[len(o.Pod):]...)
	_, exact = patch.Lookup(p.d.Raw, at)
	return at, exact
}

// origin is the nearest one that is known; of two the later one, which is the step that wrote last.
func (p *Pod) origin(path patch.Path) Origin { return Nearest(p.Origins, path) }

func Nearest(origins []Origin, path patch.Path) (best Origin) {
	for _, o := range origins {
		if patch.Under(path, o.Pod) && len(o.Pod) >= len(best.Pod) {
			best = o
		}
	}
	return best
}

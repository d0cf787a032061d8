// Package launcher reads objects of every kind that makes Spark pods into slots and configuration, and has for each launcher
// one value: what is true of it, how its resources are read, which pods they become, and where a change of the configuration
// goes. A new launcher is one more value, in a file of its own: the lists of launchers, here and in spark, are generated from
// the values. Start reading at Launcher, then at kubeflow; Reader is how an object is read.
package launcher

//go:generate go run ../../test/launchers

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// Launcher is what brings Spark to a cluster, and how its custom resources, where it has some, become slots, pods and edits.
type Launcher struct {
	Name spark.Launcher
	// Traits are what is true of it wherever it is met. Rules ask for them, and for no name. Kubernetes' own kinds are read by
	// the marks that they hold.
	Traits spark.Traits
	// shape are the fields of a specification by which a resource of a group that is not known is taken for one of the
	// launcher's, that of whose fields it has the most.
	shape []string
	// read finds the slots and the configuration of a resource.
	read func(r *Reader, d *workload.Document) error
	// predict makes the pod of a slot, whose template and container are there.
	predict func(p *pod.Prediction, d *workload.Document, s *workload.Slot)
	// Configure turns one change of the configuration into operations, or says why it has no form.
	Configure func(d *workload.Document, c spark.Change) (ops []patch.Op, err error)
	// Home is where a resource holds a setting that it does not set yet: the field that its kind has for the key, else its settings.
	Home func(d *workload.Document, key string) Place
	// holds finds what a resource submits, and the objects that stand in it, which are documents of their own. For a launcher
	// whose resources hold Spark, and are none themselves.
	holds func(r *Reader, d *workload.Document, depth int) []*workload.Document
}

// Of is the operator of whose kind a document is; nil where it is none's.
func Of(d *workload.Document) *Launcher { return named(d.Operator()) }

// holder is the launcher of whose kind a document is that holds Spark; nil where it is none's.
func holder(d *workload.Document) *Launcher { return named(spark.HolderOf(d.Group(), d.Kind)) }

// Predict gives the pod that will be made for a slot of a document, and where each field of it comes from; ok is false where
// nothing says how the slot's pods come about.
func Predict(d *workload.Document, s *workload.Slot) (made *pod.Pod, ok bool) {
	return pod.Predict(d, s, func(p *pod.Prediction) {
		for _, of := range []*Launcher{Of(d), holder(d)} {
			if of != nil {
				of.predict(p, d, s)
				return
			}
		}
		p.Job()
	})
}

// Package launcher reads objects of every kind that makes Spark pods into slots and configuration, and has for each operator
// one value: how its resources are read, which pods they become, and where a change of the configuration goes. A new operator
// is one more value, in a file of its own. Start reading at Launcher, then at kubeflow; Reader is how an object is read.
package launcher

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// Launcher is how the custom resources of an operator become slots, pods and edits. What is true of it wherever it is met
// stands in its spark.Traits. A new operator is one more value, in a file of its own.
type Launcher struct {
	// Name is that of its traits.
	Name spark.Launcher
	// shape are the fields of a specification by which a resource of a group that is not known is taken for one of the
	// launcher's. Of launchers that share a field the first of all is taken.
	shape []string
	// read finds the slots and the configuration of a resource.
	read func(r *Reader, d *workload.Document) error
	// predict makes the pod of a slot, whose template and container are there.
	predict func(p *pod.Prediction, d *workload.Document, s *workload.Slot)
	// Configure turns one change of the configuration into operations, or says why it has no form.
	Configure func(d *workload.Document, c spark.Change) (ops []patch.Op, why string)
	// Options is where the options of an executor's JVM stand, or would stand.
	Options func(d *workload.Document) Place
}

// Of is the operator of whose kind a document is; nil where it is none's.
func Of(d *workload.Document) *Launcher {
	for _, l := range all() {
		if l.Name == d.Operator() {
			return l
		}
	}
	return nil
}

// all are the launchers that have custom resources; of the others the marks of a pod tell, and spark-submit's arguments.
func all() []*Launcher { return []*Launcher{&stackable, &apache, &kubeflow} }

// Predict gives the pod that will be made for a slot of a document, and where each field of it comes from; ok is false where
// nothing says how the slot's pods come about.
func Predict(d *workload.Document, s *workload.Slot) (made *pod.Pod, ok bool) {
	return pod.Predict(d, s, func(p *pod.Prediction) {
		if of := Of(d); of != nil {
			of.predict(p, d, s)
			return
		}
		p.Job()
	})
}

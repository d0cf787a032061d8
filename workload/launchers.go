package workload

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// launcher is how the custom resources of an operator become slots, pods and edits. What is true of it wherever it is met
// stands in its spark.Traits. A new operator is one more value, in a file of its own.
type launcher struct {
	// read finds the slots and the configuration of a resource.
	read func(r *reader, d *Document) error
	// predict makes the pod of a slot, whose template and container are there.
	predict func(p *prediction, d *Document, s *Slot)
	// configure turns one change of the configuration into operations, or says why it has no form.
	configure func(d *Document, c spark.Change) (ops []patch.Op, why string)
	// options is where the options of an executor's JVM stand, or would stand.
	options func(d *Document) place
}

// launcherOf is the operator of whose kind a document is; nil where it is none's.
func launcherOf(d *Document) *launcher {
	switch d.Operator() {
	case spark.Kubeflow:
		return &kubeflow
	case spark.Apache:
		return &apache
	case spark.Stackable:
		return &stackable
	}
	return nil
}

// Predict gives the pod that will be made for a slot of a document, and where each field of it comes from; ok is false where
// nothing says how the slot's pods come about.
func Predict(d *Document, s *Slot) (pod *Pod, ok bool) {
	return predictPod(d, s, func(p *prediction) {
		if of := launcherOf(d); of != nil {
			of.predict(p, d, s)
			return
		}
		p.job()
	})
}

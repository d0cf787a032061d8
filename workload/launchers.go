package workload

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// launcher is how the custom resources of an operator become slots, pods and edits. What is true of it wherever it is met
// stands in its spark.Traits. A new operator is one more value, in a file of its own.
type launcher struct {
	// read finds the slots and the configuration of a resource.
	read func(r *reader, d *Document) error
	// predict makes the pod of a slot, whose template and container are there.
	predict func(p *prediction)
	// configure turns one change of the configuration into operations, or says why it has no form.
	configure func(d *Document, c spark.Change) (ops []patch.Op, why string)
	// options is where the options of an executor's JVM stand, or would stand.
	options func(d *Document) place
}

// launcherOf is the operator of whose kind a document is; nil where it is none's.
func launcherOf(d *Document) *launcher {
	switch spark.LauncherOfGroup(groupOf(d)) {
	case spark.Kubeflow:
		return &kubeflow
	case spark.Apache:
		return &apache
	case spark.Stackable:
		return &stackable
	}
	return nil
}

// ofKubeflow says whether a document is a resource of Kubeflow's operator.
func ofKubeflow(d *Document) bool { return spark.LauncherOfGroup(groupOf(d)) == spark.Kubeflow }

// groupOf is the group of a document's kind.
func groupOf(d *Document) string {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return group
}

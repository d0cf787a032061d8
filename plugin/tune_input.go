package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// sources gathers the workloads that tune and explain memory look at, and the nodes where they are wanted.
func (o *tuneOptions) sources(ctx context.Context, nodes, edit bool) (*scene.Scene, error) {
	sc, err := o.fromCluster(&o.args, o.ErrOut, func() (*scene.Scene, error) { return o.live(ctx, nodes) })
	if sc != nil || err != nil {
		return sc, err
	}
	in := o.files(o.In)
	in.Edit = edit
	defer o.progress.Begin("reading files")()
	return scene.Files(ctx, in)
}

// live gathers what the arguments name in the cluster.
func (o *tuneOptions) live(ctx context.Context, nodes bool) (*scene.Scene, error) {
	sc, err := o.clusterScene(ctx, scene.Scope{Selector: o.selector, Nodes: nodes, NoNodes: !nodes}, o.args, o.allNamespaces)
	if err == nil && len(sc.Workloads) == 0 && len(o.args) > 0 {
		return nil, fmt.Errorf("%s is not a Spark workload: give a driver, an executor or a workload", strings.Join(o.args, ", "))
	}
	return sc, err
}

// noWorkload is the error where no workload is left; a single one's is its own.
func noWorkload(sc *scene.Scene, w io.Writer) error {
	left := sc.Left
	switch err := nothing(left, w); {
	case err != nil:
		return err
	case left.Workloads() == 0 || left.Workloads() < len(sc.Workloads):
		return nil
	case left.Workloads() == 1 && left.Files() == 0:
		return left.Errors()[0]
	}
	printLeftOut(left, w)
	return errors.New("none of " + report.Count(len(sc.Workloads), "workload", "workloads") + " could be processed: correct the errors above")
}

// sceneNotes are the notes of a scene, what was not read among them.
func sceneNotes(sc *scene.Scene) (notes []string) {
	notes = append(notes, sc.Notes...)
	if sc.Nothing != "" {
		notes = append(notes, sc.Nothing)
	}
	for _, one := range sc.NotRead {
		notes = append(notes, one.String())
	}
	return notes
}

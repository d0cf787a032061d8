package plugin

import (
	"context"
	"errors"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// notApplied refuses what has no meaning beside writing to a cluster.
func (o *fixOptions) notApplied(changed func(flag string) bool) error {
	switch {
	case !o.applying.Apply:
		return nil
	case len(o.Names) > 0:
		return errApplyFiles
	case changed("output"):
		return errors.New("--apply writes the changes, and -o shows them: give one of them")
	case o.check:
		return errors.New("--check changes nothing, and --apply does: give one of them")
	}
	return nil
}

// errApplyFiles is the error of files where objects of the cluster are to be written.
var errApplyFiles = errors.New("--apply writes to the cluster, and --write edits files: give workloads, or --write")

// apply writes the planned changes to the objects of the cluster, and names the findings that stay.
func (o *fixOptions) apply(ctx context.Context, sc *scene.Scene, planned *change.Set) error {
	if len(o.Names) > 0 { // an argument that is no workload is a file
		return errApplyFiles
	}
	if len(sc.Workloads) == 0 {
		o.Tell(input.Notes(sc), false)
		return nil
	}
	edits, err := planned.Edited(func(object []byte) []byte { return object })
	if err != nil {
		return err
	}
	o.Tell(planned.Restarts, false)
	_, outcomes := diagnosis.Fixed(planned, false)
	for _, f := range o.fates(outcomes, true, planned.Where) {
		o.Say(f.word+"  ", clean.Line(mask.Message(f.title)+mask.Message(f.text)))
	}
	o.TellMissing(diagnosis.Missing(sc.Gaps))
	if o.interactive {
		o.applying.NoQuestion()
	}
	if err := o.applying.Run(ctx, o.Session, applying.Changes{Edits: edits, Submit: planned.Submit, Namespace: applying.NamespaceOf(sc), Command: o.commandLine}); err != nil {
		return err
	}
	return input.End(sc.Left, o.ErrOut)
}

package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	sceneruns "github.com/kubectl-spark/kubectl-spark/scene/runs"
)

// notApplied refuses what has no meaning beside writing to a cluster.
func (o *tuneOptions) notApplied(changed func(flag string) bool) error {
	switch {
	case len(o.names) > 0 || len(o.either) > 0 && len(o.args) == 0:
		return errors.New("--apply writes to the cluster: give workloads of it; -o diff shows the change of a file")
	case changed("output"):
		return errors.New("--apply writes the changes, and -o shows them: give one of them")
	case o.check:
		return errors.New("--check changes nothing, and --apply does: give one of them")
	}
	return nil
}

// apply writes the recommendations to the objects of the cluster, or takes back what a record holds.
func (o *tuneOptions) apply(ctx context.Context, cmd *cobra.Command, args []string) error {
	if !o.applying.Apply {
		return o.applying.RunUndo(ctx, o.session())
	}
	if err := o.notApplied(cmd.Flags().Changed); err != nil {
		return err
	}
	sc, err := o.live(ctx, len(o.shapes) == 0)
	if err != nil {
		return err
	}
	if err := sceneruns.Give(sc, o.logs); err != nil {
		return err
	}
	all, notes := o.recommend(sc)
	if err := noWorkload(sc, o.ErrOut); err != nil {
		return err
	}
	if len(sc.Workloads) == 0 {
		o.tell(sceneNotes(sc), false)
		return nil
	}
	planned, refused, err := change.Resize(ctx, sc, resizings(all))
	if err != nil {
		return err
	}
	changes := applying.Changes{Command: applying.CommandLine(cmd, args)}
	if changes.Edits, err = planned.Edited(func(object []byte) []byte { return object }); err != nil {
		return err
	}
	submitted := map[string]bool{}
	for _, r := range refused {
		if r.Submit {
			submitted[r.Title] = true
			continue
		}
		notes = append(notes, fmt.Sprintf("%s: %s is not changed: %s", r.Title, r.Key, r.Reason))
	}
	for _, t := range all {
		if submitted[t.workload.Title] {
			changes.Submit = append(changes.Submit, change.Settings{Title: t.workload.Title, Changes: t.outcome.Changes()})
		}
		if one := recorded(t); len(one.Settings) > 0 {
			changes.Workloads = append(changes.Workloads, one)
		}
	}
	if changes.Namespace, err = o.namespace(); err != nil {
		return err
	}
	o.tell(append(sceneNotes(sc), notes...), false)
	o.tellMissing(diagnosis.Missing(sc.Gaps))
	if err := o.applying.Run(ctx, o.session(), changes); err != nil {
		return err
	}
	return endLeftOut(sc.Left, o.ErrOut)
}

// recorded is what is recommended for a workload, as a record keeps it.
func recorded(t tuned) apply.Workload {
	one := apply.Workload{Name: t.workload.Title}
	for _, c := range t.outcome.Changes() {
		one.Settings = append(one.Settings, apply.Setting{Key: c.Key, Value: c.Value, Unset: c.Unset})
	}
	return one
}

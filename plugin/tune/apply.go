package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/scene"
	sceneruns "github.com/kubectl-spark/kubectl-spark/scene/runs"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// notApplied refuses what has no meaning beside writing to a cluster.
func (o *options) notApplied(changed func(flag string) bool) error {
	switch {
	case len(o.Names) > 0:
		return errors.New("--apply writes to the cluster: give workloads of it; -o diff shows the change of a file")
	case changed("output"):
		return errors.New("--apply writes the changes, and -o shows them: give one of them")
	case o.check:
		return errors.New("--check changes nothing, and --apply does: give one of them")
	}
	for _, flag := range append(flags.LogOnly(), "backtest", "fleet", "verify") {
		if changed(flag) {
			return fmt.Errorf("--%s answers a question, and --apply writes changes: give one of them", flag)
		}
	}
	return nil
}

// apply writes the recommendations to the objects of the cluster, or takes back what a record holds.
func (o *options) apply(ctx context.Context, cmd *cobra.Command, args []string) error {
	if !o.applying.Apply {
		return o.applying.RunUndo(ctx, o.Session)
	}
	sc, err := o.SizedLive(ctx, o.Session, len(o.shapes) == 0)
	if err != nil {
		return err
	}
	sc.Gaps = append(sc.Gaps, o.gaps...)
	if err := sceneruns.Give(sc, o.logs); err != nil {
		return err
	}
	if len(o.logs) > 0 && len(o.Args) == 0 { // what runs beside the application of the log is not meant
		sc.Workloads = slices.DeleteFunc(sc.Workloads, func(w *scene.Workload) bool { return w.Runs == nil })
	}
	all, notes := o.recommend(sc)
	if err := input.NoWorkload(sc, o.ErrOut); err != nil {
		return err
	}
	if len(sc.Workloads) == 0 {
		o.Tell(input.Notes(sc), false)
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
			changes.Submit = append(changes.Submit, change.Settings{Title: t.workload.Title, Changes: t.outcome.Changes(), Had: t.workload.Tuning().Conf})
		}
		if len(t.workload.Runs) > 0 && !t.outcome.Changed() {
			notes = append(notes, unchanged(t)...)
		}
		if one, about := apply.Recommended(t.workload, t.outcome.Changes(), refused); len(one.Settings) > 0 {
			changes.Workloads, notes = append(changes.Workloads, one), append(notes, about...)
		}
	}
	changes.Namespace = applying.NamespaceOf(sc)
	o.Tell(append(input.Notes(sc), notes...), false)
	o.TellMissing(diagnosis.Missing(sc.Gaps))
	if err := o.applying.Run(ctx, o.Session, changes); err != nil {
		return err
	}
	return input.End(sc.Left, o.ErrOut)
}

// unchanged says why nothing of a workload is written: what could not be judged, and what is only worth a try.
func unchanged(t tuned) (notes []string) {
	for _, one := range t.outcome.NotJudged {
		notes = append(notes, fmt.Sprintf("%s: %s is not judged: %s", t.workload.Title, one.Role, one.Reason))
	}
	for _, text := range t.outcome.Notes {
		notes = append(notes, t.workload.Title+": "+text)
	}
	var tries []string
	for _, s := range t.outcome.Settings {
		if s.Verdict == tuner.Try {
			tries = append(tries, s.Name)
		}
	}
	if tries != nil {
		notes = append(notes, fmt.Sprintf("%s: worth a try, and written with --try: %s", t.workload.Title, strings.Join(tries, ", ")))
	}
	return notes
}

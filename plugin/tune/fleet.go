package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/fleet"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// runFleet recommends for each application of a folder of logs, and ranks them by what could be saved.
func (o *options) runFleet(ctx context.Context, changed func(flag string) bool) (err error) {
	if changed("event-log") || changed("history-server") || changed("enable-evidence") || changed("backtest") || slices.ContainsFunc(flags.LogOnly(), changed) {
		return errors.New("--fleet reads the logs of its folder: give it without --event-log, --history-server, --backtest, --executors and the flags that go with them")
	}
	if o.Named() {
		return errors.New("--fleet recommends for each application of a folder of logs: give it without a workload or file")
	}
	if o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output) {
		return fmt.Errorf("--output=%s changes one application, and --fleet ranks all of a folder: use table, wide or json, then the command that is printed for an application", o.output)
	}
	files, path, done, err := source.Open(ctx, o.fleet, o.from.Source)
	if err != nil {
		return fmt.Errorf("--fleet: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	reader := fleet.Reader{Files: files, MinRuns: o.runs.MinRuns, Right: o.all, Reasons: !o.forms.Own(), Flags: append(o.runs.Words(), o.Limits()...), Begin: o.Progress.Begin, Progress: o.Progress.Count,
		Recommend: func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
			all, notes := o.recommend(sc)
			if len(all) == 0 {
				return of, notes, false
			}
			return all[0].outcome, notes, true
		}}
	r, err := reader.Read(ctx, path)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("--fleet=%s: %w: give a folder of event logs", o.fleet, err)
	}
	if len(r.Applications) == 0 {
		for _, one := range r.NotUsed {
			o.Say("note: ", one.Reason)
		}
		fmt.Fprintf(o.ErrOut, "error: --fleet: %s holds no event log that can be read\n", clean.Line(o.fleet))
		return session.Coverage
	}
	display := o.Display(o.output)
	display.Printer, display.ShowSecrets, display.Right = o.print, o.showSecrets, o.all
	return r.Write(o.Out, display)
}

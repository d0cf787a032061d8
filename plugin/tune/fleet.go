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
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// runFleet recommends for each application of a folder of logs, and ranks them by what could be saved.
func (o *options) runFleet(ctx context.Context, changed func(flag string) bool) error {
	if changed("event-log") || changed("history-server") || changed("enable-evidence") || changed("backtest") || slices.ContainsFunc(flags.LogOnly(), changed) {
		return errors.New("--fleet reads the logs of its folder: give it without --event-log, --history-server, --backtest, --executors and the flags that go with them")
	}
	if o.Named() {
		return errors.New("--fleet recommends for each application of a folder of logs: give it without a workload or file")
	}
	if o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output) {
		return fmt.Errorf("--output=%s changes one application, and --fleet ranks all of a folder: use table, wide or json, then the command that is printed for an application", o.output)
	}
	switch {
	case o.job.Shards > 0:
		return o.runShard(ctx)
	case o.job.Run:
		return o.runJob(ctx)
	case o.job.Merge:
		p, err := o.part()
		if err != nil {
			return err
		}
		return o.merge(ctx, p, nil)
	}
	r, err := o.readFleet(ctx, fleet.Shard{}, nil)
	if err != nil {
		return err
	}
	return o.showFleet(r)
}

// readFleet reads the logs of a share of the applications.
func (o *options) readFleet(ctx context.Context, shard fleet.Shard, begun *fleet.Beginnings) (r *report.Fleet, err error) {
	files, path, done, err := source.Open(ctx, o.fleet, o.from.Source)
	if err != nil {
		return nil, fmt.Errorf("--fleet: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	reader := fleet.Reader{Files: files, Shard: shard, Begun: begun, MinRuns: o.runs.MinRuns, Right: o.all, Reasons: shard.Of > 0 || !o.forms.Own(), Flags: o.oneByOne(), Begin: o.Progress.Begin, Progress: o.Progress.Count,
		Recommend: func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
			all, notes := o.recommend(sc)
			if len(all) == 0 {
				return of, notes, false
			}
			return all[0].outcome, notes, true
		}}
	r, err = reader.Read(ctx, path)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	switch unwritten := new(unwrittenError); {
	case errors.As(err, unwritten):
		return nil, *unwritten
	case err != nil:
		return nil, fmt.Errorf("--fleet=%s: %w: give a folder of event logs", o.fleet, err)
	}
	return r, nil
}

// showFleet writes the applications, or says why there are none. Where an application, or a share of them, has no answer the exit code says so.
func (o *options) showFleet(r *report.Fleet) error {
	if len(r.Applications) == 0 {
		for _, one := range slices.Concat(r.NotUsed, r.Unread, r.NotRead) {
			o.Say("note: ", clean.Line(mask.Message(one.Reason)))
		}
		why := "holds no event log that can be read"
		if n := len(r.NotRead); n > 0 {
			why = "gave no application: " + report.Count(n, "share of its applications is", "shares of its applications are") + " missing"
		}
		fmt.Fprintf(o.ErrOut, "error: --fleet: %s %s\n", clean.Line(o.fleet), why)
		return session.Coverage
	}
	display := o.Display(o.output)
	display.Printer, display.ShowSecrets, display.Right = o.print, o.showSecrets, o.all
	if err := r.Write(o.Out, display); err != nil {
		return err
	}
	switch {
	case o.check && r.Changed():
		return session.Found
	case r.Unanswered() > 0:
		return session.Coverage
	}
	return nil
}

package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
)

// runBacktest predicts from each log of a folder the others of the same application.
func (o *options) runBacktest(ctx context.Context, changed func(flag string) bool) error {
	if changed("event-log") || changed("history-server") || changed("enable-evidence") || slices.ContainsFunc(flags.LogOnly(), changed) {
		return errors.New("--backtest reads logs and sizes from its folder: give it without --event-log, --history-server, --executors and the flags that go with them")
	}
	if err := o.onlyLog("--backtest compares the logs of a folder"); err != nil {
		return err
	}
	r := report.Backtest{}
	var all []prediction.Past
	end := o.Progress.Begin("reading event logs")
	err := source.Folder(ctx, o.backtest, o.from.Source, o.Progress.Count, func(name string, log *eventlog.Log, err error) {
		if err != nil {
			r.NotUsed = append(r.NotUsed, report.NotChecked{Object: name, Reason: err.Error()})
			return
		}
		all = append(all, prediction.Past{Name: name, Run: &log.Run})
	})
	end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("--backtest=%s: %w: give a folder of event logs", o.backtest, err)
	}
	defer o.Progress.Begin("predicting")()
	trials, few := prediction.Backtest(all)
	for _, one := range all {
		if why := few[one.Name]; why != nil {
			r.NotUsed = append(r.NotUsed, report.NotChecked{Object: one.Name, Reason: why.Reason})
		}
	}
	if r.Trials = trials; len(trials) == 0 {
		for _, one := range r.NotUsed {
			o.Say("note: ", one.Object+": "+one.Reason)
		}
		fmt.Fprintf(o.ErrOut, "error: --backtest: %s holds no two logs of the same application that ran to their end\n", clean.Line(o.backtest))
		return session.Coverage
	}
	display := o.Display(o.output)
	display.Printer = o.print
	return r.Write(o.Out, display)
}

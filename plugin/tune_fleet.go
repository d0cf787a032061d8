package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	sceneruns "github.com/kubectl-spark/kubectl-spark/scene/runs"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// pastRun is a log of an application, of which only the beginning was read.
type pastRun struct {
	entry eventlog.Entry
	model.Application
}

// runFleet recommends for each application of a folder of logs, and ranks them by what could be saved. It reads the beginning of each
// log, and then the last runs of one application after the other, so that its memory does not grow with the folder.
func (o *tuneOptions) runFleet(ctx context.Context, changed func(flag string) bool) (err error) {
	if changed("event-log") || changed("history-server") || changed("enable-evidence") || changed("backtest") || slices.ContainsFunc(flags.LogOnly(), changed) {
		return errors.New("--fleet reads the logs of its folder: give it without --event-log, --history-server, --backtest, --executors and the flags that go with them")
	}
	if len(o.args)+len(o.names) > 0 || o.kustomize != "" || o.allNamespaces || o.selector != "" {
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
	r := report.Fleet{Folder: o.fleet, MinRuns: o.runs.MinRuns}
	applications, err := o.applications(ctx, files, path, &r)
	if err != nil {
		return fmt.Errorf("--fleet=%s: %w: give a folder of event logs", o.fleet, err)
	}
	if len(applications) == 0 {
		for _, one := range r.NotUsed {
			o.say("note: ", one.Object+": "+one.Reason)
		}
		fmt.Fprintf(o.ErrOut, "error: --fleet: %s holds no event log that can be read\n", oneLine(o.fleet))
		return exit(ExitCoverage)
	}
	end := o.progress.Begin("reading the last runs of applications")
	for i, past := range applications {
		o.progress.Count(i, len(applications))
		one, err := o.application(ctx, files, past, &r)
		if err != nil {
			end()
			return err
		}
		if one != nil {
			r.Applications = append(r.Applications, *one)
		}
	}
	end()
	display := o.display(o.output)
	display.Printer, display.ShowSecrets, display.Right = o.print, o.showSecrets, o.all
	return r.Write(o.Out, display)
}

// applications finds the logs of each application, the newest first.
func (o *tuneOptions) applications(ctx context.Context, files eventlog.Files, path string, r *report.Fleet) (all [][]pastRun, err error) {
	entries, err := eventlog.Logs(ctx, files, path)
	if err != nil {
		return nil, err
	}
	defer o.progress.Begin("finding applications")()
	at := map[string]int{}
	for i, entry := range entries {
		o.progress.Count(i, len(entries))
		app, err := eventlog.Whose(ctx, files, entry.Path)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			r.NotUsed = append(r.NotUsed, report.NotChecked{Object: entry.Name, Reason: err.Error()})
			continue
		}
		name := cmp.Or(app.Name, app.ID)
		n, seen := at[name]
		if !seen {
			n = len(all)
			at[name], all = n, append(all, nil)
		}
		all[n] = append(all[n], pastRun{entry, app})
	}
	for _, past := range all {
		slices.SortStableFunc(past, func(a, b pastRun) int { return b.Started.Compare(a.Started) })
	}
	return all, nil
}

// application recommends for one application from its last runs: so many that ended well as --min-runs asks for, where twice as many logs
// hold them. It is nil where no log could be read.
func (o *tuneOptions) application(ctx context.Context, files eventlog.Files, past []pastRun, r *report.Fleet) (*report.FleetApplication, error) {
	var logs []model.Logged
	whole := 0
	for _, p := range past[:min(len(past), 2*o.runs.MinRuns)] {
		log, err := eventlog.ReadFrom(ctx, files, p.entry.Path, nil)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			r.NotUsed = append(r.NotUsed, report.NotChecked{Object: p.entry.Name, Reason: err.Error()})
			continue
		}
		logs = append(logs, model.Logged{Log: log.Reading, Run: log.Run})
		if log.Reading.Complete {
			whole++
		}
		if whole == o.runs.MinRuns {
			break
		}
	}
	if len(logs) == 0 {
		return nil, nil
	}
	one := &report.FleetApplication{Logs: len(past), LastOutcome: logs[0].Run.Outcome, Show: "kubectl spark tune"}
	one.Name = cmp.Or(past[0].Name, past[0].ID)
	for _, log := range logs {
		one.Show += " --event-log=" + change.Quote(log.Log.Name)
	}
	one.Show = strings.Join(append([]string{one.Show}, append(o.runs.Words(), o.Limits()...)...), " ")
	sc := sceneruns.Of(logs)
	all, notes := o.recommend(sc)
	for _, err := range sc.Left.Errors() {
		one.NotJudged = append(one.NotJudged, tuner.NotJudged{Role: "application", Reason: err.Error()})
	}
	one.NotPredicted = "its settings cannot be sized"
	if len(all) > 0 {
		one.Recommendation = all[0].outcome
		one.Notes = append(one.Notes, notes...)
		one.NotPredicted = predicted(one, &logs[0].Run, all[0])
	}
	return one, nil
}

// predicted replays the last run as it was configured, and with what is recommended; why says why that cannot be.
func predicted(one *report.FleetApplication, last *model.Run, t tuned) (why string) {
	conf := t.workload.Tuning().Conf
	for _, of := range []struct {
		changes []spark.Change
		to      **report.FleetRun
	}{{nil, &one.Now}, {t.outcome.Changes(), &one.Next}} {
		next, err := prediction.NextRun(last, conf, of.changes)
		var few *prediction.Insufficient
		switch {
		case errors.As(err, &few):
			return few.Reason
		case err != nil:
			return err.Error()
		case next.MemoryGiBHours == 0:
			return "the memory of its pods is not known"
		}
		*of.to = &report.FleetRun{Seconds: next.Seconds, Low: next.Low, High: next.High, MemoryGiBHours: next.MemoryGiBHours}
	}
	return ""
}

package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/runs"
	"github.com/kubectl-spark/kubectl-spark/scene"
	sceneruns "github.com/kubectl-spark/kubectl-spark/scene/runs"
)

// readLogs reads the event logs that were given, which are of one application.
func (o *options) readLogs(ctx context.Context) error {
	if !o.from.Given() {
		return nil
	}
	if slices.Contains(o.from.Names, "-") && slices.Contains(o.Names, "-") {
		return errors.New("standard input cannot be both the event log and the workload: give one of them as a file")
	}
	defer o.Progress.Begin("reading the event log")()
	seen := model.Seen{}
	return o.from.Each(ctx, o.Progress.Bytes, func(log *eventlog.Log) error {
		for _, other := range o.logs[:min(len(o.logs), 1)] {
			if a, b := other.Run.Application, log.Run.Application; a.Name != b.Name {
				return fmt.Errorf("the event logs are of two applications, %q (%s) and %q (%s): give logs of one", a.Name, other.Log.Name, b.Name, log.Reading.Name)
			}
		}
		if first, again := seen.Again(log.Run.Application, log.Reading.Name); again {
			return fmt.Errorf("%s and %s are logs of the same run: give each run once", first, log.Reading.Name)
		}
		o.logs = append(o.logs, model.Logged{Log: log.Reading, Run: log.Run})
		return nil
	})
}

// ofLog says that no workload was named, so that the configuration of the log is what is looked at.
func (o *options) ofLog() bool {
	return len(o.logs) > 0 && !o.Named()
}

// logScene is what an event log alone states. What changes a file or an object has none there.
func (o *options) logScene() (*scene.Scene, error) {
	if slices.Contains(edits, o.output) {
		return nil, fmt.Errorf("--output=%s changes a file or an object, and an event log is neither: name the workload too, or use table, conf, properties or json", o.output)
	}
	sc := sceneruns.Of(o.logs)
	sc.Gaps = o.gaps
	return sc, nil
}

// eventLogs are the logs as a report shows them, the last run apart.
func (o *options) eventLogs() (last *runs.EventLog, earlier []runs.EventLog) {
	all := slices.Clone(o.logs)
	slices.SortStableFunc(all, func(a, b model.Logged) int { return a.Run.Application.Started.Compare(b.Run.Application.Started) })
	for _, one := range all {
		earlier = append(earlier, runs.EventLog(one))
	}
	if n := len(earlier); n > 0 {
		return &earlier[n-1], earlier[:n-1]
	}
	return nil, nil
}

// onlyLog refuses what has no meaning for logs alone.
func (o *options) onlyLog(does string) error {
	switch {
	case o.Named():
		return errors.New(does + ": give it without a workload or file")
	case len(o.shapes) > 0, o.try, o.check, o.goal != "keep", len(o.Limits()) > 0, o.runs.Switches != nil, o.runs.Objective != "":
		return errors.New(does + ": give it without flags about recommendations")
	case o.output == report.HTML && o.forms.Own() && o.sizes.Executors != nil:
	case o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output) && o.sizes.Executors != nil:
		return fmt.Errorf("--output=%s writes changes, and --executors asks for a prediction: give one of them", o.output)
	case o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output):
		return fmt.Errorf("--output=%s writes changes, and an event log alone has none: use table, json or yaml", o.output)
	}
	return nil
}

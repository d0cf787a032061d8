package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/runs"
)

// readLog shows what a run did, as its event log has it. No recommendation uses a log, so that a log is given alone.
func (o *tuneOptions) readLog(ctx context.Context) error {
	if o.eventLog == "" {
		return errors.New("--event-log is empty, so no log is named: give a file or a folder, or - for standard input")
	}
	if err := o.onlyLog("--event-log shows what one run did, and no recommendation uses it yet"); err != nil {
		return err
	}
	end := o.progress.Begin("reading the event log, MiB")
	log, err := eventlog.Read(ctx, o.eventLog, o.In, func(read, total int64) { o.progress.Count(int(read>>20), int(total>>20)) })
	end()
	if err != nil {
		return err
	}
	predicted, err := o.predict(log)
	if err != nil {
		return err
	}
	r := report.Tuning{EventLog: &runs.EventLog{Log: log.Reading, Run: log.Run}, Result: predicted}
	display := o.display(o.output)
	display.Printer = o.print
	if err := r.Write(o.Out, display); err != nil {
		return err
	}
	if !o.forms.Whole() {
		o.tellReasons(r.Reasons())
	}
	return nil
}

// onlyLog refuses what has no meaning for logs alone.
func (o *tuneOptions) onlyLog(does string) error {
	switch {
	case len(o.args)+len(o.names) > 0, o.kustomize != "", o.allNamespaces, o.selector != "":
		return errors.New(does + ": give it without a workload or file")
	case len(o.shapes) > 0, o.try, o.check, o.goal != "keep", len(o.Limits()) > 0:
		return errors.New(does + ": give it without flags about recommendations")
	case o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output):
		return fmt.Errorf("--output=%s writes changes, and an event log alone has none: use table, json or yaml", o.output)
	}
	return nil
}

// predict is the prediction that was asked for; nil where none was. Where the log is not enough, it says why and the exit code is 3.
func (o *tuneOptions) predict(log *eventlog.Log) (*prediction.Result, error) {
	if o.sizes.Executors == nil {
		return nil, nil
	}
	defer o.progress.Begin("predicting")()
	r, err := prediction.Predict(&log.Run, o.sizes.Executors, o.sizes.Cores)
	var few *prediction.Insufficient
	if errors.As(err, &few) {
		fmt.Fprintf(o.ErrOut, "error: %s: %v\n", oneLine(log.Reading.Name), few)
		return nil, exit(ExitCoverage)
	}
	return r, err
}

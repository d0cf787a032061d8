package tune

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// predict predicts the run of a log with other executors, and compares it with a baseline, as was asked for. Where the log is not enough, it
// says why and the exit code is 3.
func (o *options) predict(ctx context.Context) error {
	if len(o.logs) != 1 {
		return errors.New("--executors and --baseline are about one run: give one --event-log; earlier ones go to --baseline")
	}
	if err := o.onlyLog("--executors and --baseline look at the run of a log"); err != nil {
		return err
	}
	log := &o.logs[0]
	r := report.Tuning{}
	r.EventLog, _ = o.eventLogs()
	if o.sizes.Executors != nil {
		end := o.Progress.Begin("predicting")
		result, err := prediction.Predict(&log.Run, o.sizes.Wanted)
		end()
		if err != nil {
			return o.insufficient(log.Log.Name, "nothing can be predicted", err)
		}
		r.Result = result
	}
	var err error
	if r.Regression, err = o.compare(ctx, log); err != nil {
		return err
	}
	exceeded := o.exceeded(&r) // before texts are made safe to print
	display := o.Display(o.output)
	display.Printer = o.print
	if err := r.Write(o.Out, display); err != nil {
		return err
	}
	if !o.forms.Whole() {
		o.TellReasons(r.Reasons())
	}
	for _, text := range exceeded {
		o.Say("error: ", text)
	}
	if len(exceeded) > 0 {
		return session.Found
	}
	return nil
}

// insufficient says of evidence that is not enough why, for the exit code 3.
func (o *options) insufficient(name, what string, err error) error {
	var few *prediction.Insufficient
	if errors.As(err, &few) {
		fmt.Fprintf(o.ErrOut, "error: %s: %s: %s\n", clean.Line(name), what, clean.Line(few.Reason))
		return session.Coverage
	}
	return err
}

// compare compares a run with the logs of --baseline; nil where there are none.
func (o *options) compare(ctx context.Context, log *model.Logged) (*prediction.Regression, error) {
	var baseline []prediction.Past
	for _, name := range o.sizes.Baseline {
		if name == "-" {
			return nil, errors.New("--baseline=-: standard input holds one log, and --event-log may read it: give a file or a folder")
		}
		end := o.Progress.Begin("reading the event log")
		one, err := source.Read(ctx, name, o.from.Source, o.Progress.Bytes)
		end()
		if err != nil {
			return nil, fmt.Errorf("--baseline=%s: %w", name, err)
		}
		if a, b := one.Run.Application.Name, log.Run.Application.Name; a != b {
			o.Say("note: ", fmt.Sprintf("--baseline=%s is of application %q, and the run of %q", name, a, b))
		}
		baseline = append(baseline, prediction.Past{Name: name, Run: &one.Run})
	}
	if baseline == nil {
		return nil, nil
	}
	r, err := prediction.Regress(&log.Run, baseline, o.sizes.Prices)
	return r, o.insufficient(log.Log.Name, "the run cannot be compared", err)
}

// exceeded says which limits the run or its prediction exceeds.
func (o *options) exceeded(r *report.Tuning) (texts []string) {
	if most := o.sizes.MaxRuntime.Seconds(); most > 0 && r.Result != nil {
		for _, p := range r.Points {
			if p.High > most {
				texts = append(texts, fmt.Sprintf("%s of %s may take %.1f s, more than --max-runtime=%s (predicted %.1f s, from %.1f s)",
					layout.Count(p.Executors, "executor", "executors"), layout.Count(p.Cores, "core", "cores"), p.High, o.sizes.MaxRuntime, p.Seconds, p.Low))
			}
		}
	}
	if most := o.sizes.MaxRegression; most != nil && r.Regression != nil {
		c := r.Regression
		for _, one := range []struct {
			what    string
			percent float64
		}{{"the time", c.TimePercent}, {"the cost (" + c.CostBasis + ")", c.CostPercent}} {
			if one.percent > *most {
				texts = append(texts, fmt.Sprintf("%s is %.1f %% above the baseline, more than --max-regression=%g", one.what, one.percent, *most))
			}
		}
	}
	return texts
}

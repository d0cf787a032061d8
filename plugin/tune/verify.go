package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// runVerify compares the run after an apply with what its record holds.
func (o *options) runVerify(ctx context.Context) error {
	record, err := apply.OpenRecord(o.verify)
	if err != nil {
		return fmt.Errorf("--verify: %w", err)
	}
	if !record.Stands() {
		return fmt.Errorf("--verify: %s holds no change that stands: each was taken back, or was not made", o.verify)
	}
	recorded := record.Newest(o.Args)
	if len(recorded) == 0 && len(o.Args) > 0 {
		return fmt.Errorf("--verify: %s holds no settings of %s", o.verify, strings.Join(o.Args, ", "))
	}
	var all []apply.Verification
	if len(o.logs) > 0 {
		all, err = o.verifyLog(&o.logs[0].Run, recorded)
	} else {
		all, err = o.verifyLive(ctx, record, recorded)
	}
	if err != nil {
		return err
	}
	return applying.Verified(o.Out, o.print, all)
}

// verifyLog compares the run of an event log.
func (o *options) verifyLog(ran *model.Run, recorded []apply.Workload) ([]apply.Verification, error) {
	app := ran.Application
	if len(recorded) > 1 {
		recorded = slices.DeleteFunc(recorded, func(w apply.Workload) bool { return w.Name != app.Name && !strings.HasSuffix(w.Name, "/"+app.Name) })
	}
	switch len(recorded) {
	case 0:
		return nil, fmt.Errorf("--verify: %s holds no settings of %s: name the workload that ran, or leave out --event-log to compare the objects alone", o.verify, clean.Line(app.Name))
	case 1:
	default:
		return nil, fmt.Errorf("--verify: which workload of the record is the run of %s is not certain: name it", clean.Line(app.Name))
	}
	if w := recorded[0].Name; w != app.Name && !strings.HasSuffix(w, "/"+app.Name) {
		o.Say("note: ", fmt.Sprintf("the event log is of application %q, and the record of workload %s", clean.Line(app.Name), clean.Line(w)))
	}
	if app.Started.Before(recorded[0].Time) {
		fmt.Fprintf(o.ErrOut, "error: %s started before the change was applied: give the log of a later run\n", clean.Line(app.ID))
		return nil, session.Coverage
	}
	return []apply.Verification{recorded[0].Verify(apply.LoggedRun(ran))}, nil
}

// verifyLive compares what runs, and the objects.
func (o *options) verifyLive(ctx context.Context, record *apply.Record, recorded []apply.Workload) (all []apply.Verification, err error) {
	reader, err := o.Reader()
	if err != nil {
		return nil, err
	}
	standing, err := record.Standing(ctx, reader)
	if err != nil {
		return nil, err
	}
	all = append(all, apply.Verification{Compared: standing})
	for _, w := range recorded {
		sc, err := o.Live(ctx, scene.Scope{NoNodes: true}, []string{w.Name}, false)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		if err == nil && len(sc.Workloads) == 0 {
			err = errors.New("no run of it was found")
		}
		var run apply.Run
		if err == nil {
			run, err = apply.LiveRun(ctx, reader, sc.Workloads[0])
		}
		if err == nil && run.Started.Before(w.Time) {
			err = errors.New("the run that is there started before the change was applied")
		}
		if err == nil {
			all = append(all, w.Verify(run))
			continue
		}
		all = append(all, apply.Verification{Workload: w.Name, Compared: []apply.Compared{{Name: "next run", Verdict: apply.NotRead, Why: err.Error()}}})
	}
	return all, nil
}

// onlyVerify refuses what has no meaning for a comparison.
func (o *options) onlyVerify(changed func(flag string) bool) error {
	switch {
	case o.verify == "":
		return errors.New("--verify is empty: give the file that --record wrote")
	case len(o.Names) > 0 || o.AllNamespaces || o.Selector != "":
		return errors.New("--verify compares the workloads of a record: give it with names of workloads or --event-log")
	case len(o.from.Names) > 1:
		return errors.New("--verify compares one run with a record: give one --event-log")
	case changed("executors") || changed("backtest") || changed("fleet") || o.check:
		return errors.New("--verify compares a run with a record: give it without other questions")
	}
	return nil
}

// Package fleet recommends for all applications whose event logs lie in a folder. Start with Reader.Read.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/scene/runs"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Reader reads the beginning of each log, then the last runs of one application after the other. Of each application it keeps what is
// recommended, and of each log the name and the application.
type Reader struct {
	Files eventlog.Files
	// MinRuns is how many whole runs of an application are read at most. Twice as many logs are looked at for them.
	MinRuns int
	// Recommend sizes the workload of a scene; ok is false where that cannot be done, and the scene's Left says why.
	Recommend func(*scene.Scene) (of tuner.Recommendation, notes []string, ok bool)
	// Right keeps the settings that are right, too.
	Right bool
	// Flags end the command that shows the recommendation of one application.
	Flags []string
	// Begin says what is done now, and returns what ends it. Progress says how much of it is done.
	Begin    func(what string) (end func())
	Progress func(done, of int)
}

// past is a log of an application, of which only the beginning was read.
type past struct {
	entry eventlog.Entry
	model.Application
}

// Read recommends for each application of a folder. The error is that of the folder, or of a context that ended.
func (r *Reader) Read(ctx context.Context, folder string) (*report.Fleet, error) {
	out := &report.Fleet{Folder: folder, MinRuns: r.MinRuns}
	all, err := r.find(ctx, folder, out)
	if err != nil {
		return nil, err
	}
	defer r.Begin("reading the last runs of applications")()
	for i, logs := range all {
		r.Progress(i, len(all))
		one, err := r.application(ctx, logs, out)
		if err != nil {
			return nil, err
		}
		if one != nil {
			out.Applications = append(out.Applications, *one)
		}
	}
	return out, nil
}

// find finds the logs of each application, the newest first.
func (r *Reader) find(ctx context.Context, folder string, out *report.Fleet) (all [][]past, err error) {
	entries, err := eventlog.Logs(ctx, r.Files, folder)
	if err != nil {
		return nil, err
	}
	defer r.Begin("finding applications")()
	at := map[string]int{}
	type run struct{ application, id, attempt string }
	first := map[run]string{} // the log of a run that was found first
	for i, entry := range entries {
		r.Progress(i, len(entries))
		app, err := eventlog.Whose(ctx, r.Files, entry.Path)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			out.NotUsed = append(out.NotUsed, report.NotChecked{Object: entry.Name, Reason: err.Error()})
			continue
		}
		name := cmp.Or(app.Name, app.ID)
		if other, twice := first[run{name, app.ID, app.Attempt}]; twice {
			out.NotUsed = append(out.NotUsed, report.NotChecked{Object: entry.Name, Reason: entry.Path + " is of the same run as " + other})
			continue
		}
		first[run{name, app.ID, app.Attempt}] = entry.Name
		n, seen := at[name]
		if !seen {
			n = len(all)
			at[name], all = n, append(all, nil)
		}
		all[n] = append(all[n], past{entry, app})
	}
	for _, logs := range all {
		slices.SortStableFunc(logs, func(a, b past) int { return b.Started.Compare(a.Started) })
	}
	return all, nil
}

// application recommends for one application; nil where none of its logs could be read.
func (r *Reader) application(ctx context.Context, all []past, out *report.Fleet) (*report.FleetApplication, error) {
	var logs []model.Logged
	whole := 0
	for _, p := range all[:min(len(all), 2*r.MinRuns)] {
		log, err := eventlog.ReadFrom(ctx, r.Files, p.entry.Path, nil)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			out.NotUsed = append(out.NotUsed, report.NotChecked{Object: p.entry.Name, Reason: err.Error()})
			continue
		}
		logs = append(logs, model.Logged{Log: log.Reading, Run: log.Run})
		if logs[len(logs)-1].Whole() {
			whole++
		}
		if whole == r.MinRuns {
			break
		}
	}
	if len(logs) == 0 {
		return nil, nil
	}
	one := &report.FleetApplication{Logs: len(all), LastOutcome: logs[0].Run.Outcome, NotPredicted: "its settings cannot be sized"}
	one.Name = cmp.Or(all[0].Name, all[0].ID)
	words := []string{"kubectl spark tune"}
	for _, log := range logs {
		words = append(words, "--event-log="+change.Quote(log.Log.Name))
	}
	one.Show = strings.Join(append(words, r.Flags...), " ")
	sc := runs.Of(logs)
	recommended, notes, ok := r.Recommend(sc)
	for _, err := range sc.Left.Errors() {
		one.NotJudged = append(one.NotJudged, tuner.NotJudged{Role: "application", Reason: err.Error()})
	}
	if ok {
		one.Recommendation = recommended
		for _, note := range recommended.Notes {
			if reason, is := strings.CutPrefix(note, "not used: "); is {
				out.NotUsed = append(out.NotUsed, report.NotChecked{Object: one.Name, Reason: one.Name + ": " + reason})
			}
		}
		if !r.Right {
			one.Settings = slices.DeleteFunc(one.Settings, func(s tuner.Setting) bool { return s.Verdict == tuner.Keep })
		}
		one.Notes = append(one.Notes, notes...)
		one.NotPredicted = predict(one, &logs[0].Run, sc.Workloads[0].Tuning().Conf)
	}
	return one, nil
}

// predict replays the last run as it was configured, and with what is recommended; why says why that cannot be.
func predict(one *report.FleetApplication, last *model.Run, conf spark.Conf) (why string) {
	for _, of := range []struct {
		changes []spark.Change
		to      **report.FleetRun
	}{{nil, &one.Now}, {one.Changes(), &one.Next}} {
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

// Package fleet recommends for all applications whose event logs lie in a folder. Start with Reader.Read.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/scene/runs"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Reader reads the beginning of each log, some at a time, then the last runs of one application after the other. Of each application it
// keeps what is recommended, and of each log the name and the application.
type Reader struct {
	Files eventlog.Files
	// Shard is the share of the applications that is read; the zero value reads all.
	Shard Shard
	// Begun is where readers of other shares write down what the beginnings of logs say; nil: nowhere.
	Begun *Beginnings
	// MinRuns is how many whole runs of an application are read at most. Twice as many logs are looked at for them.
	MinRuns int
	// Recommend sizes the workload of a scene; ok is false where that cannot be done, and the scene's Left says why.
	Recommend func(*scene.Scene) (of tuner.Recommendation, notes []string, ok bool)
	// Right keeps the settings that are right, too, and Reasons keeps why each setting is recommended: without them an application takes
	// little memory.
	Right, Reasons bool
	// Flags end the command that shows the recommendation of one application.
	Flags []string
	// Begin says what is done now, and returns what ends it. Progress says how much of it is done.
	Begin    func(what string) (end func())
	Progress func(done, of int)
}

// past is a log of an application, of which only the beginning was read.
type past struct {
	path, name string // of the log
	started    time.Time
}

// found are the logs of an application, the newest first.
type found struct {
	name string
	logs []past
}

// Read recommends for each application of a folder. The error is that of the folder, or of a context that ended.
func (r *Reader) Read(ctx context.Context, folder string) (*report.Fleet, error) {
	out := &report.Fleet{Folder: folder, MinRuns: r.MinRuns}
	all, err := r.find(ctx, folder, out)
	if err != nil {
		return nil, err
	}
	out.Applications = make([]report.FleetApplication, 0, len(all))
	defer r.Begin("reading the last runs of applications")()
	for i := range all {
		r.Progress(i, len(all))
		one, err := r.application(ctx, &all[i], out)
		if err != nil {
			return nil, err
		}
		if one != nil {
			out.Applications = append(out.Applications, *one)
		}
	}
	return out, nil
}

// beginning is what the beginning of a log says.
type beginning struct {
	app model.Application
	err error
}

// atOnce is how many beginnings are read at a time: each takes a few short answers of a store.
const atOnce = 8

// begun reads the beginning of each log.
func (r *Reader) begun(ctx context.Context, entries []eventlog.Entry) (all []beginning, err error) {
	defer r.Begin("finding applications")()
	all = make([]beginning, len(entries))
	if r.Begun != nil && r.Shard.Of > 1 {
		return all, r.together(ctx, entries, all)
	}
	every := make([]int, len(entries))
	for i := range every {
		every[i] = i
	}
	return all, r.begin(ctx, entries, every, all, 0)
}

// begin reads the beginnings of some of the logs, several at a time, when those of so many others are done.
func (r *Reader) begin(ctx context.Context, entries []eventlog.Entry, some []int, all []beginning, before int) error {
	done := atomic.Int64{}
	done.Store(int64(before))
	var several errgroup.Group
	several.SetLimit(atOnce)
	for _, i := range some {
		several.Go(func() error {
			if ctx.Err() == nil {
				all[i].app, all[i].err = eventlog.Whose(ctx, r.Files, entries[i].Path)
			}
			r.Progress(int(done.Add(1)), len(entries))
			return ctx.Err()
		})
	}
	if several.Wait() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// find finds the logs of each application of the share, the newest first.
func (r *Reader) find(ctx context.Context, folder string, out *report.Fleet) (all []found, err error) {
	entries, err := eventlog.Logs(ctx, r.Files, folder)
	if err != nil {
		return nil, err
	}
	begun, err := r.begun(ctx, entries)
	if err != nil {
		return nil, err
	}
	at, seen := map[string]int{}, model.Seen{}
	for i, entry := range entries {
		app, err := begun[i].app, begun[i].err
		if err != nil {
			if r.Shard.has(entry.Name) {
				out.NotUsed = append(out.NotUsed, report.NotChecked{Object: entry.Name, Reason: err.Error()})
			}
			continue
		}
		name := nameOf(app)
		if !r.Shard.has(name) {
			continue
		}
		if first, again := seen.Again(app, entry.Name); again {
			out.NotUsed = append(out.NotUsed, report.NotChecked{Object: entry.Name, Reason: entry.Path + " is of the same run as " + first})
			continue
		}
		n, known := at[name]
		if !known {
			n = len(all)
			at[name], all = n, append(all, found{name: name})
		}
		all[n].logs = append(all[n].logs, past{entry.Path, entry.Name, app.Started})
	}
	for _, one := range all {
		slices.SortStableFunc(one.logs, func(a, b past) int { return b.started.Compare(a.started) })
	}
	return all, nil
}

// nameOf is the name of an application as it is shown: what looks the same is one.
func nameOf(app model.Application) string { return clean.Text(cmp.Or(app.Name, app.ID)) }

// lookedAt is how many logs of an application are read at most, so that so many of them are whole.
func lookedAt(whole int) int { return 2 * min(whole, mostLogs) }

// application recommends for one application; nil where none of its logs could be read.
func (r *Reader) application(ctx context.Context, app *found, out *report.Fleet) (*report.FleetApplication, error) {
	var logs []model.Logged
	whole := 0
	tried := app.logs[:min(len(app.logs), lookedAt(r.MinRuns))]
	for _, p := range tried {
		log, err := eventlog.ReadFrom(ctx, r.Files, p.path, nil)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil && nameOf(log.Run.Application) != app.name { // written anew since, or another pod wrote down something else
			err = fmt.Errorf("%s is of application %.100q, and its beginning was of %.100q", p.path, nameOf(log.Run.Application), app.name)
		}
		if err != nil {
			out.NotUsed = append(out.NotUsed, report.NotChecked{Object: p.name, Reason: err.Error()})
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
		out.Unread = append(out.Unread, report.NotChecked{Object: app.name, Reason: fmt.Sprintf("%s: no log of it can be read (%d tried)", app.name, len(tried))})
		return nil, nil
	}
	one := &report.FleetApplication{Logs: len(app.logs), LastOutcome: logs[0].Run.Outcome, NotPredicted: "its settings cannot be sized"}
	one.Name = app.name
	for _, log := range logs {
		one.Read = append(one.Read, log.Log.Name)
	}
	one.Show = show(one.Read, r.Flags)
	sc := runs.Of(logs)
	recommended, notes, ok := r.Recommend(sc)
	for _, err := range sc.Left.Errors() {
		one.NotJudged = append(one.NotJudged, tuner.NotJudged{Role: "application", Reason: err.Error()})
	}
	if ok {
		one.Recommendation, one.ToChange = recommended, recommended.Changed()
		for _, note := range recommended.Notes {
			if reason, is := strings.CutPrefix(note, "not used: "); is {
				out.NotUsed = append(out.NotUsed, report.NotChecked{Object: one.Name, Reason: one.Name + ": " + reason})
			}
		}
		one.Notes = append(one.Notes, notes...)
		shorten(one, r.Right, r.Reasons)
		if err := predict(one, &logs[0].Run, sc.Workloads[0].Tuning().Conf); err != nil {
			one.NotPredicted = err.Error()
		}
	}
	return one, nil
}

// shorten leaves out of a recommendation what nobody asked for: there may be 100 000 of them.
func shorten(one *report.FleetApplication, right, reasons bool) {
	if right {
		return
	}
	var kept []tuner.Setting
	for _, s := range one.Settings {
		switch {
		case s.Verdict == tuner.Keep, s.Verdict == tuner.Try && !reasons:
			continue
		case !reasons:
			s.Why, s.Formula, s.Source, s.Evidence, s.Basis, s.Effect, s.Rules = "", "", "", "", "", "", nil
		}
		kept = append(kept, s)
	}
	if one.Settings = slices.Clip(kept); !reasons {
		one.Notes, one.Read = nil, nil
	}
	if !reasons && !one.ToChange {
		one.Show = ""
	}
}

// show is the command that shows what is recommended by some logs.
func show(logs, flags []string) string {
	words := []string{"kubectl spark tune"}
	for _, log := range logs {
		words = append(words, "--event-log="+change.Quote(log))
	}
	return strings.Join(append(words, flags...), " ")
}

// predict replays the last run as it was configured, and with what is recommended. The error says why that cannot be.
func predict(one *report.FleetApplication, last *model.Run, conf spark.Conf) error {
	for _, of := range []struct {
		changes []spark.Change
		to      **report.FleetRun
	}{{nil, &one.Now}, {one.Changes(), &one.Next}} {
		next, err := prediction.NextRun(last, conf, of.changes)
		var few *prediction.Insufficient
		switch {
		case errors.As(err, &few):
			return errors.New(few.Reason)
		case err != nil:
			return err
		case next.MemoryGiBHours == 0:
			return errors.New("the memory of its pods is not known")
		}
		*of.to = &report.FleetRun{Seconds: next.Seconds, Low: next.Low, High: next.High, MemoryGiBHours: next.MemoryGiBHours}
	}
	return nil
}

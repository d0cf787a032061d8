package apply

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Recommended is what is recommended for a workload, as a record keeps it: without what is refused, and without secrets. Where runs of
// it are known, the next one is predicted from the last; notes are about that.
func Recommended(w *scene.Workload, changes []spark.Change, refused []change.Refused) (one Workload, notes []string) {
	one.Name = w.Title
	for _, target := range change.Targets(w) {
		one.Objects = append(one.Objects, target.UID)
	}
	var kept []spark.Change
	for _, c := range changes {
		left := slices.ContainsFunc(refused, func(r change.Refused) bool { return r.Title == one.Name && r.Key == c.Key })
		if left || mask.Value(c.Key, c.Value) != c.Value {
			continue
		}
		kept = append(kept, c)
		one.Settings = append(one.Settings, Setting{Key: c.Key, Value: c.Value, Unset: c.Unset})
	}
	if len(kept) == 0 || len(w.Runs) == 0 {
		return one, nil
	}
	last := slices.MaxFunc(w.Runs, func(a, b model.Logged) int { return a.Run.Application.Started.Compare(b.Run.Application.Started) })
	next, err := prediction.NextRun(&last.Run, w.Tuning().Conf, kept)
	var few *prediction.Insufficient
	switch {
	case errors.As(err, &few):
		return one, []string{fmt.Sprintf("%s: time and cost of the next run are not predicted: %s", one.Name, few.Reason)}
	case err != nil:
		return one, []string{fmt.Sprintf("%s: %v", one.Name, err)}
	}
	one.Prediction = &Prediction{From: last.Run.Application.ID, Executors: next.Executors, Dynamic: next.Dynamic, Cores: next.Cores,
		Seconds: next.Seconds, Low: next.Low, High: next.High, GiBHours: next.MemoryGiBHours, Open: next.Open}
	return one, []string{one.Name + ": " + one.Prediction.String()}
}

// LoggedRun is a run as its event log tells it.
func LoggedRun(ran *model.Run) Run {
	run := Run{Source: "the event log", Started: ran.Application.Started, Conf: maps.Clone(ran.Spark), Reads: model.Keeps, Executors: ran.Executors}
	for key, value := range run.Conf {
		if !strings.HasSuffix(key, "JavaOptions") {
			continue
		}
		if run.Conf[key] = spark.WithoutModuleOptions(value); run.Conf[key] == "" {
			delete(run.Conf, key)
		}
	}
	if ran.Application.Ended.IsZero() {
		return run
	}
	run.Seconds = ran.Seconds
	if r, err := prediction.Predict(ran, prediction.Wanted{}); err == nil {
		run.Executors, run.Cores, run.GiBHours = r.Bounds.Executors, r.Bounds.Cores, r.Ran.MemoryGiBHours
	}
	return run
}

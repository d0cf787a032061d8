package tuner

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// Objective is what the number of executors is chosen by. Without one executors are only reduced where that costs no time.
type Objective string

// The objectives.
const (
	LessCost Objective = "cost"     // least memory × time of all pods
	LessTime Objective = "time"     // at most 5 % longer than with four times those of the knee
	Balanced Objective = "balanced" // the knee: at most 10 % longer than with any number
)

// Objectives lists all of them.
func Objectives() []string { return []string{string(LessCost), string(LessTime), string(Balanced)} }

// closeTo is by which part a number of executors may differ from what an objective asks for and stay.
const closeTo = 10

// aim is the number of executors that an objective asks of a run.
type aim struct {
	point prediction.Point // what is predicted for it
	ran   prediction.Costs // of the run as it was
	run   *evidence.Run
}

// aimAt finds it by the replay of a run; nil where nothing can be predicted. Of a run that spilled there are no fewer executors than it
// had, and there are enough to hold what all of them stored.
func aimAt(r *evidence.Run, by Objective) *aim {
	result, err := prediction.Predict(r.Model, prediction.Wanted{Executors: []int{max(r.Executors, 1)}})
	if err != nil {
		return nil
	}
	least := holding(&r.Executor)
	if r.Stages.Spilled != nil || r.Stages.SpilledSkew != nil {
		least = max(least, r.Executors)
	}
	a := &aim{run: r, ran: result.Ran, point: result.Knees[0]}
	switch by {
	case LessCost:
		for _, p := range result.Curve {
			if cost(p.Costs) < cost(a.point.Costs) {
				a.point = p
			}
		}
	case LessTime:
		a.point = fastest(r, result)
	}
	if a.point.Executors < least {
		m, err := prediction.New(r.Model)
		if err != nil {
			return nil
		}
		a.point = m.At(least, a.point.Cores)
	}
	return a
}

// cost is the memory of pods by time, or their processors where their memory is unknown.
func cost(c prediction.Costs) float64 {
	if c.MemoryGiBHours > 0 {
		return c.MemoryGiBHours
	}
	return c.CPUHours
}

// fastest is the fewest executors with which a run takes at most 5 % longer than with four times those of the knee.
func fastest(r *evidence.Run, result *prediction.Result) prediction.Point {
	knee := result.Knees[0]
	m, err := prediction.New(r.Model)
	if err != nil {
		return knee
	}
	low, high := knee.Executors, 4*knee.Executors
	most := m.At(high, knee.Cores).Seconds * sameTime
	for low < high {
		if middle := (low + high) / 2; m.At(middle, knee.Cores).Seconds <= most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return m.At(low, knee.Cores)
}

// aimed is the most that the objective asks of any run; nil where nothing is asked, or where one of them cannot be predicted.
func (w *work) aimed() (most *aim) {
	if w.in.Objective == "" {
		return nil
	}
	for i := range w.runs.Runs {
		a := aimAt(&w.runs.Runs[i], w.in.Objective)
		if a == nil {
			w.note("--objective=%s: nothing can be predicted of run %s", w.in.Objective, w.runs.Runs[i].ID)
			return nil
		}
		if most == nil || a.point.Executors > most.point.Executors {
			most = a
		}
	}
	return most
}

// objective decides about a number of executors of at least some; now is 0 where there is no bound. found is false where no objective is
// given.
func (w *work) objective(key string, now, least int) (found bool) {
	a := w.aimed()
	if a == nil {
		return false
	}
	n := max(a.point.Executors, least)
	verdict, why := Change, fmt.Sprintf("--objective=%s takes %s", w.in.Objective, count(int64(n), "executor", "executors"))
	far := max(n-now, now-n)*closeTo > now
	switch {
	case now > 0 && !far:
		verdict, n, why = Keep, now, fmt.Sprintf("%s, about as many", why)
	case n < now && !w.lowers():
		verdict, n, why = Keep, now, w.few(why)
	}
	seen := fmt.Sprintf("replayed with %d: %.0f s (%.0f to %.0f), %.3g GiB·h; the run of %d took %.0f s, %.3g GiB·h%s", a.point.Executors, a.point.Seconds, a.point.Low, a.point.High, a.point.MemoryGiBHours,
		a.run.Executors, a.run.Model.Seconds, a.ran.MemoryGiBHours, w.from(a.run))
	effect := fmt.Sprintf("%+.0f %% time, %+.0f %% GiB·h", change(a.point.Seconds, a.run.Model.Seconds), change(a.point.MemoryGiBHours, a.ran.MemoryGiBHours))
	w.setByRuns(spark.Executor, key, strconv.Itoa(n), "executors-objective", verdict, Medium, why, seen, effect)
	return true
}

// change is how many percent more a is than b.
func change(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return (a/b - 1) * 100
}

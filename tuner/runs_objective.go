package tuner

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
)

// closeTo is by which part a number of executors may differ from what an objective asks for and stay.
const closeTo = 10

// aimed is the most that the objective asks of any run; nil where nothing is asked, or where one of them cannot be predicted.
func (w *work) aimed() (most *scaling.Aim) {
	if w.in.Objective == "" {
		return nil
	}
	now, err := w.sized(spark.Executor)
	if err != nil {
		return nil // role said so before
	}
	for i := range w.runs.Runs {
		a := scaling.At(&w.runs.Runs[i], w.in.Objective, now)
		if a == nil {
			w.note("--objective=%s: nothing can be predicted of run %s", w.in.Objective, w.runs.Runs[i].ID)
			return nil
		}
		if most == nil || a.Point.Executors > most.Point.Executors {
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
	n := max(a.Point.Executors, least)
	verdict, why := Change, fmt.Sprintf("--objective=%s takes %s", w.in.Objective, count(int64(n), "executor", "executors"))
	far := max(n-now, now-n)*closeTo > now
	switch {
	case now > 0 && !far:
		verdict, n, why = Keep, now, fmt.Sprintf("%s, about as many", why)
	case n < now && !w.lowers():
		verdict, n, why = Keep, now, w.few(why)
	}
	seen := fmt.Sprintf("replayed with %d: %.0f s (%.0f to %.0f), %.3g GiB·h; the run of %d took %.0f s, %.3g GiB·h%s", a.Point.Executors, a.Point.Seconds, a.Point.Low, a.Point.High, a.Point.MemoryGiBHours,
		a.Run.Executors, a.Run.Model.Seconds, a.Ran.MemoryGiBHours, w.from(a.Run))
	effect := fmt.Sprintf("%+.0f %% time, %+.0f %% GiB·h", change(a.Point.Seconds, a.Run.Model.Seconds), change(a.Point.MemoryGiBHours, a.Ran.MemoryGiBHours))
	if _, set := w.in.Conf.Get(key); verdict == Keep && !set { // which shows nowhere else
		w.note("%s: %s", why, seen)
	}
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

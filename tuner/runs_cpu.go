package tuner

import (
	"fmt"
	"math"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
)

// Thresholds of processors: the CPU time in the run time of tasks below which a request can be lower and above which it cannot, and the
// waiting for shuffle data that explains idle processors.
const (
	littleCPU   = .40
	fullCPU     = .95
	waitsLittle = .10
	cpuLeast    = 60_000 // ms of tasks' run time below which their CPU time says nothing
	aboveCPU    = 1.25
	littleUse   = .60
)

const (
	keyRequest = "spark.kubernetes.executor.request.cores"
	keyDynamic = "spark.dynamicAllocation.enabled"
	keyMost    = "spark.dynamicAllocation.maxExecutors"
	keyLeast   = "spark.dynamicAllocation.minExecutors"
)

// requestByRuns decides about the CPU request of executors by the CPU time of their tasks.
func (w *work) requestByRuns(cpu sizing.CPU) {
	if !w.ran() || cpu.Cores < 1 {
		return
	}
	share, least, python := 0.0, true, false
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		if r.Model.Totals.RunMillis < cpuLeast || r.CPUShare == 0 {
			least = false
			continue
		}
		share = max(share, r.CPUShare)
		python = python || r.Python || r.Executor.Python > 0
		least = least && r.CPUShare < littleCPU && r.WaitShare < waitsLittle && !r.Throttles()
	}
	seen := w.runs.WithPods(fmt.Sprintf("CPU time is %s of the tasks' run time", percent(share)), spark.Executor)
	_, set := w.conf.Get(keyRequest)
	switch {
	case share > fullCPU && set && cpu.Request < cpu.Cores*1000:
		w.setByRuns(spark.Executor, keyRequest, strconv.FormatInt(cpu.Cores, 10), "cpu-short", Try, Medium, "tasks use more processors than the scheduler reserves", seen, "nodes are not overbooked by these pods")
	case least && share > 0 && !set && python:
		w.note("the CPU request is not judged: an event log has no CPU time of Python's processes")
	case least && share > 0 && !set && w.lowers():
		value := strconv.FormatFloat(max(math.Ceil(float64(cpu.Cores)*share*aboveCPU*10)/10, .1), 'g', -1, 64)
		w.setByRuns(spark.Executor, keyRequest, value, "cpu-unused", Try, Low, fmt.Sprintf("tasks wait: %s of %d cores are used", percent(share), cpu.Cores), seen, "more executors on a node")
	}
}

// enoughExecutors is the most that fewest says of whole runs; 0 where a run cannot be predicted, or used its cores.
func (w *work) enoughExecutors() (executors int, seen string) {
	now, err := w.sized(spark.Executor)
	if err != nil {
		return 0, "" // role said so before
	}
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		if !r.Whole {
			continue
		}
		if r.Model.UsedShare >= littleUse {
			return 0, ""
		}
		n, point := scaling.Fewest(r, now)
		if n == 0 {
			return 0, ""
		}
		if n > executors {
			executors = n
			seen = fmt.Sprintf("tasks took %.0f %% of the cores of %d executors; replayed with %d: %.0f s, it took %.0f s%s", r.Model.UsedShare*100, r.Executors, n, point.Seconds, r.Model.Seconds, w.from(r))
		}
	}
	return executors, seen
}

// instancesByRuns decides how many executors there are; found is false where runs say nothing of it.
func (w *work) instancesByRuns(s *Setting, now int) (found bool) {
	if !w.ran() {
		return false
	}
	n, seen := w.enoughExecutors()
	ran := int(w.ranExecutors())
	if n == 0 || n >= now || n >= ran {
		return false
	}
	f := formulas.Of("executors-idle")
	s.Basis, s.Source, s.Formula, s.Evidence, s.Confidence = f.ID, f.Source, f.Formula, seen, Medium
	if !w.lowers() {
		s.Why = w.few(fmt.Sprintf("%d would take about as long", n))
		return true
	}
	s.Verdict, s.Recommended = Change, strconv.Itoa(n)
	s.Why = fmt.Sprintf("%d would take about as long as %d", n, ran)
	s.Effect = fmt.Sprintf("%d %% fewer executors, at most 5 %% more time", (now-n)*100/now)
	return true
}

// ranExecutors is the most executors of a run at once: as many as now have the same cores.
func (w *work) ranExecutors() int64 {
	cores, err := sizing.Cores(w.conf, spark.Executor)
	if err != nil {
		return 0
	}
	most, _ := w.runs.Most(func(r *evidence.Run) int64 { return (int64(r.Executors)*max(r.Cores, 1) + cores - 1) / cores })
	return most
}

// begins is how many executors dynamic allocation begins with: the upper bound is no less, for Spark does not start with a lower one
// (ExecutorAllocationManager.validateSettings, Utils.getDynamicAllocationInitialExecutors).
func (w *work) begins() (most int, err error) {
	for _, key := range []string{keyLeast, "spark.dynamicAllocation.initialExecutors", keyInstances} {
		n, _, err := w.conf.Int(key)
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}

// bounds decides about the bounds of dynamic allocation.
func (w *work) bounds() error {
	on, _, err := w.conf.Bool(keyDynamic)
	if err != nil || !on || !w.ran() {
		return err
	}
	ran, most := w.runs.Most(func(r *evidence.Run) int64 { return int64(r.Executors) })
	if most == nil {
		return nil
	}
	highest, set, err := w.conf.Int(keyMost)
	if err != nil {
		return err
	}
	if err := w.fewerAtLeast(highest); err != nil {
		return err
	}
	begins, err := w.begins()
	if err != nil {
		return err
	}
	switch bound := max(int(w.ranExecutors()), begins); {
	case set && w.boundForCores(highest):
	case w.objective(keyMost, max(highest, 0), max(begins, 1)):
	case !set:
		w.setByRuns(spark.Executor, keyMost, strconv.Itoa(bound), "executors-bound", Try, Low, "unset: Spark asks for executors without a bound", fmt.Sprintf("%d executors at once%s", ran, w.from(most)), "a run cannot ask for more than before")
	}
	return nil
}

// fewerAtLeast decides about the lower bound of dynamic allocation; highest is the upper one, 0 for none.
func (w *work) fewerAtLeast(highest int) error {
	least, set, err := w.conf.Int(keyLeast)
	if err != nil || !set {
		return err
	}
	n, seen := w.enoughExecutors()
	if n == 0 || n >= least || highest > 0 && n > highest {
		return nil
	}
	verdict, why := Change, fmt.Sprintf("%d would take about as long", n)
	if !w.lowers() {
		verdict, why = Keep, w.few(why)
	}
	w.setByRuns(spark.Executor, keyLeast, strconv.Itoa(n), "executors-idle", verdict, Medium, why, seen, "idle executors are released")
	return nil
}

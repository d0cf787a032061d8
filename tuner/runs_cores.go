package tuner

import (
	"fmt"
	"math"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// fewer is what fewer cores for each executor do in place of a larger heap: fewer tasks share the heap that there is.
type fewer struct {
	cores     int64
	ran       int64 // cores of an executor of the run on which tasks ran at once
	executors int   // that keep the sum of cores; 0: no more than there are
	formula   string
	because   string // why the heap does not grow in their place
	from      *answer
	run       *evidence.Run
}

// fewerCores answers the need of a larger heap that cannot be: no node holds the pod, or the heap leaves the sizes with 4-byte pointers; or
// that need not be: no node has processors for the tasks that shared the heap. It counts from the cores and the heap of the run. nil where
// the heap may grow, or a task has it for itself already.
func (w *work) fewerCores(a *answer, m sizing.Pod) *fewer {
	if a == nil || a.run == nil || a.verdict == Try || a.to <= m.Heap || w.in.Pack || sizing.Device(w.conf) != "" {
		return nil
	}
	r, each := a.run, sizing.TaskCores(w.conf)
	after := m.Total() - m.Heap + a.to
	pending := w.fitsSomewhere(m.Total()) && !w.fitsSomewhere(after)
	wide := m.Heap <= sizing.NarrowHeap && a.to > sizing.NarrowHeap
	heap, had := r.Executor.Pod.Heap, r.Cores/each
	runs := had // tasks that a node runs at once
	if processors := w.largestNode() / 1000; processors > 0 && processors < r.Cores {
		runs = max(processors/each, 1)
	}
	f := &fewer{from: a, run: r}
	tasks := runs
	switch {
	case pending || wide:
		tasks = min(max(had*heap/max(a.to, 1), 1), runs)
		f.because = fmt.Sprintf("a heap of %dMi fits no node, or needs 8-byte pointers", a.to)
		f.formula = fmt.Sprintf("%d cores × heap %dMi / needed %dMi = %d", r.Cores, heap, a.to, tasks)
		if each > 1 {
			f.formula = fmt.Sprintf("%d tasks × heap %dMi / needed %dMi = %d, of %d cores each", had, heap, a.to, tasks, each)
		}
	case runs < had:
		f.because = fmt.Sprintf("no node runs %s at once", count(had, "task", "tasks"))
		f.formula = fmt.Sprintf("min(%d cores, %d processors of the largest node)", r.Cores, w.largestNode()/1000)
	}
	if tasks >= had {
		return nil
	}
	if f.cores, f.ran = tasks*each, runs*each; tasks < runs {
		f.executors = int((int64(r.Executors)*runs + tasks - 1) / tasks)
	}
	return f
}

// instead says of a heap that stays that fewer cores are the answer.
func (f *fewer) instead(now int64) *answer {
	return &answer{to: now, basis: "cores-memory", confidence: Medium, evidence: f.from.evidence, formula: f.formula,
		why: fmt.Sprintf("%s; %s: fewer cores share this one", f.from.why, f.because)}
}

// coresByRuns decides about the cores of executors where they are the answer to too little memory.
func (w *work) coresByRuns(now int64) {
	f := w.fewer
	if f == nil {
		return
	}
	cores, verdict := f.cores, Change
	if now <= cores {
		cores, verdict = now, Keep
	}
	w.setByRuns(spark.Executor, keyCores, strconv.FormatInt(cores, 10), "cores-memory", verdict, Medium, f.from.why, f.from.evidence,
		fmt.Sprintf("%s at once in a heap, not %d", count(f.cores, "task", "tasks"), f.run.Cores))
	for i := range w.out.Settings {
		if s := &w.out.Settings[i]; s.Name == keyCores {
			s.Formula = f.formula
		}
	}
}

// executorsForCores keeps the sum of cores where executors have fewer of them.
func (w *work) executorsForCores(now int) (done bool) {
	if w.fewer == nil {
		return false
	}
	return w.keepsCores(keyInstances, w.fewer.executors, now)
}

// boundForCores keeps the upper bound of their cores with dynamic allocation: by the bound that the run had.
func (w *work) boundForCores(now int) (done bool) {
	f := w.fewer
	if f == nil {
		return false
	}
	had, set, err := f.run.Conf.Int(keyMost)
	if !set || err != nil || had < 1 {
		return false
	}
	return w.keepsCores(keyMost, int(min((int64(had)*f.ran+f.cores-1)/f.cores, math.MaxInt32)), now)
}

// keepsCores raises a number of executors.
func (w *work) keepsCores(key string, to, now int) (done bool) {
	if now >= to {
		return false
	}
	w.setByRuns(spark.Executor, key, strconv.Itoa(to), "cores-memory", Change, Medium, "the total number of cores is kept", w.fewer.from.evidence, fmt.Sprintf("%d executors, not %d", to, now))
	return true
}

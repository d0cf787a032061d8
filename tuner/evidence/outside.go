package evidence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// parts adds up what was sampled of a pod outside of its heap, with an estimate of what no metric shows.
func (s *Side) parts() sizing.Need {
	need := sizing.Need{{Name: "metaspace+code", MiB: s.NonHeap}, {Name: "direct", MiB: s.Direct}, {Name: "mapped", MiB: s.Mapped}}
	for _, c := range s.Pod.Need {
		if c.Name != "metaspace+code" && c.Name != "direct" {
			need = append(need, c)
		}
	}
	return need
}

// Outsides is what a pod needs outside of its heap, by what was sampled of it and times a factor: of its processes, else by component with
// estimates. It comes with what was seen and the formula; sampled says that processes were.
func (s *Side) Outsides(factor float64) (need float64, seen, formula string, sampled bool) {
	switch {
	case s.Tree:
		need = factor * float64(s.Outside)
		seen = fmt.Sprintf("JVM %dMi with %dMi of heap in use, Python %dMi, other processes %dMi", s.RSS, min(s.Heap, s.Pod.Heap), s.Python, s.Other)
		formula = fmt.Sprintf("%g × %dMi outside the heap = %.0fMi", factor, s.Outside, need)
	case s.Sampled:
		known := s.parts()
		need = factor * float64(max(known.Total(), s.Pod.Need.Total()))
		seen = fmt.Sprintf("metaspace and code %dMi, direct %dMi, mapped %dMi; processes were not sampled", s.NonHeap, s.Direct, s.Mapped)
		formula = fmt.Sprintf("%g × max(%s, estimate %dMi) = %.0fMi", factor, known, s.Pod.Need.Total(), need)
	default:
		need = float64(s.Pod.Need.Asked())
		seen = "nothing outside the heap was sampled"
		formula = fmt.Sprintf("%g × estimate (%s) = %.0fMi", factor, s.Pod.Need, need)
	}
	return need, seen, formula, s.Tree
}

// Brief says that a run was too short to show what a role needs: a driver that ran less than so many seconds, tasks less than so many ms.
func (r *Run) Brief(role spark.Role, driverSeconds float64, taskMillis int64) bool {
	if role == spark.Driver {
		return r.Model.Seconds < driverSeconds
	}
	return r.Model.Totals.RunMillis < taskMillis
}

// HeapTasks counts tasks for which the heap was too small. Without off-heap memory Spark's execution memory is a part of it.
func (r *Run) HeapTasks() int64 {
	if r.Executor.Pod.OffHeap > 0 {
		return r.Lost.HeapTasks
	}
	return r.Lost.HeapTasks + r.Lost.Execution
}

// Lacks says whether the log of a run lacks what a setting brings, as samples of tasks that were too short.
func (e *Evidence) Lacks(setting string) bool {
	return slices.ContainsFunc(e.Runs, func(r Run) bool {
		return slices.ContainsFunc(r.Model.Missing, func(m model.Missing) bool { return strings.HasPrefix(m.Setting, setting) })
	})
}

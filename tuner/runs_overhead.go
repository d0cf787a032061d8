package tuner

import (
	"fmt"
	"math"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// Thresholds of what stands outside the heap: the processes' part of the limit from which on it is short, and the idle part from which on
// it is too large; what is put on top of a need, and what a container that was killed gets more.
const (
	nearLimit    = .92
	idleLimit    = .25
	aboveNeed    = 1.15
	aboveRSS     = 1.20
	afterKill    = 1.25
	leastPool    = 64 // MiB
	exhaustedBy  = 1.5
	withoutTrees = "spark.executor.processTreeMetrics.enabled"
)

// overheadByRuns is what runs ask of the overhead; nil where they say nothing of it.
func (w *work) overheadByRuns(role spark.Role, m sizing.Pod) *answer {
	w.directKilled(role, m)
	most := w.killed(role, m)
	for i := range w.runs.Runs {
		if a := w.overheadUp(role, &w.runs.Runs[i]); a != nil && (most == nil || a.to > most.to) {
			most = a
		}
	}
	switch {
	case most != nil && most.to > m.Overhead:
		most.to = max(most.to, m.Derived)
		return most
	case most != nil:
		most.why, most.to = fmt.Sprintf("%s; %dMi is already enough by the formula", most.why, m.Overhead), m.Overhead
		return most
	}
	if !w.ran() {
		return nil
	}
	if a := w.overheadKept(role, m); a != nil {
		return a
	}
	return w.overheadDown(role, m)
}

// overheadKept: Spark's default shrinks with a heap that is reduced. What was outside the heap does not, and stays where nothing shows
// that less is enough.
func (w *work) overheadKept(role spark.Role, m sizing.Pod) *answer {
	before, err := (&work{in: w.in, conf: w.meant, runs: w.runs}).sized(role)
	if err != nil || m.OverheadSet || m.Heap >= before.Heap || m.Overhead >= before.Overhead {
		return nil
	}
	if prior := m.JudgeOverhead(); w.in.Try && prior.To >= before.Overhead {
		return nil
	}
	for i := range w.runs.Runs {
		if r := &w.runs.Runs[i]; r.Whole && !side(r, role).Tree {
			return &answer{to: before.Overhead, basis: "overhead-kept", confidence: Medium, why: "Spark's default would shrink with the heap; what processes need is unknown",
				evidence: "processes were not sampled" + w.from(r), formula: fmt.Sprintf("as with a heap of %dMi: %dMi, not %dMi", before.Heap, before.Overhead, m.Overhead)}
		}
	}
	if least, why := w.runs.Floor(role); m.Total() < least && least <= before.Total() {
		to := min(sizing.Up64(m.Overhead+least-m.Total()), before.Overhead)
		return &answer{to: to, basis: "pod-peak", confidence: Medium, why: "Spark's default would shrink with the heap; " + why, formula: fmt.Sprintf("%dMi less heap %dMi", least, m.Heap),
			evidence: fmt.Sprintf("%dMi of %dMi", least, before.Total())}
	}
	return nil
}

// killed: the kernel killed pods that are seen at their limit. Off-heap and PySpark memory are no part of the overhead.
func (w *work) killed(role spark.Role, m sizing.Pod) (most *answer) {
	for _, e := range w.in.Ended {
		other := m.OffHeap + m.PySpark
		to := sizing.AfterKill(e.Limit, e.Heap+other)
		if e.Role != role || e.OOMKilled == 0 || e.Heap == 0 || e.Limit <= e.Heap+other || most != nil && most.to >= to {
			continue
		}
		formula := fmt.Sprintf("1.25 × (%dMi − heap %dMi)", e.Limit, e.Heap)
		if other > 0 {
			formula = fmt.Sprintf("1.25 × (%dMi − heap %dMi − off-heap and PySpark memory %dMi)", e.Limit, e.Heap, other)
		}
		most = &answer{to: to, basis: "overhead-killed", confidence: High, why: "the kernel killed pods at their limit", formula: formula,
			evidence: fmt.Sprintf("%s OOMKilled, pod %s the last", count(int64(e.OOMKilled), "pod was", "pods were"), e.Pod)}
	}
	return most
}

// directKilled notes an option that lets direct memory outgrow the pod, where the kernel killed pods: no overhead that runs ask for holds
// it.
func (w *work) directKilled(role spark.Role, m sizing.Pod) {
	killed := slices.ContainsFunc(w.in.Ended, func(e Ended) bool { return e.Role == role && e.OOMKilled > 0 }) ||
		slices.ContainsFunc(w.runs.Runs, func(r evidence.Run) bool {
			return side(&r, role).Killed() > 0 || role == spark.Executor && r.Lost.Killed > 0
		})
	if option, need, over := m.DirectOver(); killed && over {
		w.note("%s allows more direct memory than the %dMi next to the heap in the %s's pod, so the kernel kills it: lower the option, or set spark.%s.memoryOverhead=%dm (%s)", option, m.Overhead, role, role, need.Asked(), need)
	}
}

// overheadUp: the kernel killed pods of a run, or they came close to their limit.
func (w *work) overheadUp(role spark.Role, r *evidence.Run) *answer {
	s := side(r, role)
	had := s.Pod.Overhead
	a := &answer{confidence: High}
	need, seen, formula, sampled := s.Outsides(aboveNeed)
	if a.formula = formula; !sampled {
		a.confidence = Medium
	}
	limit := float64(s.Pod.Total())
	switch {
	case s.Killed() > 0, role == spark.Executor && r.Lost.Killed > 0:
		a.basis, a.why = "overhead-killed", "the kernel killed executors (exit code 137)"
		a.evidence = fmt.Sprintf("%s with exit code 137, %d of them OOMKilled; %s%s", count(r.Lost.Killed, "executor", "executors"), r.Lost.OOMKilled, seen, w.from(r))
		switch {
		case role == spark.Driver || r.Lost.Killed == 0: // the log knows of no kill
			a.why, a.evidence = fmt.Sprintf("the kernel killed processes of the %s at the memory limit, says Prometheus", role), seen+w.from(r)
		case r.Lost.OOMKilled == 0 && s.Killed() == 0:
			a.why, a.confidence = "executors ended with exit code 137: by the kernel, or with their node", Medium
		}
		a.formula = fmt.Sprintf("max(%s, 1.25 × %dMi)", a.formula, had)
		if need = max(need, afterKill*float64(had)); role == spark.Executor && sizing.FilesInMemory(r.Conf) != "" && r.Files > 0 {
			a.formula += fmt.Sprintf(" + files in memory %dMi", r.Files)
			need += float64(r.Files)
		}
		if !s.Tree && role == spark.Executor {
			w.note("which processes of the executors took the memory is unknown: set %s=true", withoutTrees)
		}
	case role == spark.Executor && r.Lost.Direct > 0:
		a.basis, a.why = "overhead-killed", "direct memory or threads ran out"
		if tokens, _ := w.tokens(role); spark.HasOption(tokens, "-XX:MaxDirectMemorySize") {
			w.note("-XX:MaxDirectMemorySize bounds direct memory, which ran out: raise it with the overhead, or remove it")
		}
		need = max(need, afterKill*float64(had))
		a.formula = fmt.Sprintf("max(%s, 1.25 × %dMi)", a.formula, had)
		a.evidence = fmt.Sprintf("%s without direct memory or threads; %s%s", count(r.Lost.Direct, "task", "tasks"), seen, w.from(r))
	case s.Tree && float64(s.Whole) >= nearLimit*limit && need > float64(had):
		a.basis, a.why = "overhead-near", fmt.Sprintf("processes took %dMi of %.0fMi", s.Whole, limit)
		a.evidence = seen + w.from(r)
	default:
		return nil
	}
	a.to = sizing.Up64(int64(math.Ceil(need)))
	return a
}

// overheadDown is the least that the worst of the runs leaves, where the processes of all were sampled.
func (w *work) overheadDown(role spark.Role, m sizing.Pod) *answer {
	var had, needed int64
	idle, short := true, false
	var worst *evidence.Run
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		s := side(r, role)
		if r.Whole && (!s.Tree || s.Unseen > 0) {
			return nil // what was not sampled may have needed more
		}
		if !s.Tree {
			continue
		}
		had, short = max(had, s.Pod.Overhead), short || r.Whole && brief(role, r)
		idle = idle && float64(s.Pod.Total()-s.Whole) > idleLimit*float64(s.Pod.Total())
		if need := s.Outside; worst == nil || need > needed {
			needed, worst = need, r
		}
	}
	if worst == nil {
		return nil
	}
	s := side(worst, role)
	a := &answer{to: m.Overhead, basis: "overhead-unused", confidence: Medium, evidence: fmt.Sprintf("JVM %dMi with %dMi of heap in use, Python %dMi, other processes %dMi%s", s.RSS, min(s.Heap, s.Pod.Heap), s.Python, s.Other, w.from(worst))}
	asked := sizing.Up64(int64(math.Ceil(max(aboveRSS*float64(needed), leastShrink*float64(had)))))
	a.formula = fmt.Sprintf("max(1.2 × %dMi, 0.75 × %dMi, Spark's default %dMi)", needed, had, m.Derived)
	switch {
	case m.Overhead < needed && m.Overhead < had:
		a.why, a.to = fmt.Sprintf("the runs needed %dMi", needed), sizing.Up64(int64(math.Ceil(aboveNeed*float64(needed))))
		a.basis, a.formula = "overhead-near", fmt.Sprintf("1.15 × %dMi outside the heap", needed)
	case role == spark.Executor && w.tmpfs() != "":
		a.why = "shuffle and spill files are in the pod's memory: the overhead is not reduced"
	case !idle || asked >= m.Overhead:
		a.why = fmt.Sprintf("holds the %dMi that were needed", needed)
	case !m.OverheadSet || m.Overhead <= m.Derived:
		a.why = fmt.Sprintf("%dMi were needed; Spark reserves %dMi", needed, m.Derived)
	case !w.lowers():
		a.why = w.few(fmt.Sprintf("%dMi were needed, so it could be lower", needed))
	case short:
		a.why = fmt.Sprintf("%dMi were needed in a run that is too short to show it", needed)
	case role == spark.Executor && w.moreTasks() != "":
		a.why = w.moreTasks()
	default:
		a.to = max(asked, m.Derived)
		a.why = fmt.Sprintf("%s needed %dMi of %dMi", w.worst(), needed, had)
	}
	return a
}

// pools decides about off-heap and Python memory by what runs used of them.
func (w *work) pools(m sizing.Pod) {
	if !w.ran() {
		return
	}
	if m.OffHeap > 0 {
		w.pool(m, spark.KeyOffHeapSize, m.OffHeap, "off-heap", func(r *evidence.Run) (had, used, holds int64, short string) {
			s := &r.Executor
			switch st := r.Stages.Spilled; {
			case s.Pod.OffHeap > 0 && r.Lost.Execution > 0:
				short = fmt.Sprintf("%s no execution memory, which is off the heap", count(r.Lost.Execution, "task got", "tasks got"))
			case st != nil && float64(s.OffHeap) >= fullPool*float64(s.OffHeapPool):
				short = fmt.Sprintf("tasks of stage %d spilled, and off-heap memory was full", st.ID)
			}
			if holds = s.OffHeap; holds > 0 { // samples may have missed what tasks took
				holds = max(holds, s.TasksX)
			}
			return s.Pod.OffHeap, s.OffHeap, holds, short
		})
	}
	if m.PySpark > 0 {
		w.pool(m, spark.KeyPySparkMemory, m.PySpark, "python", func(r *evidence.Run) (had, used, holds int64, short string) {
			s := &r.Executor
			switch {
			case r.Lost.Python > 0:
				short = fmt.Sprintf("%s with Python's MemoryError", count(r.Lost.Python, "task ended", "tasks ended"))
			case s.Python > 0 && float64(s.Python) >= nearLimit*float64(s.Pod.PySpark):
				short = fmt.Sprintf("Python took %dMi of %dMi", s.Python, s.Pod.PySpark)
			}
			return s.Pod.PySpark, s.Python, s.PythonSpace * max(r.Cores, 1), short
		})
	}
}

// pool decides about memory that is set for one purpose: what a run had of it, what it used, what it must hold, and why it was too little.
// The limit of Python is one of address space, which is larger than what it uses, and each worker may take a part of it by the cores:
// of all that was used one worker may have used all.
func (w *work) pool(m sizing.Pod, key string, now int64, name string, of func(*evidence.Run) (had, used, holds int64, short string)) {
	var most *answer
	var largest, peak int64
	known := true
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		had, used, holds, short := of(r)
		if had == 0 {
			continue
		}
		largest, peak = max(largest, had), max(peak, holds)
		known = known && (holds > 0 && r.Executor.Unseen == 0 || !r.Whole)
		if short == "" {
			continue
		}
		to := sizing.Up64(int64(math.Ceil(exhaustedBy * float64(had))))
		if most == nil || to > most.to {
			most = &answer{to: to, basis: name + "-short", confidence: High, why: short, evidence: fmt.Sprintf("peak %dMi of %dMi%s", used, had, w.from(r)), formula: fmt.Sprintf("1.5 × %dMi", had)}
		}
	}
	s := Setting{Role: spark.Executor, Name: key, Verdict: Keep}
	switch {
	case largest == 0:
		return
	case most != nil && most.to <= now:
		most.to, most.why = now, most.why+"; already raised since"
	case most != nil:
	case !known || peak == 0:
		most = &answer{to: now, basis: name + "-unused", confidence: Medium, why: unprovenHeap, formula: fmt.Sprintf("%dMi", now)}
	default:
		most = &answer{to: now, basis: name + "-unused", confidence: Medium, why: fmt.Sprintf("the runs needed at most %dMi of %dMi", peak, largest),
			evidence: fmt.Sprintf("peak %dMi of %dMi", peak, largest), formula: fmt.Sprintf("max(1.2 × %dMi, 0.75 × %dMi, 64Mi)", peak, largest)}
		least := max(sizing.Up64(int64(math.Ceil(max(aboveRSS*float64(peak), leastShrink*float64(largest))))), leastPool)
		if aboveRSS*float64(peak) < mostUsed*float64(largest) && least < now {
			switch most.to = least; {
			case !w.lowers():
				most.to, most.why = now, w.few("could be lower")
			case w.moreTasks() != "":
				most.to, most.why = now, w.moreTasks()
			}
		}
	}
	w.answered(&s, most, m, now)
	w.set(s)
}

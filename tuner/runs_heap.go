package tuner

import (
	"fmt"
	"math"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
)

// Thresholds of heaps, as shares: garbage collection in the run time of tasks, or in the driver's time; that of the old generation in
// the executors' time; what collection is brought down to; below what a heap may be too large; what live objects may need then.
const (
	muchGC     = .10
	muchOldGC  = .05
	wantedGC   = .05
	littleGC   = .02
	mostUsed   = .70
	fullPool   = .90
	gcRunLeast = 10_000 // ms of tasks' run time below which their collection says nothing
	leastHeap  = 1024   // MiB; nothing is lowered below
	// driverLeast is how many seconds a driver must run for its heap to be judged: it starts, and is sampled each ten seconds.
	driverLeast = 60
	aboveOOM    = 1.25 // of a heap that was exhausted: nothing is lowered below
	littleOwn   = .10  // of the tasks' time outside of SQL queries
	mostCost    = 1.05 // memory × time, of what it is now: a heap that costs more is a try
)

// heapByRuns is what runs ask of a role's heap; nil where they say nothing of it.
func (w *work) heapByRuns(role spark.Role, now int64) *answer {
	if a := w.heapUp(role, now); a != nil {
		return a
	}
	if !w.ran() {
		return nil
	}
	return w.heapDown(role, now)
}

// full: pods that are seen ended with a full heap.
func (w *work) full(role spark.Role) (most *answer) {
	for _, e := range w.in.Ended {
		if e.Role != role || e.Full == 0 || e.Heap == 0 || most != nil && most.to >= up(e.Heap*3/2) {
			continue
		}
		most = &answer{to: up(e.Heap * 3 / 2), basis: "heap-exhausted", confidence: High, why: "the heap was exhausted", formula: fmt.Sprintf("1.5 × %dMi", e.Heap),
			evidence: fmt.Sprintf("%s ended with exit code 52 or OutOfMemoryError, pod %s the last", count(int64(e.Full), "pod", "pods"), e.Pod)}
	}
	return most
}

// heapUp is the most that a run asks for.
func (w *work) heapUp(role spark.Role, now int64) (most *answer) {
	most = w.full(role)
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		for _, a := range []*answer{w.exhausted(role, r), w.collected(role, r), w.spilledHeap(role, r)} {
			if a != nil && (most == nil || a.to > most.to) {
				most = a
			}
		}
	}
	if most == nil {
		return nil
	}
	if most.to = sizing.Narrow(most.to); most.to <= now {
		most.to, most.confidence = now, Medium
		most.why = fmt.Sprintf("%s; %s is already enough by the formula", most.why, sizing.JavaSize(now))
	}
	return most
}

// exhausted: the live objects were as large as the heap.
func (w *work) exhausted(role spark.Role, r *evidence.Run) *answer {
	tasks := r.HeapTasks()
	if role != spark.Executor || r.Lost.Heap+tasks == 0 {
		return nil
	}
	s := side(r, role)
	factor := s.Factor()
	seen := fmt.Sprintf("%s with exit code 52, %s with OutOfMemoryError", count(r.Lost.Heap, "executor", "executors"), count(tasks, "task", "tasks"))
	return &answer{run: r, to: up(int64(math.Ceil(float64(s.Pod.Heap) * factor))), basis: "heap-exhausted", confidence: High, evidence: seen + w.from(r),
		why: "the heap was exhausted", formula: fmt.Sprintf("%.1f × %dMi = %.0fMi", factor, s.Pod.Heap, factor*float64(s.Pod.Heap))}
}

// collected: garbage collection took too much of the time.
func (w *work) collected(role spark.Role, r *evidence.Run) *answer {
	s := side(r, role)
	share, of := s.TaskGC, "of the tasks' run time"
	if role == spark.Driver {
		share, of = s.GCShare, "of the driver's time"
	}
	much := share > muchGC && (role == spark.Driver || r.Model.Totals.RunMillis >= gcRunLeast)
	old := s.OldShare > muchOldGC && s.Collector != "G1"
	if s.Concurrent() || !much && !old || s.Collector == "Serial" && w.serialIsSlow(role, s) {
		return nil // of a concurrent collector the time is no pause, and a serial one is replaced first
	}
	if role == spark.Driver && brief(role, r) {
		return nil // it is starting, and loads classes
	}
	heap, live, gc := s.Pod.Heap, s.Live(), max(share, s.OldShare)
	a := &answer{basis: "heap-gc", confidence: Medium, evidence: fmt.Sprintf("GC took %s %s, old generation %s%s", percent(share), of, percent(s.OldShare), w.from(r)),
		why: fmt.Sprintf("GC took %s %s", percent(share), of)}
	if live == 0 || live >= heap {
		a.to, a.formula = up(int64(math.Ceil(float64(heap)*s.Factor()))), fmt.Sprintf("%.1f × %dMi: live objects fill it", s.Factor(), heap)
		if live == 0 {
			a.formula = fmt.Sprintf("%.1f × %dMi: the peak of the heap was not sampled", s.Factor(), heap)
		}
	} else {
		model := float64(live) + float64(heap-live)*gc/wantedGC
		needed := max(model, float64(live)*s.Factor())
		a.to = up(int64(math.Ceil(min(max(needed, float64(heap)), mostGrowth*float64(heap)))))
		a.formula = fmt.Sprintf("live %dMi + (%d − %d) × %s / 5 %% = %.0fMi, at most 2 × %dMi", live, heap, live, percent(gc), model, heap)
	}
	if role == spark.Executor {
		a.run = r
		memory, time := float64(s.Pod.Total()-heap+a.to)/float64(s.Pod.Total()), gc-wantedGC
		if memory*(1-time) > mostCost && w.in.Objective != scaling.LessTime {
			a.verdict = Try
			a.why += fmt.Sprintf("; at most %s less time for %s more memory", percent(time), percent(memory-1))
		}
	}
	return a
}

// serialIsSlow says whether another collector would take less time than the serial one on the same heap: of a large one, and of a small one
// that it was not chosen for, though the JVM counts several processors.
func (w *work) serialIsSlow(role spark.Role, s *evidence.Side) bool {
	tokens, _ := w.tokens(role)
	name, _ := spark.CollectorOf(tokens) // "" where the JVM chooses
	return s.Pod.Heap >= sizing.ServerClassMiB || role == spark.Executor && name != "Serial" && s.TaskGC > wantedGC && w.countsSeveral(role, s.Pod.Cores)
}

// spilledHeap: tasks spilled though partitions were small, and the pool of execution and storage memory was full.
func (w *work) spilledHeap(role spark.Role, r *evidence.Run) *answer {
	st := r.Stages.Spilled
	if role != spark.Executor || st == nil || r.Executor.OffHeapPool > 0 || parted(r, st) {
		return nil
	}
	s := &r.Executor
	if evidence.MedianData(st) > evidence.LargeTask || s.Pool == 0 || float64(s.Unified) < fullPool*float64(s.Pool) {
		return nil // partitions come first, and a pool with room is not what made them spill
	}
	fraction := float64(spark.DefaultMemoryFraction)
	if f, set, err := r.Conf.Float(spark.KeyMemoryFraction); set && err == nil && f > 0 && f < 1 {
		fraction = f
	}
	need := float64(spark.ReservedMiB) + float64(r.Slots*r.Stages.Execution)/fraction
	heap := s.Pod.Heap
	if need <= float64(heap) {
		return nil
	}
	return &answer{run: r, to: up(int64(math.Ceil(min(need, mostGrowth*float64(heap))))), basis: "heap-spill", confidence: Medium,
		why:      fmt.Sprintf("tasks of stage %d spilled, and execution memory was full", st.ID),
		evidence: fmt.Sprintf("stage %d spilled %dMi of memory; peak %dMi of %dMi%s", st.ID, st.Totals.MemorySpillBytes>>20, s.Unified, s.Pool, w.from(r)),
		formula:  fmt.Sprintf("300 + %d tasks × %dMi / %g = %.0fMi, at most 2 × %dMi", r.Slots, r.Stages.Execution, fraction, need, heap)}
}

// heapDown is the least that the worst of the runs leaves; an answer that keeps the heap says why. The heap in use is no need, for it
// holds garbage: live objects are estimated, and of a driver the heap in use counts in full.
func (w *work) heapDown(role spark.Role, now int64) *answer {
	if role == spark.Executor && w.tmpfs() != "" {
		return w.keepHeap(now, "shuffle and spill files are in the pod's memory: the heap is not reduced", "")
	}
	for _, e := range w.in.Ended {
		if e.Role == role && e.OOMKilled > 0 {
			return w.keepHeap(now, "the kernel killed pods at their limit: the heap is not reduced", count(int64(e.OOMKilled), "pod was", "pods were")+" OOMKilled, pod "+e.Pod+" the last")
		}
	}
	var largest, live, oom, used int64
	var share, needed, own float64
	var worst *evidence.Run
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		s := side(r, role)
		if r.Lost.Heap+r.HeapTasks() > 0 && role == spark.Executor {
			oom = max(oom, int64(math.Ceil(aboveOOM*float64(s.Pod.Heap))))
		}
		largest = max(largest, s.Pod.Heap)
		if s.Concurrent() {
			return w.keepHeap(now, fmt.Sprintf("%sGC collects while tasks run: its time does not show whether less is enough", s.Collector), "")
		}
		switch short := brief(role, r); {
		case r.Whole && short && role == spark.Driver && s.Sampled:
			return w.keepHeap(now, "the driver ran for less than a minute: samples of it are few", w.from(r))
		case r.Whole && short && role == spark.Executor:
			return w.keepHeap(now, "tasks ran for less than 10 s: their GC time shows nothing", w.from(r))
		case r.Whole && !s.Sampled:
			return w.keepHeap(now, unprovenHeap, "")
		case r.Whole && s.Unseen > 0:
			return w.keepHeap(now, fmt.Sprintf("the heap of %s was not sampled", count(int64(s.Unseen), "executor", "executors")), w.from(r))
		case !s.Sampled:
			continue
		case role == spark.Executor && r.Lost.Killed > 0:
			return w.keepHeap(now, "the kernel killed executors: the heap is not reduced", w.from(r))
		case s.Killed() > 0:
			return w.keepHeap(now, fmt.Sprintf("the kernel killed processes of the %s: the heap is not reduced", role), s.PodWords()+w.from(r))
		}
		of, gc := s.Live(), s.TaskGC
		if role == spark.Driver {
			of, gc = s.Heap, s.GCShare
		}
		if role == spark.Executor && r.Stages.Own >= littleOwn && float64(s.Heap)*s.Factor() > own {
			used, own = s.Heap, float64(s.Heap)*s.Factor()
		}
		share = max(share, gc)
		heap := float64(s.Pod.Heap)
		if need := max(float64(of)*s.Factor(), float64(of)+(heap-float64(of))*gc/wantedGC); need > needed {
			needed, live, worst = need, of, r
		}
		if role == spark.Executor && r.Model.Totals.MemorySpillBytes > 0 {
			return w.keepHeap(now, "tasks spilled: the heap is not reduced", w.from(r))
		}
	}
	if worst == nil {
		return nil
	}
	seen := fmt.Sprintf("live objects %dMi, heap in use %dMi of %dMi, GC %s%s", live, side(worst, role).Heap, side(worst, role).Pod.Heap, percent(share), w.from(worst))
	if role == spark.Driver {
		seen = fmt.Sprintf("heap in use %dMi of %dMi, GC %s%s", live, side(worst, role).Pod.Heap, percent(share), w.from(worst))
	}
	if float64(now) < needed && now < largest {
		return &answer{to: sizing.Narrow(up(int64(math.Ceil(needed)))), basis: "heap-needed", confidence: Medium, evidence: seen,
			why: fmt.Sprintf("%s needed %.0fMi, with a heap of %dMi", w.worst(), needed, largest), formula: fmt.Sprintf("%.1f × live objects %dMi", side(worst, role).Factor(), live)}
	}
	if share >= littleGC && role == spark.Executor || needed >= mostUsed*float64(largest) {
		return w.keepHeap(now, "the runs needed it", seen)
	}
	if own >= mostUsed*float64(largest) {
		return w.keepHeap(now, fmt.Sprintf("tasks ran outside of SQL: of the %dMi of heap in use their own objects may be all", used), seen)
	}
	formula := fmt.Sprintf("max(%.1f × %dMi = %.0fMi", side(worst, role).Factor(), live, needed)
	if own > 0 {
		formula += fmt.Sprintf(", %.0fMi by the %dMi in use", own, used)
	}
	floor := max(up(int64(math.Ceil(max(needed, own, leastShrink*float64(largest))))), leastHeap, oom)
	to := sizing.Narrow(floor)
	a := &answer{to: min(to, now), basis: "heap-unused", confidence: Medium, evidence: seen,
		why:     fmt.Sprintf("%s needed %.0fMi of %dMi", w.worst(), needed, largest),
		formula: fmt.Sprintf("%s, 0.75 × %dMi, 1g)", formula, largest)}
	if to < floor && float64(sizing.NarrowHeap) < max(needed, own) {
		a.to = now
	}
	switch {
	case a.to >= now:
	case !w.lowers():
		a.to, a.why = now, w.few("could be lower")
	case role == spark.Executor && w.moreHeap() != "":
		a.to, a.why = now, w.moreHeap()
	}
	return a
}

// brief says that a run was too short to show what a role needs.
func brief(role spark.Role, r *evidence.Run) bool { return r.Brief(role, driverLeast, gcRunLeast) }

// keepHeap says why a heap stays.
func (w *work) keepHeap(now int64, why, seen string) *answer {
	return &answer{to: now, basis: "heap-unused", confidence: Medium, why: why, evidence: seen}
}

// worst names what an answer is the worst of.
func (w *work) worst() string {
	if n := len(w.runs.Runs); n > 1 {
		return fmt.Sprintf("the worst of %d runs", n)
	}
	return "the run"
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

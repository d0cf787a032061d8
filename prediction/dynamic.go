package prediction

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// allocation is how Spark adds and removes executors with the work (ExecutorAllocationManager). The number of executors that is
// predicted for is the bound of them, spark.dynamicAllocation.maxExecutors. Times are milliseconds.
//
//   - Tasks that wait for backlog let Spark ask for one executor; each sustained later for twice as many, up to what all tasks need.
//   - Once no task waits it begins with one again.
//   - An executor that has nothing to do for idle is removed, down to the least number. One that holds shuffle data stays.
//   - A request takes what it took in the run, in the median, and pods come in the batches of the allocator.
type allocation struct {
	least, initial           int
	backlog, sustained, idle float64
	// shuffle is the idle time of executors that hold shuffle data.
	shuffle float64
	ratio   float64 // executors asked for, by those that would run all tasks at once
	takes   float64
	// unseen says that the run asked for no executor, so that takes is an estimate.
	unseen bool
	added  []float64 // when the executors of the run came
}

// usualTakes is what a request takes where the run had none, in milliseconds, an estimate.
const usualTakes = 3000

// readDynamic reads the settings; without dynamic allocation there are none.
func (m *Model) readDynamic() {
	const prefix = "spark.dynamicAllocation."
	if !m.on(prefix + "enabled") {
		return
	}
	number := func(key string, unset int) int {
		n, err := strconv.Atoi(strings.TrimSpace(m.run.Spark[key]))
		if err != nil || n < 0 {
			return unset
		}
		return min(n, Most)
	}
	millis := func(key string, unset float64) float64 { return m.millis(key, time.Second, unset) }
	a := &allocation{least: number(prefix+"minExecutors", 0), ratio: 1, takes: usualTakes}
	a.initial = max(a.least, number(prefix+"initialExecutors", 0), number("spark.executor.instances", 0))
	a.backlog = max(millis(prefix+"schedulerBacklogTimeout", 1000), 100)
	a.sustained = max(millis(prefix+"sustainedSchedulerBacklogTimeout", a.backlog), 100)
	a.idle = millis(prefix+"executorIdleTimeout", 60_000)
	a.shuffle = max(millis(prefix+"shuffleTracking.timeout", math.Inf(1)), a.idle)
	if m.on("spark.shuffle.service.enabled") || strings.EqualFold(strings.TrimSpace(m.run.Spark[prefix+"shuffleTracking.enabled"]), "false") {
		a.shuffle = a.idle
	}
	if x, err := strconv.ParseFloat(strings.TrimSpace(m.run.Spark[prefix+"executorAllocationRatio"]), 64); err == nil && x > 0 && x <= 1 {
		a.ratio = x
	}
	for i := range m.run.Each {
		a.added = append(a.added, max(m.since(m.run.Each[i].Added), 0))
	}
	slices.Sort(a.added)
	m.dynamic = a
}

// calibrate finds what a request takes: when executors came in the run, less when the replay of the run asks for them.
func (m *Model) calibrate() {
	a := m.dynamic
	if a == nil {
		return
	}
	for range 2 {
		asked := m.replay(m.size(m.executors, m.cores)).asked
		var took []float64
		for i := 0; i < len(asked) && i+a.initial < len(a.added); i++ {
			took = append(took, max(a.added[i+a.initial]-asked[i], 0))
		}
		if a.unseen = len(took) == 0; !a.unseen {
			a.takes = min(median(took), 600_000)
		}
	}
}

// there is when the run had an executor, from a time on.
func (m *Model) there(at float64) float64 {
	if m.dynamic == nil || m.coresAt(at) > 0 {
		return max(at, m.arrivals[0])
	}
	if i, _ := slices.BinarySearch(m.dynamic.added, at); i < len(m.dynamic.added) {
		return m.dynamic.added[i]
	}
	return at
}

// worker is an executor of a replay.
type worker struct {
	came float64
	last float64 // when it has nothing to do any more
	gone float64 // when it was removed; infinite before
	// holds says that it holds shuffle data.
	holds bool
}

// asking is what the driver of a replay has asked for.
type asking struct {
	most   int
	target int
	add    int // executors that are asked for next
	coming int // executors that were asked for and have not come
	timer  int // numbers the timers, so that a stopped one is known
	runs   bool
	asked  []float64
}

// open lets the first executors come.
func (r *replay) open() {
	a := r.m.dynamic
	if a == nil {
		for i, at := range r.size.arrivals {
			r.workers = append(r.workers, worker{came: at, last: at, gone: math.Inf(1)})
			for core := range r.size.perExecutor {
				r.slots.all = append(r.slots.all, slot{at, int32(i), int32(core*len(r.size.arrivals) + i)})
			}
		}
		for i := len(r.slots.all)/2 - 1; i >= 0; i-- {
			r.slots.down(i)
		}
		return
	}
	r.asking = asking{most: r.size.executors, add: 1}
	r.asking.target = min(a.initial, r.asking.most)
	for i := range r.asking.target {
		at := r.m.ramp.asked(i) + r.m.ramp.beyond
		if i < len(a.added) {
			at = a.added[i]
		}
		r.events.push(event{at, executorComes, i})
		r.asking.coming++
	}
}

// come adds an executor.
func (r *replay) come() {
	at := int32(len(r.workers))
	r.workers = append(r.workers, worker{came: r.now, last: r.now, gone: math.Inf(1)})
	for core := range r.size.perExecutor {
		r.slots.push(slot{r.now, at, int32(core*r.size.executors) + at})
	}
	r.asking.coming--
}

// backlogged starts the timer after which more executors are asked for.
func (r *replay) backlogged() {
	if a := r.m.dynamic; a != nil && !r.asking.runs {
		r.asking.runs = true
		r.asking.timer++
		r.events.push(event{r.now + a.backlog, asksForExecutors, r.asking.timer})
	}
}

// drained stops it: no task waits.
func (r *replay) drained() {
	if a := r.m.dynamic; a != nil {
		r.asking.runs, r.asking.add = false, 1
		r.asking.target = min(max(r.needed(), a.least), r.asking.target)
	}
}

// needed is how many executors run all tasks at once.
func (r *replay) needed() int {
	tasks := int64(0)
	for _, w := range r.ready.all {
		tasks += r.stages[w.stage].count - r.stages[w.stage].next
	}
	for _, s := range r.slots.all {
		if s.free > r.now {
			tasks++
		}
	}
	return int(min(math.Ceil(float64(tasks)*r.m.dynamic.ratio/float64(r.size.perExecutor)), Most))
}

func (r *replay) alive() (n int) {
	for i := range r.workers {
		if math.IsInf(r.workers[i].gone, 1) {
			n++
		}
	}
	return n
}

// ask asks for more executors, and for twice as many the next time.
func (r *replay) ask(timer int) {
	a, q := r.m.dynamic, &r.asking
	if !q.runs || timer != q.timer {
		return
	}
	r.retire(r.now)
	alive := r.alive()
	if needed := r.needed(); needed < q.target {
		q.target, q.add = max(needed, a.least), 1
	} else {
		before := q.target
		q.target = min(max(q.target, alive)+q.add, needed)
		q.target = max(min(q.target, q.most), min(a.least, q.most))
		if q.target-before == q.add {
			q.add *= 2
		} else {
			q.add = 1
		}
	}
	if alive+q.coming == 0 {
		q.target = max(q.target, 1) // else it would wait forever
	}
	for i := range max(q.target-alive-q.coming, 0) {
		at := r.now + math.Floor(float64(i)/r.m.ramp.batch)*r.m.ramp.delay
		q.asked = append(q.asked, at)
		r.events.push(event{at + a.takes, executorComes, i})
		q.coming++
	}
	if alive+q.coming < q.most {
		r.events.push(event{r.now + a.sustained, asksForExecutors, q.timer})
	}
}

// retire removes the executors whose idle time has passed, the one that waited longest first.
func (r *replay) retire(now float64) {
	a := r.m.dynamic
	if a == nil {
		return
	}
	over := func(w *worker) float64 {
		if w.holds {
			return w.last + a.shuffle
		}
		return w.last + a.idle
	}
	var out []int
	alive := 0
	for i := range r.workers {
		w := &r.workers[i]
		if !math.IsInf(w.gone, 1) {
			continue
		}
		if alive++; over(w) <= now {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(i, j int) int {
		return cmp.Or(cmp.Compare(over(&r.workers[i]), over(&r.workers[j])), cmp.Compare(i, j))
	})
	out = out[:min(max(alive-min(a.least, r.asking.most), 0), len(out))]
	if len(out) == 0 {
		return
	}
	for _, i := range out {
		r.workers[i].gone = over(&r.workers[i])
	}
	r.slots.all = slices.DeleteFunc(r.slots.all, func(s slot) bool { return !math.IsInf(r.workers[s.executor].gone, 1) })
	for i := len(r.slots.all)/2 - 1; i >= 0; i-- {
		r.slots.down(i)
	}
}

// existed is the time for which the executors existed, all together.
func (r *replay) existed(end float64) (sum float64) {
	for i := range r.workers {
		sum += max(min(r.workers[i].gone, end)-r.workers[i].came, 0)
	}
	return sum
}

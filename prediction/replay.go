package prediction

import "github.com/kubectl-spark/kubectl-spark/eventlog/model"

// size is what a replay is made with.
type size struct {
	executors, cores int
	perExecutor      int       // tasks that an executor runs at once
	arrivals         []float64 // of the executors
	shift            float64   // of the first job, which waits for executors
	warm             int       // see excessOf
	fixed            bool      // stages with a task for each core of the run keep their number of tasks
	unlimited        bool      // every task has a core at once
}

// outcome is how a replay ends.
type outcome struct {
	end   float64
	busy  float64   // time of tasks
	alive float64   // time for which executors existed
	asked []float64 // when executors were asked for
}

// What happens at a time of a replay.
const (
	jobStarts = iota
	stageReady
	jobEnds
	executorComes
	asksForExecutors
)

type event struct {
	at   float64
	kind int
	of   int
}

type slot struct {
	free     float64
	executor int32
	order    int32
}

// replay runs the stages on the cores of a size. Tasks of the earliest job go first, as in Spark's FIFO scheduling.
type replay struct {
	m      *Model
	size   size
	now    float64
	events heap[event]
	slots  heap[slot]
	ready  heap[waiting]
	stages []replayed
	jobs   []replayedJob
	// group is the one that runs, left its jobs that have not ended, and groupEnd the latest end of the others.
	group    int
	left     int
	first    int // of its jobs, the first that may not have ended
	groupEnd float64
	busy     float64
	counts   [][]int32 // to be used again
	workers  []worker
	asking   asking
}

type replayed struct {
	wait    int // for its job and its parents
	from    float64
	next    int64 // task
	count   int64
	bundle  int64
	mean    float64 // of a stage with another number of tasks
	parts   []float64
	end     float64
	done    bool
	started []int32 // bundles by executor
}

type replayedJob struct {
	left    int // stages
	cores   int // of all executors when it started
	started bool
	ended   bool
	last    float64
	waiting []int // jobs that start after it
}

// waiting is a stage with tasks to launch, in the order of Spark's FIFO scheduling.
type waiting struct {
	job   int64
	order int
	stage int
}

func (a waiting) Before(b waiting) bool {
	if a.job != b.job {
		return a.job < b.job
	}
	return a.order < b.order
}

func (a event) Before(b event) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.kind != b.kind {
		return a.kind < b.kind
	}
	return a.of < b.of
}

func (a slot) Before(b slot) bool {
	if a.free != b.free {
		return a.free < b.free
	}
	return a.order < b.order
}

// replay runs a size.
func (m *Model) replay(s size) outcome {
	r := &replay{m: m, size: s, stages: make([]replayed, len(m.stages)), jobs: make([]replayedJob, len(m.jobs)), group: -1}
	for i := range m.stages {
		r.stages[i] = replayed{wait: 1 + len(m.stages[i].parents), count: m.stages[i].count}
	}
	r.open()
	for i := range m.jobs {
		r.jobs[i].left = len(m.jobs[i].stages)
		if after := m.jobs[i].after; after >= 0 {
			r.jobs[after].waiting = append(r.jobs[after].waiting, i)
		}
	}
	r.run()
	end := r.groupEnd + m.tail
	r.retire(end)
	return outcome{end, r.busy, r.existed(end), r.asking.asked}
}

// Tasks of a stage with very many of them run in bundles, at least that many.
const (
	leastBundles   = 2000
	bundlesBySlots = 32
)

func (r *replay) run() {
	r.nextGroup(0)
	for r.group < len(r.m.groups) {
		for len(r.ready.all) > 0 && len(r.slots.all) > 0 && r.slots.all[0].free <= r.now {
			r.launch()
		}
		switch {
		case len(r.ready.all) > 0 && len(r.slots.all) > 0 && (len(r.events.all) == 0 || r.slots.all[0].free < r.events.all[0].at):
			r.now = r.slots.all[0].free
		case len(r.events.all) > 0:
			e := r.events.pop()
			r.now = max(r.now, e.at)
			r.happen(e)
		case len(r.ready.all) > 0: // nothing was asked for
			r.asking.runs = false
			r.backlogged()
		default:
			r.free()
		}
	}
}

// nextGroup schedules the jobs of the next group, after the time in which no job runs.
func (r *replay) nextGroup(end float64) {
	r.group++
	r.groupEnd, r.first = end, 0
	if r.group == len(r.m.groups) {
		return
	}
	g := &r.m.groups[r.group]
	r.left = len(g.jobs)
	start := end + g.gap
	if r.group == 0 {
		start = max(start+r.size.shift, 0)
	}
	for _, j := range g.jobs {
		if job := &r.m.jobs[j]; job.after < 0 {
			r.events.push(event{start + job.delay, jobStarts, j})
		}
	}
}

func (r *replay) happen(e event) {
	switch e.kind {
	case jobStarts:
		r.startJob(e.of)
	case stageReady:
		r.begin(e.of)
	case jobEnds:
		r.endJob(e.of, e.at)
	case executorComes:
		r.come()
	case asksForExecutors:
		r.ask(e.of)
	}
}

func (r *replay) startJob(j int) {
	if r.jobs[j].started {
		return
	}
	job := &r.m.jobs[j]
	r.jobs[j].started = true
	r.retire(r.now)
	r.jobs[j].cores = r.cores()
	r.jobs[j].last = max(r.jobs[j].last, r.now)
	if len(job.stages) == 0 {
		r.events.push(event{r.now + job.completed - job.submitted, jobEnds, j})
	}
	for _, st := range job.stages {
		r.advance(st, r.now)
	}
}

// advance notes that something a stage waits for has ended.
func (r *replay) advance(st int, at float64) {
	one := &r.stages[st]
	one.from = max(one.from, at)
	if one.wait--; one.wait == 0 {
		r.events.push(event{max(one.from+r.m.stages[st].delay, r.now), stageReady, st})
	}
}

// begin makes the tasks of a stage ready.
func (r *replay) begin(st int) {
	one := &r.stages[st]
	if one.done || one.started != nil {
		return
	}
	if r.size.unlimited {
		one.done = true
		one.end = max(r.now, r.size.arrivals[0]) + r.m.longestTask(&r.m.stages[st])
		r.finish(st)
		return
	}
	r.retire(r.now)
	r.divide(&r.m.stages[st], one)
	if n := len(r.counts); n > 0 {
		one.started, r.counts = r.counts[n-1], r.counts[:n-1]
		clear(one.started)
	} else {
		one.started = make([]int32, len(r.workers))
	}
	r.ready.push(waiting{r.m.jobs[r.m.stages[st].job].id, st, st})
	r.backlogged()
}

// divide gives a stage its number of tasks.
func (r *replay) divide(st *stage, one *replayed) {
	switch {
	case st.split.follows == coalesced:
		one.count = r.m.tasksAt(st, r.cores())
	case st.split.follows == byDefault && !r.size.fixed:
		one.count = r.m.tasksAt(st, r.jobs[st.job].cores)
	}
	if one.count != st.count {
		one.parts, one.mean = st.parts(one.count, r.size.warm)
	}
	one.bundle = max(one.count/int64(max(leastBundles, bundlesBySlots*r.size.executors*r.size.perExecutor)), 1)
}

// cores are those of all executors; with dynamic allocation of those that are there.
func (r *replay) cores() int {
	if r.m.dynamic == nil {
		return r.size.executors * r.size.cores
	}
	return r.alive() * r.size.cores
}

// launch runs the next task on the slot that was free first.
func (r *replay) launch() {
	at := r.ready.all[0].stage
	st, one := &r.m.stages[at], &r.stages[at]
	free := &r.slots.all[0]
	if more := int(free.executor) + 1 - len(one.started); more > 0 {
		one.started = append(one.started, make([]int32, more)...)
	}
	took, warmUp := 0.0, 0.0
	tasks := min(one.bundle, one.count-one.next)
	before := int64(one.started[free.executor]) / int64(r.size.perExecutor) * one.bundle // tasks that the core has run
	one.started[free.executor]++
	for i := range tasks {
		took += r.base(st, one)
		one.next++
		if wave := before + i; wave < model.Later {
			warmUp += st.excessOf(int(wave), r.size.warm)
		}
	}
	took += warmUp
	r.busy += took
	one.end = max(one.end, r.now+took+float64(tasks-1)*max(st.gap, 0))
	free.free = r.now + max(took+float64(tasks)*st.gap, 1)
	by := &r.workers[free.executor]
	by.last, by.holds = max(by.last, free.free), by.holds || st.split.writes
	r.slots.down(0)
	if one.next == one.count {
		r.ready.pop()
		if len(r.ready.all) == 0 {
			r.drained()
		}
		r.counts = append(r.counts, one.started)
		one.done = true
		r.finish(at)
	}
}

// base is the next task of a stage.
func (r *replay) base(st *stage, one *replayed) float64 {
	switch {
	case one.count == st.count:
		return st.base(one.next, r.size.warm)
	case one.parts != nil:
		return one.parts[one.next]
	}
	return one.mean
}

// finish tells those who wait for a stage when its last task ends.
func (r *replay) finish(st int) {
	one := &r.stages[st]
	for _, child := range r.m.stages[st].children {
		r.advance(child, one.end)
	}
	j := r.m.stages[st].job
	job := &r.jobs[j]
	job.last = max(job.last, one.end)
	if job.left--; job.left == 0 {
		r.events.push(event{max(job.last+r.m.jobs[j].tail, r.now), jobEnds, j})
	}
}

func (r *replay) endJob(j int, at float64) {
	job := &r.jobs[j]
	if job.ended {
		return
	}
	job.ended = true
	for _, next := range job.waiting {
		r.events.push(event{at + r.m.jobs[next].delay, jobStarts, next})
	}
	r.groupEnd = max(r.groupEnd, at)
	if r.left--; r.left == 0 {
		r.nextGroup(r.groupEnd)
	}
}

// free ends a wait that nothing else ends: of a log whose events contradict each other.
func (r *replay) free() {
	for jobs := r.m.groups[r.group].jobs; r.first < len(jobs); {
		j := jobs[r.first]
		job := &r.jobs[j]
		if job.ended {
			r.first++
			continue
		}
		if !job.started {
			r.startJob(j)
			return
		}
		for _, st := range r.m.jobs[j].stages {
			if one := &r.stages[st]; !one.done && one.started == nil {
				r.begin(st)
				return
			}
		}
		r.endJob(j, r.now)
		return
	}
	r.nextGroup(r.now)
}

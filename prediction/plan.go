package prediction

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Model is a run, taken apart so that it can be replayed. Times are milliseconds since the application's start.
type Model struct {
	run    *model.Run
	stages []stage
	jobs   []job
	groups []group
	// arrivals are when the executors came, in order. Of one that took the place of another only the first counts.
	arrivals []float64
	// executors are those of the run at once.
	executors int
	cores     int     // of an executor
	taskCPUs  float64 // cores that a task takes
	end       float64
	// tail is the time from the last job's end to the application's.
	tail float64
	ramp ramp
	// dynamic is how executors come and go with the work; nil where they stay.
	dynamic  *allocation
	coalesce coalescing
	memory   memory
	cpu      memory
	repeats  repeats
	limits   []limit
	lost     int     // executors
	sizes    int     // of executors, that differ
	work     float64 // time of all tasks without warm-up
	// error is how far the replay of the run itself is off, as a share.
	error float64
}

// job is one job; stages are positions in the model.
type job struct {
	id                   int64
	submitted, completed float64
	stages               []int
	// after is the job of the group that it waits for, or -1; delay is from that one's end, or from the group's start.
	after int
	delay float64
	// tail is from the last task's finish to the job's end. It is negative where the job did not wait for all tasks.
	tail float64
	sql  bool
}

// group is jobs that overlap. gap is the time before it in which no job ran.
type group struct {
	jobs []int
	gap  float64
}

// New takes a run apart. The error is *Insufficient where it has nothing to replay.
func New(run *model.Run) (*Model, error) {
	if err := enough(run); err != nil {
		return nil, err
	}
	m := &Model{run: run, end: run.Seconds * 1000}
	m.readDynamic()
	m.readExecutors()
	stages := m.readStages()
	if len(m.stages) == 0 {
		return nil, &Insufficient{"no time of a task is in the log"}
	}
	m.readJobs()
	m.group()
	m.link()
	m.delays()
	m.readCosts()
	m.warmUp()
	m.readPartitions(stages)
	for i := range m.stages {
		m.work += m.stages[i].total(0)
	}
	m.calibrate()
	if own := m.replay(m.size(m.executors, m.cores)).end; m.end > 0 {
		m.error = own/m.end - 1
	}
	m.findLimits()
	return m, nil
}

// enough says why a run cannot be predicted from.
func enough(run *model.Run) error {
	tasks := run.Tasks.Succeeded + run.Tasks.Failed + run.Tasks.Killed
	switch {
	case run.Application.Ended.IsZero():
		return &Insufficient{"the log ends before the application did; give the log of a run that ended"}
	case tasks == 0:
		return &Insufficient{"no task ran; give the log of a run with jobs"}
	case run.Application.Local:
		return &Insufficient{"the driver ran the tasks (local mode); give the log of a run with executors"}
	case slices.ContainsFunc(run.Jobs, func(j model.Job) bool { return j.Streams }):
		return &Insufficient{"a stream was read: its time is that of its input, and not of its executors"}
	case run.Seconds <= 0:
		return &Insufficient{"the application ends before it starts: the clock of its node changed"}
	case slices.ContainsFunc(run.Stages, func(st model.Stage) bool { return st.Barrier }):
		return &Insufficient{"a stage in barrier mode ran: its tasks start all at once, and with fewer cores than tasks it fails"}
	case slices.ContainsFunc(run.Each, func(ex model.Executor) bool { return ex.Profile != run.Each[0].Profile }):
		return &Insufficient{"executors of several resource profiles ran: each runs the tasks of one profile only"}
	case len(run.Jobs) > 0 && run.Jobs[0].ID > 0 && !slices.ContainsFunc(run.Jobs, func(j model.Job) bool { return j.ID == 0 }):
		return &Insufficient{"the jobs before job " + strconv.FormatInt(run.Jobs[0].ID, 10) + " are not in the log: it was compacted; set spark.history.fs.eventLog.rolling.maxFilesToRetain higher"}
	}
	return nil
}

// since is a time as milliseconds from the application's start; negative where there is none.
func (m *Model) since(t time.Time) float64 {
	if t.IsZero() {
		return -1
	}
	return clamp(float64(t.Sub(m.run.Application.Started).Milliseconds()))
}

// clamp keeps times where sums of them are exact.
func clamp(millis float64) float64 { return min(max(millis, 0), 1e13) }

// readStages takes the stages that ran tasks, in the order in which they began.
func (m *Model) readStages() map[[2]int64]*model.Stage {
	of := map[[2]int64]*model.Stage{}
	all := m.once()
	for i := range all {
		st := &all[i]
		of[[2]int64{st.ID, st.Attempt}] = st
		if w := &st.Work; w.Count > 0 && len(w.Tasks)+len(w.Longest) > 0 {
			m.stages = append(m.stages, newStage(st, m.since(st.Submitted)))
		}
	}
	slices.SortFunc(m.stages, func(a, b stage) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.id, b.id), cmp.Compare(a.attempt, b.attempt))
	})
	return of
}

// readJobs takes the jobs, and gives each stage to the one in whose time it ran. A stage without a job is one itself.
func (m *Model) readJobs() {
	of := map[int64][]int{}
	for i := range m.run.Jobs {
		j := &m.run.Jobs[i]
		one := job{id: j.ID, submitted: m.since(j.Submitted), completed: m.since(j.Completed), after: -1, sql: j.Query != nil}
		for _, id := range j.Stages {
			of[id] = append(of[id], len(m.jobs))
		}
		m.jobs = append(m.jobs, one)
	}
	for i := range m.stages {
		st := &m.stages[i]
		st.job = -1
		for _, j := range of[st.id] {
			if st.job < 0 || m.jobs[j].submitted <= st.first && m.jobs[j].completed >= st.first && m.jobs[st.job].completed < st.first {
				st.job = j
			}
		}
		if st.job < 0 {
			st.job = len(m.jobs)
			m.jobs = append(m.jobs, job{id: math.MaxInt64, submitted: cmp.Or(max(st.submitted, 0), st.first), completed: st.last, after: -1})
		}
		m.jobs[st.job].stages = append(m.jobs[st.job].stages, i)
	}
	for i := range m.jobs {
		j := &m.jobs[i]
		first, last := math.Inf(1), -1.0
		for _, st := range j.stages {
			first, last = min(first, m.stages[st].first), max(last, m.stages[st].last)
		}
		if len(j.stages) > 0 && (j.submitted < 0 || j.submitted > first) {
			j.submitted = first
		}
		if j.completed < 0 {
			j.completed = last
		}
		j.submitted = max(j.submitted, 0)
		j.completed = max(j.completed, j.submitted)
		if j.tail = j.completed - last; len(j.stages) == 0 {
			j.tail = 0
		}
	}
}

// group puts jobs that overlap together, and finds what each waits for.
func (m *Model) group() {
	order := make([]int, len(m.jobs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(m.jobs[a].submitted, m.jobs[b].submitted), cmp.Compare(m.jobs[a].id, m.jobs[b].id), cmp.Compare(a, b))
	})
	end := 0.0
	for _, i := range order {
		j := &m.jobs[i]
		if len(m.groups) == 0 || j.submitted >= end {
			m.groups = append(m.groups, group{gap: j.submitted - end})
		}
		g := &m.groups[len(m.groups)-1]
		start := j.submitted
		if len(g.jobs) > 0 {
			start = m.jobs[g.jobs[0]].submitted
		}
		j.delay = j.submitted - start
		for _, other := range g.jobs[max(len(g.jobs)-mostWaited, 0):] {
			o := &m.jobs[other]
			if o.completed <= j.submitted && (j.after < 0 || o.completed > m.jobs[j.after].completed) {
				j.after, j.delay = other, j.submitted-o.completed
			}
		}
		g.jobs = append(g.jobs, i)
		end = max(end, j.completed)
	}
	m.tail = max(m.end-end, 0)
}

// mostWaited is how many jobs of a group are looked at for the one that a job waits for.
const mostWaited = 1000

// link finds what each stage waits for: its parents, and an earlier attempt of itself. They had ended when it began, and none is in
// a later group.
func (m *Model) link() {
	in := make([]int, len(m.jobs))
	for g := range m.groups {
		for _, j := range m.groups[g].jobs {
			in[j] = g
		}
	}
	of := map[int64][]int{}
	for i := range m.stages {
		st := &m.stages[i]
		for _, id := range append(slices.Clone(st.ids), st.id) {
			all := of[id]
			for _, parent := range all[max(len(all)-mostAttempts, 0):] {
				p := &m.stages[parent]
				if p.last <= st.first+early && in[p.job] <= in[st.job] && !slices.Contains(st.parents, parent) {
					st.parents = append(st.parents, parent)
					p.children = append(p.children, i)
				}
			}
		}
		of[st.id] = append(of[st.id], i)
	}
}

const (
	mostAttempts = 8
	// early is how much before its parent's last finish a stage may begin: the driver notes a finish after the fact. Milliseconds.
	early = 250
)

// delays finds each stage's own delay: from the end of what it waits for to its submission, and from there to its first launch. Where
// an earlier stage still ran, it may have waited for a core; its second delay is then at most twice the usual one.
func (m *Model) delays() {
	var alone []float64
	queued := make([]bool, len(m.stages))
	waits := make([]float64, len(m.stages))
	running := -1.0 // until when a stage that began before has tasks
	for i := range m.stages {
		st := &m.stages[i]
		ready := m.jobs[st.job].submitted
		for _, p := range st.parents {
			ready = max(ready, m.stages[p].last)
		}
		submitted := st.submitted
		if submitted < 0 || submitted > st.first {
			submitted = min(ready, st.first)
		}
		st.delay = max(submitted-ready, 0)
		waits[i] = max(st.first-m.there(max(submitted, ready)), 0)
		if queued[i] = running > submitted; !queued[i] {
			alone = append(alone, waits[i])
		}
		running = max(running, st.last)
	}
	usual := 50.0
	if len(alone) > 0 {
		usual = median(alone)
	}
	for i := range m.stages {
		if queued[i] {
			waits[i] = min(waits[i], 2*usual)
		}
		m.stages[i].delay += waits[i]
		if m.stages[i].attempt > 0 && m.repeats.attempts > 0 { // it waited for work that is left out
			m.stages[i].delay = min(m.stages[i].delay, 2*usual)
		}
	}
}

// median sorts.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}

package prediction

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// program is an application for the cluster below: its steps run one after the other, the jobs of a step at once.
type program struct {
	start, tail int // milliseconds from the registration of executors to the first step, and after the last one
	steps       []step
	cores       int // of an executor
	noise       float64
	properties  string // more of them, as JSON
	losses      []simLoss
	dynamic     *simDynamic
	slow        int // each task of such a multiple takes eight times as long, and its copy does not
}

type step struct {
	gap  int // before it
	jobs []simJob
}

type simJob struct {
	delay  int // after the step's start
	sql    bool
	stages []simStage
}

type simStage struct {
	parents []int // of the same job
	base    []float64
	warm    float64 // what a core's first task takes above
	kib     []int64
	work    float64 // of a stage whose tasks follow the cores
	read    int64   // bytes that it reads of a shuffle, of which adaptive execution makes the tasks
}

// even are n tasks of one size.
func even(n int, millis float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = millis
	}
	return all
}

// skewed has one task that takes a multiple of the others.
func skewed(n int, millis, by float64) []float64 {
	all := even(n, millis)
	all[n/3] *= by
	return all
}

const simStart = 1_760_000_000_000

type simSlot struct {
	executor, free int
}

type simRunning struct {
	stage    *simStageState
	index    int
	executor int
	launched int
	finish   int
	copied   bool // a copy of it runs
	copy     bool
}

type simStageState struct {
	simStage
	id, job, next, left int
	submitted           int
	done                bool
	ran                 map[int]int // tasks by executor
	again               []int       // tasks that run again
	ended               []simRunning
}

// cluster runs a program, a millisecond at a time, and writes what Spark would log. It shares nothing with the replay.
type cluster struct {
	t       testing.TB
	random  *rand.Rand
	program program
	lines   []string
	now     int
	slots   []simSlot
	running []simRunning
	stages  []*simStageState

	executors []simExecutor
	pods      []int // when those that were asked for come
	manager   simManager
}

func (c *cluster) log(format string, args ...any) {
	c.lines = append(c.lines, fmt.Sprintf(format, args...))
}

// run is the log of a program on some executors.
func (p program) run(t testing.TB, executors int, seed uint64) []string {
	c := &cluster{t: t, random: rand.New(rand.NewPCG(seed, uint64(executors))), program: p}
	c.log(`{"Event":"SparkListenerLogStart","Spark Version":"3.5.9"}`)
	c.log(`{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{},"Spark Properties":{"spark.executor.memory":"1g","spark.executor.cores":"%d","spark.master":"k8s://x","spark.submit.deployMode":"cluster"%s},"Hadoop Properties":{},"System Properties":{}}`, p.cores, p.properties)
	c.log(`{"Event":"SparkListenerApplicationStart","App Name":"sim","App ID":"spark-sim","Timestamp":%d,"User":"u"}`, simStart)
	c.arrive(executors)
	c.pass(p.start)
	first := 0
	for _, s := range p.steps {
		c.pass(s.gap)
		first = c.step(s, first)
	}
	c.pass(p.tail)
	c.log(`{"Event":"SparkListenerApplicationEnd","Timestamp":%d}`, simStart+c.now)
	return c.lines
}

// step runs the jobs of a step to their end, and gives the next job's number.
func (c *cluster) step(s step, first int) int {
	began := c.now
	starts, ends, left := map[int]int{}, map[int]int{}, len(s.jobs)
	c.stages = nil
	for i, j := range s.jobs {
		starts[i] = began + j.delay
	}
	for ; left > 0; c.now++ {
		c.tick()
		if c.now > began+3_600_000 {
			c.t.Fatal("the program does not end")
		}
		for i, j := range s.jobs {
			if at, waits := starts[i]; waits && at <= c.now {
				delete(starts, i)
				c.submit(first+i, j)
			}
		}
		c.finish()
		for i := range s.jobs {
			job := first + i
			if at, over := ends[i]; over {
				if at == c.now {
					left--
					c.log(`{"Event":"SparkListenerJobEnd","Job ID":%d,"Completion Time":%d,"Job Result":{"Result":"JobSucceeded"}}`, job, simStart+c.now)
				}
			} else if _, waits := starts[i]; !waits && c.over(job) {
				ends[i] = c.now + 15
			}
		}
		c.launch()
	}
	return first + len(s.jobs)
}

func (c *cluster) over(job int) bool {
	for _, st := range c.stages {
		if st.job == job && !st.done {
			return false
		}
	}
	return true
}

func (c *cluster) submit(job int, j simJob) {
	ids := ""
	for i, st := range j.stages {
		if st.work > 0 && st.read == 0 {
			st.base = c.byDefault(st.work)
		}
		c.stages = append(c.stages, &simStageState{simStage: st, id: job*100 + i, job: job, left: len(st.base), submitted: -1, ran: map[int]int{}})
		if i > 0 {
			ids += ","
		}
		ids += fmt.Sprint(job*100 + i)
	}
	c.log(`{"Event":"SparkListenerJobStart","Job ID":%d,"Submission Time":%d,"Stage Infos":[],"Stage IDs":[%s],"Properties":{%s}}`, job, simStart+c.now, ids, map[bool]string{true: `"spark.sql.execution.id":"7"`}[j.sql])
}

func (c *cluster) finish() {
	var over, running []simRunning
	for _, r := range c.running {
		if r.finish > c.now {
			running = append(running, r)
		} else {
			over = append(over, r)
		}
	}
	c.running = running
	for _, r := range over {
		st := r.stage
		if slices.ContainsFunc(st.ended, func(other simRunning) bool { return other.index == r.index }) {
			c.taskEnd(r, killedForCopy, r.finish) // both ended in the same millisecond
			continue
		}
		c.taskEnd(r, `{"Reason":"Success"}`, r.finish)
		st.ended = append(st.ended, r)
		c.killOther(r)
		if st.left--; st.left == 0 {
			st.done = true
			c.log(`{"Event":"SparkListenerStageCompleted","Stage Info":%s,"Completion Time":%d,"Accumulables":[],"Resource Profile Id":0}}`, c.info(st), simStart+c.now)
		}
	}
}

func (c *cluster) info(st *simStageState) string {
	parents := ""
	for i, p := range st.parents {
		if i > 0 {
			parents += ","
		}
		parents += fmt.Sprint(st.job*100 + p)
	}
	return fmt.Sprintf(`{"Stage ID":%d,"Stage Attempt ID":0,"Stage Name":"s","Number of Tasks":%d,"RDD Info":[],"Parent IDs":[%s],"Details":"","Submission Time":%d`, st.id, len(st.base), parents, simStart+st.submitted)
}

// launch submits stages whose parents have ended, and gives their tasks to free slots, the earliest job first.
func (c *cluster) launch() {
	for _, st := range c.stages {
		if st.submitted < 0 {
			ready := true
			for _, other := range c.stages {
				for _, p := range st.parents {
					ready = ready && (other.id != st.job*100+p || other.done)
				}
			}
			if ready {
				st.submitted = c.now + 8
				if st.read > 0 {
					st.base, st.kib = c.coalesced(st.read, st.work)
					st.left = len(st.base)
				}
				c.manager.backlogged(c.now)
				c.log(`{"Event":"SparkListenerStageSubmitted","Stage Info":%s,"Accumulables":[],"Resource Profile Id":0},"Properties":{}}`, c.info(st))
			}
		}
	}
	c.copySlow()
	for _, st := range c.stages {
		for st.submitted >= 0 && c.now >= st.submitted+25 && (st.next < len(st.base) || len(st.again) > 0) {
			free := -1
			for i := range c.slots {
				if c.slots[i].free <= c.now && (free < 0 || c.slots[i].free < c.slots[free].free) {
					free = i
				}
			}
			if free < 0 {
				return
			}
			c.start(st, &c.slots[free])
		}
	}
}

// start runs a task: on a core that has run k tasks of the stage it takes warm * 0.15^k longer.
func (c *cluster) start(st *simStageState, slot *simSlot) {
	index := st.next
	if n := len(st.again); n > 0 {
		index, st.again = st.again[n-1], st.again[:n-1]
	} else {
		st.next++
	}
	took := st.base[index] * math.Exp(c.program.noise*c.random.NormFloat64())
	if n := c.program.slow; n > 0 && index%n == n-1 {
		took *= 8
	}
	c.begin(simRunning{stage: st, index: index}, took, slot)
}

// begin starts an attempt of a task that takes some time on a warm core.
func (c *cluster) begin(r simRunning, took float64, slot *simSlot) {
	wave := r.stage.ran[slot.executor] / c.program.cores
	r.stage.ran[slot.executor]++
	took += r.stage.warm * math.Pow(.15, float64(wave)) * math.Exp(c.program.noise*c.random.NormFloat64())
	r.executor, r.launched, r.finish = slot.executor, c.now, c.now+max(int(took), 1)
	c.running = append(c.running, r)
	slot.free = max(r.finish-12, c.now+1)
}

// recorded is the run of a log.
func recorded(t testing.TB, lines []string) *model.Run {
	t.Helper()
	r := model.NewRecorder()
	for _, line := range lines {
		if err := r.Record([]byte(line)); err != nil && !errors.As(err, new(*model.NumberError)) { // such an event is not counted
			t.Fatalf("%v: %s", err, line)
		}
	}
	run := r.Run()
	return &run
}

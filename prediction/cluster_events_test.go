package prediction

import "slices"

// What happens to executors in the cluster of cluster_test.go: they come, are lost, and are added and removed by a manager that does
// every 100 ms what the documentation of dynamic allocation says.

type simExecutor struct {
	came, idle int // idle is since when it has no task
	gone       bool
	shuffle    bool
}

// simLoss is an executor that is killed, with what it ran and wrote; another one comes for it.
type simLoss struct{ at, executor int }

type simDynamic struct{ least, initial, idle int }

// simManager asks for executors.
type simManager struct {
	target, add, timer int
	most               int
	began              bool
}

func (m *simManager) backlogged(now int) {
	m.began = true
	if m.timer < 0 {
		m.timer = now + 1000
	}
}

const (
	killedForCopy = `{"Reason":"TaskKilled","Kill Reason":"another attempt succeeded"}`
	lostWithIt    = `{"Reason":"ExecutorLostFailure","Executor ID":"1","Exit Caused By App":true,"Loss Reason":"exited with exit code 137"}`
)

// arrive lets the first executors come, all that there will be or those that dynamic allocation begins with.
func (c *cluster) arrive(executors int) {
	c.manager = simManager{add: 1, timer: -1, most: executors}
	if d := c.program.dynamic; d != nil {
		executors = min(d.initial, executors)
		c.manager.target = executors
	}
	came := make([]int, executors)
	for e := range came {
		came[e] = 2000 + c.random.IntN(2000)
	}
	slices.Sort(came)
	for _, at := range came {
		c.add(at)
	}
	c.now = 2000
	if executors > 0 {
		c.now = came[(executors*4+4)/5-1] // Spark waits for 80 % of the executors
	}
}

func (c *cluster) add(at int) {
	e := len(c.executors)
	c.executors = append(c.executors, simExecutor{came: at, idle: at})
	c.log(`{"Event":"SparkListenerExecutorAdded","Timestamp":%d,"Executor ID":"%d","Executor Info":{"Host":"h","Total Cores":%d,"Log Urls":{},"Attributes":{},"Resources":{},"Resource Profile Id":0}}`, simStart+at, e+1, c.program.cores)
	for range c.program.cores {
		c.slots = append(c.slots, simSlot{e, at})
	}
}

// pass lets time pass in which no job runs.
func (c *cluster) pass(millis int) {
	for until := c.now + millis; c.now < until; c.now++ {
		c.tick()
	}
}

func (c *cluster) tick() {
	for len(c.pods) > 0 && c.pods[0] <= c.now {
		c.pods = c.pods[1:]
		c.add(c.now)
	}
	for _, l := range c.program.losses {
		if l.at == c.now {
			c.lose(l.executor)
		}
	}
	busy := map[int]bool{}
	for _, r := range c.running {
		busy[r.executor] = true
		c.executors[r.executor].shuffle = c.executors[r.executor].shuffle || c.hasChild(r.stage)
	}
	for e := range c.executors {
		if busy[e] {
			c.executors[e].idle = c.now
		}
	}
	if c.program.dynamic != nil && c.now%100 == 0 {
		c.manage()
	}
}

func (c *cluster) hasChild(st *simStageState) bool {
	for _, other := range c.stages {
		if other.job == st.job && slices.Contains(other.parents, st.id-st.job*100) {
			return true
		}
	}
	return false
}

func (c *cluster) alive() (n int) {
	for _, ex := range c.executors {
		if !ex.gone && ex.came <= c.now {
			n++
		}
	}
	return n
}

func (c *cluster) manage() {
	m := &c.manager
	pending := 0
	for _, st := range c.stages {
		if st.submitted >= 0 {
			pending += len(st.base) - st.next + len(st.again)
		}
	}
	needed := (pending + len(c.running) + c.program.cores - 1) / c.program.cores
	if pending == 0 {
		m.timer, m.add = -1, 1
	}
	switch {
	case !m.began:
	case needed < m.target:
		m.target, m.add = max(needed, c.program.dynamic.least), 1
	case m.timer >= 0 && c.now >= m.timer:
		before := m.target
		m.target = min(max(m.target, c.alive())+m.add, needed)
		m.target = max(min(m.target, m.most), c.program.dynamic.least)
		if m.target-before == m.add {
			m.add *= 2
		} else {
			m.add = 1
		}
		m.timer = c.now + 1000
	}
	for i, n := 0, m.target-c.alive()-len(c.pods); i < n; i++ {
		c.pods = append(c.pods, c.now+2500+c.random.IntN(1000)+i/5*1000)
	}
	slices.Sort(c.pods)
	for e := range c.executors {
		ex := &c.executors[e]
		if !ex.gone && !ex.shuffle && c.now-ex.idle >= c.program.dynamic.idle && c.alive() > max(c.program.dynamic.least, m.target) {
			c.remove(e, "Executor killed by driver.")
		}
	}
}

func (c *cluster) remove(e int, why string) {
	c.executors[e].gone = true
	c.slots = slices.DeleteFunc(c.slots, func(s simSlot) bool { return s.executor == e })
	c.log(`{"Event":"SparkListenerExecutorRemoved","Timestamp":%d,"Executor ID":"%d","Removed Reason":"%s"}`, simStart+c.now, e+1, why)
}

// lose kills an executor: what it runs fails, and what it wrote for a stage that still runs is written again.
func (c *cluster) lose(e int) {
	var running []simRunning
	for _, r := range c.running {
		if r.executor != e {
			running = append(running, r)
			continue
		}
		c.taskEnd(r, lostWithIt, c.now)
		r.stage.again = append(r.stage.again, r.index)
	}
	c.running = running
	for _, st := range c.stages {
		if st.done || !c.hasChild(st) {
			continue
		}
		st.ended = slices.DeleteFunc(st.ended, func(r simRunning) bool {
			if r.executor != e {
				return false
			}
			c.taskEnd(r, `{"Reason":"Resubmitted"}`, r.finish)
			st.again = append(st.again, r.index)
			st.left++
			return true
		})
	}
	c.remove(e, "The executor with id "+string(rune('1'+e))+" exited with exit code 137(SIGKILL, possible container OOM).")
	c.pods = append(c.pods, c.now+4000)
	slices.Sort(c.pods)
}

func (c *cluster) taskEnd(r simRunning, reason string, finish int) {
	st := r.stage
	kib, shuffled := int64(64), int64(0)
	if st.kib != nil {
		kib = st.kib[r.index]
	}
	if st.read > 0 {
		kib, shuffled = 0, kib
	}
	c.log(`{"Event":"SparkListenerTaskEnd","Stage ID":%d,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":%s,"Task Info":{"Task ID":%d,"Index":%d,"Attempt":0,"Partition ID":%[4]d,"Launch Time":%[5]d,"Executor ID":"%[6]d","Host":"h","Locality":"ANY","Speculative":%[7]t,"Getting Result Time":0,"Finish Time":%[8]d,"Failed":false,"Killed":false,"Accumulables":[]},"Task Executor Metrics":{},"Task Metrics":{"Executor Run Time":%[9]d,"Shuffle Read Metrics":{"Local Bytes Read":%[10]d},"Input Metrics":{"Bytes Read":%[11]d,"Records Read":1}}}`,
		st.id, reason, st.id*1000+r.index, r.index, simStart+r.launched, r.executor+1, r.copy, simStart+finish, finish-r.launched, shuffled<<10, kib<<10)
}

// copySlow starts copies of tasks that take longer than one and a half times the median, once three quarters of a stage have ended.
func (c *cluster) copySlow() {
	if c.program.slow == 0 || c.now%100 != 0 {
		return
	}
	for _, st := range c.stages {
		if len(st.base) == 0 || len(st.ended)*4 < len(st.base)*3 || st.next < len(st.base) {
			continue
		}
		var took []float64
		for _, r := range st.ended {
			took = append(took, float64(r.finish-r.launched))
		}
		limit := 1.5 * median(took)
		for i := range c.running {
			r := c.running[i]
			free := slices.IndexFunc(c.slots, func(s simSlot) bool { return s.free <= c.now && s.executor != r.executor })
			if r.stage != st || r.copied || r.copy || float64(c.now-r.launched) < limit || free < 0 {
				continue
			}
			c.running[i].copied = true
			c.begin(simRunning{stage: st, index: r.index, copy: true}, st.base[r.index], &c.slots[free])
		}
	}
}

// killOther kills the other attempt of a task that ended.
func (c *cluster) killOther(r simRunning) {
	c.running = slices.DeleteFunc(c.running, func(other simRunning) bool {
		if other.stage != r.stage || other.index != r.index {
			return false
		}
		c.taskEnd(other, killedForCopy, c.now)
		for i := range c.slots {
			if c.slots[i].executor == other.executor && c.slots[i].free > c.now && c.program.cores == 1 {
				c.slots[i].free = c.now
			}
		}
		return true
	})
}

// byDefault splits work into a task for each core that there is, two at least.
func (c *cluster) byDefault(work float64) []float64 {
	n := max(c.alive()*c.program.cores, 2)
	return even(n, work/float64(n)+12)
}

// coalesced joins 200 partitions of one size until the next one would make a task larger than the target. The second result is what
// each task reads, in KiB.
func (c *cluster) coalesced(read int64, work float64) (base []float64, kib []int64) {
	const partitions = 200
	cores := int64(max(c.alive()*c.program.cores, 2)) // the default parallelism
	target := max(min((read+cores-1)/cores, 64<<20), 1<<20)
	size, each := int64(0), read/partitions
	task := func() {
		base, kib = append(base, float64(size)/float64(read)*work+12), append(kib, size>>10)
	}
	for range partitions {
		if size > 0 && size+each > target {
			task()
			size = 0
		}
		size += each
	}
	task()
	return base, kib
}

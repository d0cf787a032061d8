package model

import "bytes"

// task is what one SparkListenerTaskEnd says.
type task struct {
	stage, attempt         int64
	values                 [metrics]int64
	peaks                  [len(peakNames)]int64
	launch, finish, result int64
	speculative, measured  bool
	reason, class, text    []byte
	executor               []byte
}

var (
	taskEndTable  = names("Event", "Stage ID", "Stage Attempt ID", "Task Type", "Task End Reason", "Task Info", "Task Executor Metrics", "Task Metrics")
	taskInfoTable = names("Task ID", "Index", "Attempt", "Partition ID", "Launch Time", "Executor ID", "Host", "Locality", "Speculative", "Getting Result Time", "Finish Time", "Failed", "Killed", "Accumulables").
			passes("Task ID", "Index", "Attempt", "Partition ID", "Host", "Locality", "Failed", "Killed")
	// What stands behind the updates of accumulators, which are most of the bytes of a log.
	behindAccumulables = []byte(`]},"Task Executor Metrics":{`)

	taskMetricsTable = table{
		number("Executor Deserialize Time", mDeserialize), number("Executor Deserialize CPU Time", -1), number("Executor Run Time", mRunTime), number("Executor CPU Time", mCPUTime),
		number("Peak Execution Memory", mPeakExecution), number("Peak On Heap Execution Memory", -1), number("Peak Off Heap Execution Memory", -1), number("Result Size", mResultSize), number("JVM GC Time", mGCTime),
		number("Result Serialization Time", mSerialize), number("Memory Bytes Spilled", mMemorySpill), number("Disk Bytes Spilled", mDiskSpill),
		object("Shuffle Read Metrics", table{
			number("Remote Blocks Fetched", -1), number("Local Blocks Fetched", -1), number("Fetch Wait Time", mFetchWait), number("Remote Bytes Read", mShuffleRead),
			number("Remote Bytes Read To Disk", -1), number("Local Bytes Read", mShuffleRead), number("Total Records Read", -1), number("Remote Requests Duration", -1),
			object("Push Based Shuffle", pushTable...), object("Shuffle Push Read Metrics", pushTable...),
		}.zeros("Remote Blocks Fetched", 8)...),
		object("Shuffle Write Metrics", number("Shuffle Bytes Written", mShuffleWrite), number("Shuffle Write Time", -1), number("Shuffle Records Written", -1)),
		object("Input Metrics", number("Bytes Read", mInput), number("Records Read", -1)),
		object("Output Metrics", number("Bytes Written", mOutput), number("Records Written", -1)),
		list("Updated Blocks"),
	}.zeros("Peak On Heap Execution Memory", 2).zeros("Memory Bytes Spilled", 2).zeros("Shuffle Write Metrics", 1).zeros("Input Metrics", 1).zeros("Output Metrics", 2)
	// What these say is in the numbers of shuffle read too.
	pushTable = names("Corrupt Merged Block Chunks", "Merged Fetch Fallback Count", "Merged Remote Blocks Fetched", "Merged Local Blocks Fetched", "Merged Remote Chunks Fetched", "Merged Local Chunks Fetched",
		"Merged Remote Bytes Read", "Merged Local Bytes Read", "Merged Remote Requests Duration").zeros("Corrupt Merged Block Chunks", 9)
	peaksTable = func() (t table) {
		for i, name := range peakNames {
			t = append(t, number(name, i))
		}
		return t.zeros("JVMHeapMemory", 21).zeros("MappedPoolMemory", 7).zeros("ProcessTreeJVMVMemory", 6) // before Spark 4 there are 21
	}()
)

// taskEnd is where the time of reading a log goes: it allocates nothing for a task that succeeds. next is where the scanner stands:
// in front of the event at 0, behind its name at 1.
func (r *Recorder) taskEnd(s *scanner, next int) {
	t := &r.task
	*t = task{}
	if next == 0 && !s.enter('{') {
		s.bad = true
		return
	}
	for {
		at := s.member(taskEndTable, &next)
		switch at {
		case done:
			if !s.bad && t.possible(s) {
				r.ended(t)
			}
			return
		case 1:
			t.stage = s.number()
		case 2:
			t.attempt = s.number()
		case 4:
			t.because(s)
		case 5:
			t.info(s)
		case 6:
			s.numbers(peaksTable, t.peaks[:])
		case 7:
			t.measured = s.peek() == '{'
			s.numbers(taskMetricsTable, t.values[:])
		default:
			s.skip()
		}
	}
}

func (t *task) info(s *scanner) {
	if !s.enter('{') {
		return
	}
	s.passed = 0
	for next := 0; ; {
		next = s.inOrder(taskInfoTable, next, nil)
		switch s.member(taskInfoTable, &next) {
		case done:
			return
		case 4:
			t.launch = s.number()
		case 5:
			t.executor = s.text()
		case 8:
			t.speculative = s.truth()
		case 9:
			t.result = s.number()
		case 10:
			t.finish = s.number()
		case 13:
			s.jump(behindAccumulables, 4)
		default:
			s.skip()
		}
	}
}

var (
	success     = []byte(`{"Reason":"Success"}`)
	reasonTable = names("Reason", "Class Name", "Description", "Loss Reason", "Kill Reason", "Message")
)

// because reads why a task ended.
func (t *task) because(s *scanner) {
	if bytes.HasPrefix(s.b[s.i:], success) {
		t.reason = success[len(`{"Reason":"`) : len(success)-len(`"}`)]
		s.i += len(success)
		return
	}
	if !s.enter('{') {
		return
	}
	for next := 0; ; {
		switch s.member(reasonTable, &next) {
		case done:
			return
		case 0:
			t.reason = s.text()
		case 1:
			t.class = s.text()
		case 2, 3, 4, 5:
			t.text = s.raw()
		default:
			s.skip()
		}
	}
}

// ended counts a task that has ended.
func (r *Recorder) ended(t *task) {
	v := &t.values
	r.seen(t.launch)
	r.seen(t.finish)
	if string(t.reason) == "Resubmitted" { // it has the times of the success that is counted already
		for _, n := range [...]*Tasks{&r.run.Tasks, &r.stageOf(t.stage, t.attempt).Tasks, &r.executorOf(t.executor).Tasks} {
			n.Resubmitted++
		}
		return
	}
	if v[mDuration] = t.finish - t.launch; v[mDuration] < 0 || t.launch <= 0 {
		r.odd("tasks that end before they begin")
		v[mDuration] = 0
	}
	if t.result > 0 && t.finish > t.result {
		v[mGettingResult] = t.finish - t.result
	}
	v[mSchedulerDelay] = max(v[mDuration]-v[mRunTime]-v[mDeserialize]-v[mSerialize]-v[mGettingResult], 0)
	v[mData] = v[mInput] + v[mShuffleRead]

	st := r.stageOf(t.stage, t.attempt)
	ex := r.executorOf(t.executor)
	tasks := [...]*Tasks{&r.run.Tasks, &st.Tasks, &ex.Tasks}
	fate := t.fate()
	succeeded := fate == Succeeded
	for _, n := range tasks {
		switch fate {
		case Succeeded:
			n.Succeeded++
		case Killed:
			n.Killed++
		default:
			n.Failed++
		}
		if t.speculative {
			n.Speculative++
		}
	}
	add(&st.sums, v)
	ex.BusyMillis = plus(ex.BusyMillis, v[mDuration])
	ex.GCMillis = plus(ex.GCMillis, v[mGCTime])
	ex.raise(&t.peaks)
	r.keep(st, ex, t)
	if succeeded && t.peaks[0] == 0 {
		r.unsampled++
	}
	if !succeeded {
		if !t.measured {
			r.unmeasured++
		}
		r.failed(t)
		return
	}
	if st.closed {
		r.leave("tasks of a stage that ended long before", 1)
		return
	}
	if st.open == nil {
		r.sketches(st)
	}
	st.counted++
	for i, value := range v {
		if value != 0 {
			st.open[i].add(value)
		}
	}
}

// fate is how the task ended, as Spark counts it.
func (t *task) fate() Fate {
	switch string(t.reason) {
	case "Success":
		return Succeeded
	case "TaskKilled", "TaskCommitDenied":
		return Killed
	}
	return Unsuccessful
}

// plus adds without overflow: a log with such numbers is no real one, and a sum that turns negative would hide it.
func plus(a, b int64) int64 {
	if sum := a + b; b < 0 || sum >= a {
		return sum
	}
	return a
}

func add(to, values *[metrics]int64) {
	for i, value := range values {
		to[i] = plus(to[i], value)
	}
}

func (r *Recorder) failed(t *task) {
	key := append(r.key[:0], t.reason[:min(len(t.reason), maxWords)]...)
	if len(key) == 0 {
		key = append(key, "unknown"...)
	}
	if len(t.class) > 0 {
		key = append(append(key, ": "...), t.class[:min(len(t.class), maxWords)]...)
	}
	r.key = key
	f := r.failures[string(key)]
	if f == nil {
		if len(r.failures) >= maxFailures {
			r.leave(leftReasons, 1)
			return
		}
		f = &Failure{Reason: words(key)}
		r.failures[string(key)] = f
	}
	f.Count++
	if f.Count == 1 || f.Count&(f.Count-1) == 0 { // masking takes longer than counting
		f.Example = words(plain(t.text))
	}
}

package tuner

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// trees sets the RSS of processes of every executor, in MiB.
func trees(rss, heap, python, other int64) func(*model.Run) {
	return func(r *model.Run) {
		for i := range r.Each {
			r.Each[i].Peaks[model.PeakJVM], r.Each[i].Peaks[model.PeakHeap] = rss<<20, heap<<20
			r.Each[i].Peaks[model.PeakPython], r.Each[i].Peaks[model.PeakOther] = python<<20, other<<20
		}
	}
}

func with(change func(*model.Run), pairs ...string) func(*model.Run) {
	return func(r *model.Run) {
		if change != nil {
			change(r)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			r.Spark[pairs[i]] = pairs[i+1]
		}
	}
}

func both(all ...func(*model.Run)) func(*model.Run) {
	return func(r *model.Run) {
		for _, one := range all {
			one(r)
		}
	}
}

// expected is what a case asks of one setting.
type expected struct {
	name    string
	runs    int
	change  func(*model.Run)
	more    []string
	role    spark.Role
	key     string
	verdict Verdict // "" where nothing is said
	to      string
	why     string
}

func expect(t *testing.T, cases []expected) {
	t.Helper()
	for _, c := range cases {
		r := recommended(t, inputOf(ofRuns(c.runs, c.change), c.more...))
		s := of(r, c.role, c.key)
		if s.Verdict != c.verdict || s.Recommended != c.to || !strings.Contains(s.Why, c.why) {
			t.Errorf("%s: %q %q, %q, %q, %q", c.name, s.Verdict, s.Recommended, s.Why, s.Formula, s.Evidence)
		}
		// An experiment that is carried leaves nothing, too.
		in := inputOf(ofRuns(c.runs, c.change), c.more...)
		in.Try = true
		recommended(t, in)
	}
}

func TestOverheadByRuns(t *testing.T) {
	const key = keyOverhead
	ex := spark.Executor
	expect(t, []expected{
		{"killed, and nothing was sampled of processes", 1, lost("137"), nil, ex, key, Change, "1g", "the kernel killed executors"},
		{"killed, raised since", 1, lost("137"), []string{key, "2g"}, ex, key, Keep, "2g", "already enough"},
		{"killed, with the processes", 1, both(lost("137"), trees(4400, 4000, 900, 50)), nil, ex, key, Change, "1600m", "the kernel killed executors"},
		{"killed with little outside the heap: a quarter more", 1, with(both(lost("137"), trees(4100, 4000, 0, 0)), key, "2g"), nil, ex, key, Change, "2560m", "the kernel killed"},
		{"killed, Kubernetes does not say why", 1, func(r *model.Run) {
			lost("137")(r)
			r.Each[0].Reason = "exited with exit code 137"
		}, nil, ex, key, Change, "1g", "by the kernel, or with their node"},
		{"91 % of the limit", 1, trees(4136, 4090, 0, 0), nil, ex, key, Keep, "", "holds the 46Mi"},
		{"92 % of the limit, and more than it has with a margin", 1, trees(4500, 4090, 0, 0), nil, ex, key, Change, "512m", "processes took 4500Mi of 4505Mi"},
		{"direct memory ran out", 1, func(r *model.Run) {
			r.Failures = []model.Failure{{Reason: "java.lang.OutOfMemoryError", Example: "Direct buffer memory", Count: 1}}
		}, nil, ex, key, Change, "1g", "direct memory"},
		{"the worked case: 4g of which 898Mi were needed", 3, with(trees(4924, 4026, 0, 0), key, "4g"), nil, ex, key, Change, "3g", "needed 898Mi of 4096Mi"},
		{"the worked case, in less than 10 s", 3, with(both(trees(4924, 4026, 0, 0), func(r *model.Run) { r.Totals.RunMillis = 9_999 }), key, "4g"), nil, ex, key, Keep, "4g", "too short to show it"},
		{"the worked case, once", 1, with(trees(4924, 4026, 0, 0), key, "4g"), nil, ex, key, Keep, "4g", "1 of the 3 whole runs"},
		{"the worked case, killed once", 3, with(both(lost("137"), trees(4924, 4026, 0, 0)), key, "4g"), nil, ex, key, Change, "5g", "killed"},
		{"a quarter of the limit is idle", 3, with(trees(4900, 4000, 0, 0), key, "2437m"), nil, ex, key, Keep, "2437m", "holds the 900Mi"},
		{"more than a quarter of it", 3, with(trees(4890, 4000, 0, 0), key, "2437m"), nil, ex, key, Change, "1856m", "needed 890Mi"},
		{"never below Spark's own, which needs no key", 3, with(trees(3100, 3000, 0, 0), key, "500m"), nil, ex, key, Change, "", "needed 100Mi"},
		{"nothing is set, and little is needed", 3, trees(3100, 3000, 0, 0), nil, ex, key, Keep, "", "100Mi were needed; Spark reserves 409Mi"},
		{"lower than the runs needed", 3, with(trees(4924, 4026, 0, 0), key, "4g"), []string{key, "700m"}, ex, key, Change, "1088m", "needed 898Mi"},
	})
	r := recommended(t, inputOf(ofRuns(1, lost("137"))))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "unknown: set spark.executor.processTreeMetrics.enabled=true") {
		t.Error(text)
	}
}

// TestDirectMemoryThatOutgrowsThePodIsTold where executors were killed, until the option or the overhead is changed.
func TestDirectMemoryThatOutgrowsThePodIsTold(t *testing.T) {
	const options = "spark.executor.extraJavaOptions"
	for name, c := range map[string]struct {
		change func(*model.Run)
		more   []string
		told   string
	}{
		"killed":              {with(lost("137"), options, "-XX:MaxDirectMemorySize=1g -XX:MaxDirectMemorySize=3g"), nil, "-XX:MaxDirectMemorySize=3g allows more direct memory than the 409Mi next to the heap in the executor's pod, so the kernel kills it: lower the option, or set spark.executor.memoryOverhead="},
		"not killed":          {with(nil, options, "-XX:MaxDirectMemorySize=3g"), nil, ""},
		"the pod has room":    {with(lost("137"), options, "-XX:MaxDirectMemorySize=400m"), nil, ""},
		"lowered since":       {with(lost("137"), options, "-XX:MaxDirectMemorySize=3g"), []string{options, "-XX:MaxDirectMemorySize=200m"}, ""},
		"raised since":        {with(lost("137"), options, "-XX:MaxDirectMemorySize=3g"), []string{options, "-XX:MaxDirectMemorySize=3g", keyOverhead, "4g"}, ""},
		"no cap: as the heap": {lost("137"), nil, ""},
	} {
		text := strings.Join(recommended(t, inputOf(ofRuns(1, c.change), c.more...)).Notes, "\n")
		if c.told == "" && strings.Contains(text, "direct memory") || !strings.Contains(text, c.told) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestPoolsByRuns(t *testing.T) {
	off := func(peak int64) func(*model.Run) {
		return with(func(r *model.Run) {
			for i := range r.Each {
				r.Each[i].UnifiedOffHeap, r.Each[i].Peaks[model.PeakUnifiedX] = 2<<30, peak<<20
			}
		}, spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "2g")
	}
	python := func(peak int64, pairs ...string) func(*model.Run) {
		return with(trees(4200, 4000, peak, 0), append(pairs, spark.KeyPySparkMemory, "1g", spark.KeyResourceType, "python")...)
	}
	space := func(mib int64) func(*model.Run) {
		return func(r *model.Run) {
			for i := range r.Each {
				r.Each[i].Peaks[model.PeakPythonAS] = mib << 20
			}
		}
	}
	noExecution := func(r *model.Run) {
		r.Failures = []model.Failure{{Reason: "org.apache.spark.memory.SparkOutOfMemoryError", Example: "Unable to acquire 65536 bytes of memory, got 0", Count: 3}}
	}
	ex := spark.Executor
	expect(t, []expected{
		{"off-heap spills at 90 %", 1, both(off(1844), spills(100, 300, 100)), nil, ex, spark.KeyOffHeapSize, Change, "3g", "off-heap memory was full"},
		{"off-heap spills below", 1, both(off(1840), spills(100, 300, 100)), nil, ex, spark.KeyOffHeapSize, Keep, "2g", "needed at most 1840Mi of 2048Mi"},
		{"off-heap of little use", 3, off(1000), nil, ex, spark.KeyOffHeapSize, Change, "1536m", "needed at most 1000Mi"},
		{"off-heap of little use, by samples, while tasks say that they took more", 3, both(off(1000), takes(900)), nil, ex, spark.KeyOffHeapSize, Keep, "2g", "needed at most 1800Mi"},
		{"off-heap of little use, once", 1, off(1000), nil, ex, spark.KeyOffHeapSize, Keep, "2g", "1 of the 3 whole runs"},
		{"off-heap of more use", 3, off(1195), nil, ex, spark.KeyOffHeapSize, Keep, "2g", ""},
		{"Python at 92 %", 1, python(943), nil, ex, spark.KeyPySparkMemory, Change, "1536m", "Python took 943Mi of 1024Mi"},
		{"Python below", 1, both(python(942), space(1000)), nil, ex, spark.KeyPySparkMemory, Keep, "1g", ""},
		{"no execution memory off the heap", 1, both(off(1000), noExecution), nil, ex, spark.KeyOffHeapSize, Change, "3g", "3 tasks got no execution memory"},
		{"no execution memory off the heap: the heap is none of it", 1, both(off(1000), noExecution), nil, ex, heapKey, Keep, "4g", ""},
		{"no execution memory on the heap", 1, noExecution, nil, ex, heapKey, Change, "6g", "exhausted"},
		{"Python of little use", 3, both(python(150), space(250)), nil, ex, spark.KeyPySparkMemory, Change, "768m", "needed at most 500Mi"},
		{"Python of little use, of which one of two workers may have used all", 3, both(python(300), space(500)), nil, ex, spark.KeyPySparkMemory, Keep, "1g", "needed at most 1000Mi"},
		{"Python of little use, in a large address space: that is what is limited", 3, both(python(300), space(1600)), nil, ex, spark.KeyPySparkMemory, Keep, "1g", ""},
		{"Python of little use, in an address space that is unknown", 3, python(300), nil, ex, spark.KeyPySparkMemory, Keep, "1g", "never reduced without evidence"},
		{"Python without memory", 1, both(python(300), func(r *model.Run) {
			r.Failures = []model.Failure{{Reason: "org.apache.spark.api.python.PythonException", Example: "MemoryError", Count: 2}}
		}), nil, ex, spark.KeyPySparkMemory, Change, "1536m", "2 tasks ended with Python's MemoryError"},
	})
}

func TestProcessorsByRuns(t *testing.T) {
	cpu := func(share float64) func(*model.Run) {
		return func(r *model.Run) { r.Totals.CPUNanos = int64(share * 600e9) }
	}
	ex := spark.Executor
	expect(t, []expected{
		{"tasks that compute", 3, cpu(.40), nil, ex, keyRequest, "", "", ""},
		{"tasks that wait", 3, cpu(.39), nil, ex, keyRequest, Try, "1", "39.0 % of 2 cores are used"},
		{"tasks that wait, once", 1, cpu(.39), nil, ex, keyRequest, "", "", ""},
		{"tasks that wait for Python, whose CPU time is unknown", 3, with(cpu(.1), spark.KeyResourceType, "python"), nil, ex, keyRequest, "", "", ""},
		{"the same, by its processes", 3, both(cpu(.1), trees(4200, 4000, 300, 0)), nil, ex, keyRequest, "", "", ""},
		{"more than is requested", 1, with(cpu(.96), keyRequest, "1"), nil, ex, keyRequest, Try, "2", "more processors than the scheduler reserves"},
		{"as much as is requested", 1, with(cpu(.95), keyRequest, "1"), nil, ex, keyRequest, Keep, "1", ""},
	})
}

// unused makes a run whose tasks one executor could have run: a stage of long tasks, one after the other.
func unused(executors int, pairs ...string) func(*model.Run) {
	return with(func(r *model.Run) {
		r.UsedShare, r.Executors = .2, executors
		for len(r.Each) < executors {
			one := r.Each[0]
			one.ID = fmt.Sprint(len(r.Each) + 1)
			r.Each = append(r.Each, one)
		}
		begin := r.Application.Started
		r.Jobs = []model.Job{{ID: 0, Submitted: begin, Completed: r.Application.Ended, Succeeded: true, Stages: []int64{1}}}
		st := model.Stage{ID: 1, Planned: 2, Tasks: model.Tasks{Succeeded: 2}, Submitted: begin, Completed: r.Application.Ended, Totals: model.Totals{DurationMillis: 1_000_000}}
		st.Work = model.Work{Count: 2, Millis: 1_000_000, First: 10, Last: 599_000, Tasks: []model.Timed{{Launch: 10, Millis: 500_000}, {Launch: 10, Millis: 500_000}}}
		r.Stages = []model.Stage{st}
	}, append(pairs, "spark.executor.instances", fmt.Sprint(executors))...)
}

func TestExecutorsByRuns(t *testing.T) {
	ex := spark.Executor
	dynamic := []string{keyDynamic, "true", keyLeast, "6", "spark.dynamicAllocation.shuffleTracking.enabled", "true"}
	busy := func(r *model.Run) { r.UsedShare = .6 }
	stores := func(mib int64) func(*model.Run) {
		return func(r *model.Run) {
			for i := range r.Each {
				peaks := maps.Clone(r.Each[i].Peaks)
				peaks[model.PeakStored] = mib << 20
				r.Each[i].Peaks = peaks
			}
		}
	}
	spilled := func(r *model.Run) { r.Stages[0].Totals.MemorySpillBytes = 1 << 30 }
	together := func(r *model.Run) { r.Stages[0].Barrier = true }
	expect(t, []expected{
		{"two tasks on eight executors of two cores", 3, unused(8), nil, ex, keyInstances, Change, "1", "1 would take about as long as 8"},
		{"once", 1, unused(8), nil, ex, keyInstances, Keep, "8", "1 of the 3 whole runs"},
		{"what all stored is held by half of the pools", 3, both(unused(8), stores(500)), nil, ex, keyInstances, Change, "4", "4 would take about as long as 8"},
		{"what all stored needs all of them", 3, both(unused(8), stores(1200)), nil, ex, keyInstances, Keep, "8", ""},
		{"tasks that spilled would spill more", 3, both(unused(8), spilled), nil, ex, keyInstances, Keep, "8", ""},
		{"tasks that start all at once", 3, both(unused(8), together), nil, ex, keyInstances, Keep, "8", ""},
		{"executors of half the cores: one for each task", 3, unused(8), []string{keyCores, "1"}, ex, keyInstances, Change, "2", "2 would take about as long as 16"},
		{"executors of more cores, of which no run shows the memory", 3, unused(8), []string{keyCores, "4"}, ex, keyInstances, Keep, "8", ""},
		{"dynamic allocation without a bound, with half the cores", 1, unused(8, dynamic...), []string{keyCores, "1"}, ex, keyMost, Try, "16", "without a bound"},
		{"a heap that is reduced holds less of what all stored", 3, both(unneeded("4g"), unused(8), stores(400)), nil, ex, keyInstances, Change, "4", "4 would take about as long as 8"},
		{"a heap that stays holds it", 3, both(unused(8), stores(400)), nil, ex, keyInstances, Change, "3", "3 would take about as long as 8"},
		{"cores that are used", 3, both(unused(8), busy), nil, ex, keyInstances, Keep, "8", ""},
		{"dynamic allocation that keeps idle executors", 3, unused(8, dynamic...), nil, ex, keyLeast, Change, "1", "about as long"},
		{"dynamic allocation without a bound", 1, unused(8, dynamic...), nil, ex, keyMost, Try, "8", "without a bound"},
		{"dynamic allocation with one", 1, unused(8, append(dynamic, keyMost, "20")...), nil, ex, keyMost, "", "", ""},
	})
}

func TestCollectorsByRuns(t *testing.T) {
	gc := func(share float64, heap string, full int64, pairs ...string) func(*model.Run) {
		return with(func(r *model.Run) {
			r.GC.TaskShare = share
			for i := range r.Each {
				r.Each[i].Peaks["MajorGCCount"], r.Each[i].Peaks[model.PeakUnified] = full, 100<<20
			}
		}, append(pairs, heapKey, heap)...)
	}
	one := []string{"spark.kubernetes.executor.limit.cores", "", "spark.executor.cores", "1", "spark.executor.extraJavaOptions", "-XX:ActiveProcessorCount=1"}
	serial := []string{"spark.executor.extraJavaOptions", "-Da=b -XX:+UseSerialGC -Dc=d"}
	ex := spark.Executor
	expect(t, []expected{
		{"little GC", 1, gc(.04, "4g", 0), nil, ex, "collector", Keep, "G1", "GC took 4.0 % of the time"},
		{"SerialGC by accident", 1, gc(.02, "4g", 0, one[2:]...), nil, ex, "collector", Change, "Parallel", "SerialGC by the JVM's choice"},
		{"SerialGC by accident on a small pod", 1, gc(.4, "1200m", 0, "spark.executor.cores", "2"), nil, ex, "collector", Change, "Parallel", "a pod this small gets SerialGC; GC took 40.0 %"},
		{"its heap stays for now", 1, gc(.4, "1200m", 0, "spark.executor.cores", "2"), nil, ex, heapKey, Keep, "1200m", ""},
		{"SerialGC on a small pod, at little cost", 1, gc(.05, "1200m", 0, "spark.executor.cores", "2"), nil, ex, "collector", Keep, "Serial", ""},
		{"SerialGC of one core: the heap grows", 1, gc(.4, "1200m", 0, "spark.executor.cores", "1"), nil, ex, heapKey, Try, "2560m", "GC took 40.0 %"},
		{"SerialGC that was chosen for a small heap: it grows", 1, gc(.4, "1200m", 0, append(serial, "spark.executor.cores", "2")...), nil, ex, heapKey, Try, "2560m", "GC took 40.0 %"},
		{"SerialGC that costs nothing", 1, gc(.019, "4g", 0, one[2:]...), nil, ex, "collector", Keep, "Serial", "GC took 1.9 %"},
		{"SerialGC that was chosen", 1, gc(.02, "4g", 0, serial...), nil, ex, "collector", Keep, "Serial", ""},
		{"SerialGC that was chosen, at some cost", 1, gc(.10, "4g", 0, serial...), nil, ex, "collector", Try, "Parallel", "SerialGC by an option; GC took 10.0 %"},
		{"SerialGC that was chosen, at much", 1, gc(.101, "1800m", 0, serial...), nil, ex, "collector", Change, "Parallel", "SerialGC by an option; GC took 10.1 %"},
		{"SerialGC that was chosen for a small heap", 1, gc(.06, "1791m", 0, serial...), nil, ex, "collector", Keep, "Serial", ""},
		{"SerialGC that was chosen for one core", 1, gc(.3, "4g", 0, append(serial, "spark.executor.cores", "1")...), nil, ex, "collector", Keep, "Serial", ""},
		{"SerialGC that was chosen for one processor", 1, gc(.3, "4g", 0, serial[0], serial[1]+" -XX:ActiveProcessorCount=1"), nil, ex, "collector", Keep, "Serial", ""},
		{"SerialGC that another key chooses", 1, gc(.3, "4g", 0, "spark.executor.defaultJavaOptions", "-XX:+UseSerialGC"), nil, ex, "collector", Keep, "Serial", "change it in spark.executor.defaultJavaOptions to -XX:+UseParallelGC"},
		{"G1 on a middling heap", 1, gc(.06, "16g", 0), nil, ex, "collector", Try, "Parallel", "little is stored"},
		{"G1 on a middling heap, 5 %", 1, gc(.05, "16g", 0), nil, ex, "collector", Keep, "G1", ""},
		{"G1 with full collections", 1, gc(.06, "16g", 2), nil, ex, occupancy, Try, "35", "6 full collections"},
	})
}

// TestACollectorTakesTheOthersPlace: a JVM with two of them does not start.
func TestACollectorTakesTheOthersPlace(t *testing.T) {
	change := with(func(r *model.Run) { r.GC.TaskShare = .3 }, "spark.executor.extraJavaOptions", `-Da=b -XX:+UseSerialGC -XX:-UseG1GC "-Dc=d e"`)
	in := inputOf(ofRuns(1, change))
	in.Pods = []Pod{{Role: spark.Driver}} // its executors ended with the run, whose log says which Java they had
	for _, c := range recommended(t, in).Changes() {
		if c.Key == "spark.executor.extraJavaOptions" {
			if c.Value != `-Da=b "-Dc=d e" -XX:+UseParallelGC` {
				t.Errorf("%+v", c)
			}
			return
		}
	}
	t.Error("the options stay")
}

func TestLossesByRuns(t *testing.T) {
	gone := func(reason string, refetched int64) func(*model.Run) {
		return func(r *model.Run) {
			r.Each[0].Removal, r.Each[0].Reason = 1, reason
			r.Tasks.Resubmitted = refetched
		}
	}
	ex := spark.Executor
	expect(t, []expected{
		{"decommissioned, with lost shuffle data", 1, gone("Executor decommission: spot", 3), nil, ex, keyDecommission, Change, "true", "stopped from outside"},
		{"terminated, and nothing was lost", 1, gone("exited with exit code 143", 0), nil, ex, keyDecommission, Try, "true", "stopped from outside"},
		{"idle", 1, gone("Executor killed by driver.", 3), nil, ex, keyDecommission, "", "", ""},
		{"idle, with decommissioning", 1, gone("Executor decommission: spark scale down", 3), nil, ex, keyDecommission, "", "", ""},
		{"on already", 1, with(gone("Executor decommission: spot", 3), keyDecommission, "true"), nil, ex, keyDecommission, Keep, "true", ""},
	})
	r := recommended(t, inputOf(ofRuns(1, gone("The API gave the following brief reason: Evicted. Pod ephemeral local storage usage exceeds", 0))))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "evicted 1 executor for disk space") {
		t.Error(text)
	}
	r = recommended(t, inputOf(ofRuns(1, both(lost("52"), func(r *model.Run) { r.Each = append(r.Each, model.Executor{ID: "9", Cores: 1}) }))))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "recovery mode") {
		t.Error(text)
	}
}

func TestSwitches(t *testing.T) {
	in := inputOf(ofRuns(1, nil))
	in.Switches = &Switches{}
	r := recommended(t, in)
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "Name the folder: --enable-evidence=s3a://BUCKET/FOLDER") || of(r, spark.Driver, keyEventLog).Verdict != "" {
		t.Error(text)
	}
	in.Switches.Dir = "s3a://logs/spark"
	r = recommended(t, in)
	for key, want := range map[string]string{keyEventLog: "true", keyEventLogDir: "s3a://logs/spark", keyRolling: "true", keyStages: "true", keyTrees: "true"} {
		found := false
		for _, c := range r.Changes() {
			found = found || c.Key == key && c.Value == want
		}
		if !found {
			t.Errorf("%s is not %s: %v", key, want, r.Changes())
		}
	}
	for _, role := range spark.Jobs {
		if s := of(r, role, gcLogFlag); s.Verdict != Change {
			t.Errorf("%+v", s)
		}
	}
	in = inputOf(ofRuns(1, with(nil, "spark.executor.extraJavaOptions", "-XX:+UseZGC -Xlog:gc:file=/x")), "spark.eventLog.dir", "s3a://logs")
	in.Switches = &Switches{}
	r = recommended(t, in)
	if of(r, spark.Executor, keyOldGC).Recommended != "ZGC Major Pauses" || of(r, spark.Executor, gcLogFlag).Verdict != Keep || of(r, spark.Driver, keyEventLogDir).Verdict != "" {
		t.Errorf("%+v", r.Settings)
	}
}

// TestPodsThatEndedAreEvidence without a log, by the limit and the heap that they had.
func TestPodsThatEndedAreEvidence(t *testing.T) {
	in := Input{Launcher: spark.Native, Pods: jobs(17), Conf: confOf(heapKey, "4g", keyOverhead, "512m"), Ended: []Ended{{Role: spark.Executor, Limit: 4608, Heap: 4096, OOMKilled: 2, Pod: "etl-exec-2"}}}
	s := of(recommended(t, in), spark.Executor, keyOverhead)
	if s.Verdict != Change || s.Recommended != "640m" || !strings.Contains(s.Evidence, "2 pods were OOMKilled, pod etl-exec-2") {
		t.Errorf("%+v", s)
	}
	in.Ended[0] = Ended{Role: spark.Executor, Limit: 4608, Heap: 4096, Full: 1, Pod: "etl-exec-2"}
	if s := of(recommended(t, in), spark.Executor, heapKey); s.Verdict != Change || s.Recommended != "6g" {
		t.Errorf("%+v", s)
	}
}

// TestASecretThatALogHidesIsNotWritten over the one that is set.
func TestASecretThatALogHidesIsNotWritten(t *testing.T) {
	in := inputOf(ofRuns(1, with(nil, "spark.executor.extraJavaOptions", "-Dpassword="+redacted)), keyEventLogDir, "s3a://x")
	in.Switches = &Switches{}
	r := recommended(t, in)
	for _, c := range r.Changes() {
		if c.Key == "spark.executor.extraJavaOptions" {
			t.Errorf("%+v", c)
		}
	}
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "holds a secret that the event log hides: add -Xlog:gc*") {
		t.Error(text)
	}
}

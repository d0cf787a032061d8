package tuner

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
)

var started = time.UnixMilli(1760000000000)

// base is a run of three executors of 4g on two cores for ten minutes, in which nothing was wrong: half of its heap was in use, GC took
// 3 % of the time, and the processes were not sampled.
func base() model.Run {
	r := model.Run{
		Application: model.Application{ID: "spark-1", Name: "etl", Version: "3.5.6", Started: started, Ended: started.Add(10 * time.Minute)},
		Outcome:     model.Done, Executors: 3, Seconds: 600, UsedShare: .8,
		Spark:  map[string]string{"spark.master": "k8s://https://10.0.0.1", "spark.executor.memory": "4g", "spark.executor.cores": "2", "spark.executor.instances": "3", "spark.kubernetes.executor.limit.cores": "2"},
		Java:   map[string]string{"java.version": "17.0.9"},
		Totals: model.Totals{RunMillis: 600_000, DurationMillis: 600_000, CPUNanos: 500e9},
		GC:     model.GC{TaskShare: .03, Sampled: true},
		Tasks:  model.Tasks{Succeeded: 100},
		Driver: &model.Executor{ID: "driver"},
	}
	for i := range 3 {
		r.Each = append(r.Each, model.Executor{ID: fmt.Sprint(i + 1), Cores: 2, Added: started, UnifiedOnHeap: 2278 << 20,
			Peaks: map[string]int64{model.PeakHeap: 3000 << 20, model.PeakUnified: 1800 << 20, model.PeakOffHeap: 150 << 20, model.PeakDirect: 100 << 20, "TotalGCTime": 18_000}})
	}
	return r
}

// peaks sets peaks of the first executor, in MiB.
func peaks(r *model.Run, pairs map[string]int64) {
	for name, mib := range pairs {
		r.Each[0].Peaks[name] = mib << 20
	}
}

// ofRuns are runs that are alike but for their names and their times.
func ofRuns(n int, change func(*model.Run)) (all []model.Logged) {
	for i := range n {
		r := base()
		r.Application.ID = fmt.Sprintf("spark-%d", i+1)
		r.Application.Started = started.Add(time.Duration(i) * time.Hour)
		r.Application.Ended = r.Application.Started.Add(10 * time.Minute)
		for j := range r.Each {
			r.Each[j].Added = r.Application.Started
		}
		if change != nil {
			change(&r)
		}
		all = append(all, model.Logged{Log: model.Reading{Complete: true}, Run: r})
	}
	return all
}

// inputOf is a workload with the configuration of its last run.
func inputOf(logs []model.Logged, more ...string) Input {
	in := Input{Launcher: spark.Native, Conf: spark.Conf{}, Runs: logs, Pods: []Pod{{Role: spark.Driver}, {Role: spark.Executor}}}
	for key, value := range logs[len(logs)-1].Run.Spark {
		in.Conf[key] = spark.Setting{Value: value}
	}
	maps.Copy(in.Conf, confOf(more...))
	return in
}

func recommended(t *testing.T, in Input) Recommendation {
	t.Helper()
	r, err := Recommend(in)
	if err != nil {
		t.Fatal(err)
	}
	again := in
	again.Conf = applied(in.Conf, r.Changes())
	second, err := Recommend(again)
	if err != nil || second.Changed() {
		t.Errorf("after %v there is still %v, %v", r.Changes(), second.Changes(), err)
	}
	known := map[string]bool{"": true}
	for _, f := range formulas.All() {
		known[f.ID] = true
	}
	for _, s := range r.Settings {
		if !known[s.Basis] || s.Why == "" || s.Formula == "" || s.Source == "" || s.Confidence == "" || s.Verdict == Keep && s.Now != s.Recommended || s.Verdict != Keep && s.Now == s.Recommended ||
			s.Basis != "" && s.Verdict != Keep && s.Basis != "evidence" && (s.Evidence == "" || s.Effect == "") {
			t.Errorf("%+v", s)
		}
	}
	return r
}

const heapKey = "spark.executor.memory"

func lost(code string) func(*model.Run) {
	return func(r *model.Run) {
		r.Outcome = model.Failures
		r.Each[0].Removal, r.Each[0].Reason = 1, "The executor with id 1 exited with exit code "+code+". termination reason: OOMKilled"
	}
}

// spills makes a stage of two tasks a core that read data and spill, in MiB at the median and the 99th percentile.
func spills(read, spill, tasks int64) func(*model.Run) {
	return func(r *model.Run) {
		query := int64(0)
		r.Totals.MemorySpillBytes = spill * tasks << 20
		r.Queries, r.Jobs = []model.Query{{ID: 0}}, []model.Job{{ID: 0, Stages: []int64{7}, Query: &query, Succeeded: true}}
		d := func(mib int64) model.Distribution {
			return model.Distribution{P25: mib << 20, P50: mib << 20, P75: mib << 20, P95: mib << 20, P99: mib << 20, Max: mib << 20}
		}
		r.Stages = append(r.Stages, model.Stage{ID: 7, Tasks: model.Tasks{Succeeded: tasks}, Totals: model.Totals{DurationMillis: 400_000, ShuffleReadBytes: read * tasks << 20, MemorySpillBytes: spill * tasks << 20, DiskSpillBytes: spill * tasks << 20},
			Quantiles: map[model.Metric]model.Distribution{model.Data: d(read), model.MemorySpill: d(spill), model.DiskSpill: d(spill), model.PeakExecution: d(900)}})
	}
}

// takes makes a stage whose tasks report a peak of execution memory, in MiB.
func takes(mib int64) func(*model.Run) {
	return func(r *model.Run) {
		r.Stages = append(r.Stages, model.Stage{ID: 3, Tasks: model.Tasks{Succeeded: 50}, Totals: model.Totals{DurationMillis: 300_000},
			Quantiles: map[model.Metric]model.Distribution{model.PeakExecution: {P99: mib << 20, Max: mib << 20}}})
	}
}

// queried makes two stages, of which one takes a part of the tasks' time and belongs to no query.
func queried(own float64) func(*model.Run) {
	return func(r *model.Run) {
		query, all := int64(0), float64(r.Totals.DurationMillis)
		r.Queries, r.Jobs = []model.Query{{ID: 0}}, []model.Job{{ID: 0, Stages: []int64{1}, Query: &query, Succeeded: true}, {ID: 1, Stages: []int64{2}, Succeeded: true}}
		for id, part := range map[int64]float64{1: 1 - own, 2: own} {
			r.Stages = append(r.Stages, model.Stage{ID: id, Tasks: model.Tasks{Succeeded: 10}, Totals: model.Totals{DurationMillis: int64(part * all)}})
		}
	}
}

// TestHeapsByRuns: at each threshold and on both of its sides.
func TestHeapsByRuns(t *testing.T) {
	little := func(heap, unified int64, gc float64) func(*model.Run) {
		return func(r *model.Run) {
			r.GC.TaskShare = gc
			for i := range r.Each {
				r.Each[i].Peaks[model.PeakHeap], r.Each[i].Peaks[model.PeakUnified] = heap<<20, unified<<20
			}
		}
	}
	gc := func(share float64, run int64) func(*model.Run) {
		return func(r *model.Run) { r.GC.TaskShare, r.Totals.RunMillis = share, run }
	}
	full := func(of float64, change func(*model.Run)) func(*model.Run) {
		return func(r *model.Run) {
			change(r)
			for i := range r.Each {
				r.Each[i].Peaks[model.PeakUnified] = int64(of * 2278 * (1 << 20))
			}
		}
	}
	for _, c := range []struct {
		name    string
		runs    int
		change  func(*model.Run)
		more    []string
		verdict Verdict
		to, why string
	}{
		{"nothing is wrong", 3, nil, nil, Keep, "4g", "the runs needed it"},
		{"exit code 52", 1, lost("52"), nil, Change, "6g", "exhausted"},
		{"exit code 53", 1, lost("53"), nil, Keep, "4g", ""},
		{"exit code 52, raised since", 1, lost("52"), []string{heapKey, "6g"}, Keep, "6g", "already enough"},
		{"exit code 52, raised too little", 1, lost("52"), []string{heapKey, "5g"}, Change, "6g", "exhausted"},
		{"a task without heap", 1, func(r *model.Run) {
			r.Failures = []model.Failure{{Reason: "java.lang.OutOfMemoryError", Example: "Java heap space", Count: 2}}
		}, nil, Change, "6g", "exhausted"},
		{"a task without metaspace", 1, func(r *model.Run) {
			r.Failures = []model.Failure{{Reason: "java.lang.OutOfMemoryError", Example: "Metaspace", Count: 2}}
		}, nil, Keep, "4g", ""},
		{"Parallel needs more above its live objects", 1, func(r *model.Run) {
			lost("52")(r)
			r.Spark["spark.executor.extraJavaOptions"] = "-XX:+UseParallelGC"
		}, nil, Change, "7g", "exhausted"},
		{"GC of 10 %", 1, gc(.10, 600_000), nil, Keep, "4g", ""},
		{"GC of more, which costs more than it saves", 1, gc(.101, 600_000), nil, Try, "5632m", "at most 5.1 % less time for 34.1 % more memory"},
		{"GC of more, in 10 s", 1, gc(.101, 10_000), nil, Try, "5632m", "GC took"},
		{"GC of more, in less", 1, gc(.101, 9_999), nil, Keep, "4g", ""},
		{"GC of much more, twice at most", 1, gc(.60, 600_000), nil, Change, "8g", "GC took 60"},
		{"GC of ZGC is no pause", 3, func(r *model.Run) {
			gc(.60, 600_000)(r)
			r.Spark["spark.executor.extraJavaOptions"] = "-XX:+UseZGC"
		}, nil, Keep, "4g", "ZGC collects while tasks run"},
		{"GC of a serial collector on a large heap", 1, func(r *model.Run) {
			gc(.60, 600_000)(r)
			r.Spark["spark.kubernetes.executor.limit.cores"] = "1"
			r.Spark["spark.executor.cores"] = "1"
		}, nil, Keep, "4g", ""},
		{"spill with a full pool", 1, full(.91, spills(100, 300, 100)), nil, Change, "4352m", "execution memory was full"},
		{"spill with room in the pool", 1, full(.89, spills(100, 300, 100)), nil, Keep, "4g", "tasks spilled"},
		{"spill of large tasks: partitions come first", 1, full(.91, spills(257, 300, 100)), nil, Keep, "4g", "tasks spilled"},
		{"spill of a shuffle: partitions come first", 1, full(.91, spills(200, 300, 200)), nil, Keep, "4g", "tasks spilled"},
		{"spill of a shuffle whose tasks are small", 1, full(.91, spills(64, 300, 200)), nil, Change, "4352m", "execution memory was full"},
		{"an array that no heap holds", 1, func(r *model.Run) {
			r.Failures = []model.Failure{{Reason: "java.lang.OutOfMemoryError", Example: "Requested array size exceeds VM limit", Count: 2}}
		}, nil, Keep, "4g", ""},
		{"spill of little", 1, full(.91, spills(4000, 255, 100)), nil, Keep, "4g", ""},
		{"a third of it in use", 3, little(1500, 500, .01), nil, Change, "3g", "the worst of 3 runs needed"},
		{"a third of it in use, in two runs", 2, little(1500, 500, .01), nil, Keep, "4g", "2 of the 3 whole runs"},
		{"a third of it in use, and GC", 3, little(1500, 500, .02), nil, Keep, "4g", "needed it"},
		{"live objects of just under 70 %", 3, little(4000, 1220, .01), nil, Change, "3g", "needed 2850Mi"},
		{"live objects of 70 %", 3, little(4000, 1230, .01), nil, Keep, "4g", "needed it"},
		{"heap in use is an upper bound of what the application needs by itself", 3, little(1700, 1600, .01), nil, Change, "3g", "needed 2850Mi"},
		{"lowered before by more", 3, little(1500, 500, .01), []string{heapKey, "2g"}, Keep, "2g", ""},
		{"lowered before below the need", 3, little(1500, 1000, .01), []string{heapKey, "1g"}, Change, "2304m", "needed 2250Mi"},
		{"tasks say that they took what no sample saw", 3, both(little(1500, 500, .01), takes(900)), nil, Keep, "4g", "needed it"},
		{"tasks say that they took less", 3, both(little(1500, 500, .01), takes(200)), nil, Change, "3g", "the worst of 3 runs needed"},
		{"tasks off the heap", 3, with(both(little(1500, 500, .01), takes(900), func(r *model.Run) {
			for i := range r.Each {
				r.Each[i].UnifiedOffHeap = 2 << 30
			}
		}), spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "2g"), nil, Change, "3g", "the worst of 3 runs needed"},
		{"executors that the kernel killed", 3, both(little(1500, 500, .01), func(r *model.Run) {
			lost("137")(r)
			r.Outcome = model.Done
		}), nil, Keep, "4g", "the kernel killed executors"},
		{"a heap in use that may be garbage", 3, both(little(3900, 500, .01), queried(0)), nil, Change, "3g", "the worst of 3 runs needed"},
		{"a heap in use that may be objects of tasks outside of SQL", 3, both(little(3900, 500, .01), queried(.1)), nil, Keep, "4g", "of the 3900Mi of heap in use their own objects may be all"},
		{"few tasks outside of SQL", 3, both(little(3900, 500, .01), queried(.09)), nil, Change, "3g", "the worst of 3 runs needed"},
		{"little heap in use, outside of SQL", 3, both(little(1900, 500, .01), queried(1)), nil, Change, "3g", "the worst of 3 runs needed"},
		{"a short stage that spilled, in little of the time", 3, both(little(1500, 500, .01), spills(4000, 1, 100), func(r *model.Run) {
			r.Stages[0].Totals.DurationMillis = 1000
			delete(r.Stages[0].Quantiles, model.PeakExecution)
		}), nil, Keep, "4g", "tasks spilled"},
		{"an executor that was not sampled", 3, both(little(1500, 500, .01), func(r *model.Run) {
			r.Each[1].Peaks, r.Each[1].Tasks.Succeeded = nil, 3
		}), nil, Keep, "4g", "the heap of 1 executor was not sampled"},
		{"tasks of less than 10 s", 3, both(little(1500, 500, .01), gc(.01, 9_999)), nil, Keep, "4g", "less than 10 s"},
		{"an executor of another resource profile without heap", 1, func(r *model.Run) {
			lost("52")(r)
			r.Each[0].Profile = 1
		}, nil, Keep, "4g", ""},
		{"tasks of another resource profile without heap", 1, func(r *model.Run) {
			r.Each[0].Profile, r.Each[0].Tasks.Failed = 1, 2
			r.Failures = []model.Failure{{Reason: "java.lang.OutOfMemoryError", Example: "Java heap space", Count: 2}}
		}, nil, Keep, "4g", ""},
		{"a quarter of 60g is 45g, which has 8-byte pointers for little", 3, with(little(9000, 3000, .01), heapKey, "60g"), nil, Change, "48g", "of 61440Mi"},
		{"a quarter of 48g", 3, with(little(9000, 3000, .01), heapKey, "48g"), nil, Change, "31g", "of 49152Mi"},
		{"not sampled", 3, func(r *model.Run) {
			for i := range r.Each {
				r.Each[i].Peaks = nil
			}
		}, nil, Keep, "4g", "never reduced without evidence"},
	} {
		in := inputOf(ofRuns(c.runs, c.change), c.more...)
		s := of(recommended(t, in), spark.Executor, heapKey)
		if s.Verdict != c.verdict || s.Recommended != c.to || !strings.Contains(s.Why, c.why) {
			t.Errorf("%s: %s %s, %q %q", c.name, s.Verdict, s.Recommended, s.Why, s.Formula)
		}
	}
}

// TestAHeapThatCostsMoreIsForTimeAlone: 15 % of GC is worth more memory only where time is what counts.
func TestAHeapThatCostsMoreIsForTimeAlone(t *testing.T) {
	for objective, want := range map[scaling.Objective]Verdict{"": Try, scaling.LessCost: Try, scaling.Balanced: Try, scaling.LessTime: Change} {
		in := inputOf(ofRuns(1, func(r *model.Run) { r.GC.TaskShare, r.Totals.RunMillis = .15, 600_000 }))
		in.Objective = objective
		if s := of(recommended(t, in), spark.Executor, heapKey); s.Basis != "heap-gc" || s.Verdict != want {
			t.Errorf("--objective=%q: %s %s, %s", objective, s.Verdict, s.Basis, s.Why)
		}
	}
}

// TestAWorseRunStandsInTheWay: what one run needed is not taken by those that needed less.
func TestAWorseRunStandsInTheWay(t *testing.T) {
	logs := ofRuns(4, func(r *model.Run) {
		r.GC.TaskShare = .01
		for i := range r.Each {
			r.Each[i].Peaks[model.PeakHeap], r.Each[i].Peaks[model.PeakUnified] = 1500<<20, 500<<20
		}
	})
	if s := of(recommended(t, inputOf(logs)), spark.Executor, heapKey); s.Recommended != "3g" {
		t.Errorf("%+v", s)
	}
	peaks(&logs[1].Run, map[string]int64{model.PeakHeap: 3500, model.PeakUnified: 2000})
	if s := of(recommended(t, inputOf(logs)), spark.Executor, heapKey); s.Verdict != Keep || !strings.Contains(s.Evidence, "spark-2") {
		t.Errorf("%+v", s)
	}
	// A heap that was exhausted stays below what is set, whatever later runs needed.
	logs[1].Run = ofRuns(2, nil)[1].Run
	logs[1].Run.Spark = maps.Clone(logs[1].Run.Spark)
	logs[1].Run.Spark[heapKey] = "3g"
	lost("52")(&logs[1].Run)
	if s := of(recommended(t, inputOf(logs)), spark.Executor, heapKey); s.Recommended != "4608m" {
		t.Errorf("%+v", s)
	}
	// Of a log that is cut nothing is known of the rest.
	logs = ofRuns(3, nil)
	logs[2].Log.Complete = false
	if r := recommended(t, inputOf(logs)); r.Runs != 3 || r.WholeRuns != 2 {
		t.Errorf("%d runs, %d whole", r.Runs, r.WholeRuns)
	}
}

func TestDriversByRuns(t *testing.T) {
	lasts := func(seconds float64) func(*model.Run) {
		return func(r *model.Run) { r.Seconds = seconds }
	}
	driver := func(heap, gcMillis int64) func(*model.Run) {
		return func(r *model.Run) {
			r.Spark["spark.driver.memory"] = "8g"
			r.Spark["spark.kubernetes.driver.limit.cores"] = "2"
			r.Driver = &model.Executor{ID: "driver", Peaks: map[string]int64{model.PeakHeap: heap << 20, model.PeakUnified: 10 << 20, "TotalGCTime": gcMillis}}
		}
	}
	for _, c := range []struct {
		name    string
		runs    int
		change  func(*model.Run)
		verdict Verdict
		to      string
	}{
		{"much of it in use", 3, driver(5000, 3_000), Keep, "8g"},
		{"a quarter of it in use", 3, driver(2000, 3_000), Change, "6g"},
		{"a quarter of it in use, once", 1, driver(2000, 3_000), Keep, "8g"},
		{"a quarter of it in use, in a minute", 3, both(driver(2000, 300), lasts(60)), Change, "6g"},
		{"a quarter of it in use, in less", 3, both(driver(2000, 300), lasts(59)), Keep, "8g"},
		{"GC of 10 % of ten minutes", 1, driver(5000, 60_000), Keep, "8g"},
		{"GC of more", 1, driver(5000, 61_000), Change, "8192m"},
	} {
		s := of(recommended(t, inputOf(ofRuns(c.runs, c.change))), spark.Driver, "spark.driver.memory")
		if c.to == "8192m" { // more than there is, by the model
			if s.Verdict != Change || s.Basis != "heap-gc" {
				t.Errorf("%s: %+v", c.name, s)
			}
			continue
		}
		if s.Verdict != c.verdict || s.Recommended != c.to {
			t.Errorf("%s: %s %s %q %q", c.name, s.Verdict, s.Recommended, s.Why, s.Formula)
		}
	}
}

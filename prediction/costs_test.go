package prediction

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// TestCostsAreThoseOfPods computes them by hand: one core of each executor and of the driver, 1408 MiB each.
func TestCostsAreThoseOfPods(t *testing.T) {
	run := recorded(t, programs()["scan"].run(t, 2, 1))
	prices := Prices{CPUHour: 3, GiBHour: .5}
	r, err := Predict(run, Wanted{Executors: []int{2}, Cores: []int{1, 2}, Prices: prices})
	if err != nil || len(r.Points) != 2 || len(r.Knees) != 2 || !r.Priced {
		t.Fatal(err, r)
	}
	m, _ := New(run)
	p := r.Points[0]
	hours := (3*p.Seconds - (m.arrivals[0]+m.arrivals[1])/1000) / 3600
	if math.Abs(p.CPUHours-hours) > .0002 || math.Abs(p.Money-(hours*3+hours*1408/1024*.5)) > .001 {
		t.Errorf("%+v, want %v hours", p, hours)
	}
	if q := r.Points[1]; q.Cores != 2 || q.Executors != 2 || q.Seconds >= p.Seconds || q.High/q.Seconds < p.High/p.Seconds+.04 {
		t.Errorf("%+v, with one core %+v", q, p)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "with 2 cores more tasks share a heap: spill and garbage collection by that are not predicted; the interval is 5.0 % wider above") {
		t.Errorf("%q", r.Notes)
	}
	run.Spark["spark.kubernetes.executor.request.cores"], run.Spark["spark.kubernetes.driver.request.cores"] = "500m", "2"
	m, _ = New(run)
	if got := m.at(2, 1, Prices{}); math.Abs(got.CPUHours-(2*got.Seconds+.5*(2*got.Seconds-(m.arrivals[0]+m.arrivals[1])/1000))/3600) > .0002 || m.cpuOf(2).executor != 1 {
		t.Errorf("%+v", got)
	}
}

// TestTheActualCostIsThatOfTheReplay: at its own size a run costs what its replay does.
func TestTheActualCostIsThatOfTheReplay(t *testing.T) {
	for _, p := range []program{programs()["shuffle"], programs()["cores"], grown()} {
		run := recorded(t, p.run(t, 3, 1))
		m, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		own, few := costsOf(run, Prices{1, 1})
		if got := m.at(m.executors, m.cores, Prices{1, 1}); few != nil || math.Abs(got.Money/own.Money-1) > .06 || math.Abs(got.CPUHours/own.CPUHours-1) > .06 {
			t.Errorf("%+v, was %+v", got, own)
		}
	}
}

// TestHeapsHaveBoundsOnly: of another heap nothing is replayed. Where the evidence bounds the time it does, and else it is said.
func TestHeapsHaveBoundsOnly(t *testing.T) {
	run := recorded(t, programs()["scan"].run(t, 2, 1))
	run.Spark["spark.executor.memory"] = "4g"
	run.GC.TaskShare = .1
	of := func(mib int64, cores int) Heap {
		t.Helper()
		r, err := Predict(run, Wanted{Executors: []int{2}, Cores: []int{cores}, Heaps: []int64{mib}})
		if err != nil || len(r.Heaps) != 1 || r.Heaps[0].HeapMiB != mib {
			t.Fatal(err, r)
		}
		return r.Heaps[0]
	}
	p := mustPredict(t, run, []int{2}, 0).Points[0]
	if h := of(2048, 1); h.AtLeast != p.Low || h.AtMost != 0 || !strings.Contains(h.Because, "logStageExecutorMetrics") || h.PodMiB != 2048+384 || h.MemoryGiBHours >= p.MemoryGiBHours {
		t.Errorf("without peaks: %+v", h)
	}
	run.Each[0].Peaks = map[string]int64{model.PeakHeap: 2000 << 20, model.PeakUnified: 900 << 20}
	if h := of(3000, 1); h.AtLeast != p.Low || math.Abs(h.AtMost-p.High*(1+.1*((4096.-2000)/(3000-2000)-1))) > .01 {
		t.Errorf("above the peak: %+v", h)
	}
	if h := of(2100, 1); h.AtMost != 0 || !strings.Contains(h.Because, "cannot be replayed") {
		t.Errorf("at the peak: %+v", h)
	}
	if h := of(1000, 1); h.AtMost != 0 || !strings.Contains(h.Because, "tasks spill or fail") {
		t.Errorf("below the need: %+v", h)
	}
	if h := of(3000, 2); h.AtMost != 0 {
		t.Errorf("more tasks in less heap: %+v", h)
	}
	if h := of(8192, 1); h.AtMost != p.High || math.Abs(h.AtLeast-p.Low*.9) > .01 {
		t.Errorf("more: %+v", h)
	}
	stages := run.Stages
	run.Stages = slices.Clone(stages)
	run.Stages[0].Quantiles = map[model.Metric]model.Distribution{model.PeakExecution: {P99: 1700 << 20, Max: 1700 << 20}}
	if h := of(3000, 1); h.AtMost != 0 || !strings.Contains(h.Because, "cannot be replayed") {
		t.Errorf("below what tasks took while no sample saw it: %+v", h)
	}
	run.Stages = stages
	if h := of(40_000, 1); h.AtMost != 0 || !strings.Contains(h.Because, "32 GiB") {
		t.Errorf("long references: %+v", h)
	}
	run.Totals.DiskSpillBytes = 1 << 30
	if h := of(8192, 1); h.AtLeast >= p.Low*.9 || !strings.Contains(h.Because, "spilled") {
		t.Errorf("after spill: %+v", h)
	}
	if h := of(3000, 1); h.AtMost != 0 {
		t.Errorf("less after spill: %+v", h)
	}
}

// TestRegressionsAreAgainstTheMedian of the baseline, in time and in cost.
func TestRegressionsAreAgainstTheMedian(t *testing.T) {
	scan := programs()["scan"]
	var baseline []Past
	for i, n := range []int{2, 2, 2, 4} {
		baseline = append(baseline, Past{string(rune('a' + i)), recorded(t, scan.run(t, n, uint64(i+5)))})
	}
	run := recorded(t, scan.run(t, 1, 1))
	r, err := Regress(run, baseline[:3], Prices{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Runs != 3 || r.Executors != 1 || r.BaselineExecutors != 2 || r.TimePercent < 40 || r.Fastest > r.BaselineSeconds || r.Slowest < r.BaselineSeconds || r.CostBasis != "memory" {
		t.Errorf("%+v", r)
	}
	if want := (run.Seconds/r.BaselineSeconds - 1) * 100; math.Abs(r.TimePercent-want) > .07 {
		t.Errorf("%v, want %v", r.TimePercent, want)
	}
	priced, err := Regress(run, baseline, Prices{CPUHour: 1})
	if err != nil || priced.CostBasis != "money" || math.Abs(priced.CostPercent-(priced.Costs.CPUHours/priced.BaselineCosts.CPUHours-1)*100) > 1 {
		t.Errorf("%+v, %v", priced, err)
	}
	cut := scan.run(t, 2, 9)
	var few *Insufficient
	if _, err := Regress(run, []Past{{"cut", recorded(t, cut[:len(cut)-1])}}, Prices{}); !errors.As(err, &few) || !strings.Contains(few.Reason, "cut: the log ends before") {
		t.Error(err)
	}
	if _, err := Regress(run, nil, Prices{}); !errors.As(err, &few) {
		t.Error(err)
	}
}

// TestStreamsAreNotPredicted: a query that waits for input takes as long with any executors.
func TestStreamsAreNotPredicted(t *testing.T) {
	for _, property := range []string{"sql.streaming.queryId", "spark.streaming.internal.batchTime"} {
		lines := programs()["scan"].run(t, 2, 1)
		for i := range lines {
			lines[i] = strings.Replace(lines[i], `"Properties":{`, `"Properties":{"`+property+`":"1760000000000",`, 1)
			lines[i] = strings.Replace(lines[i], `",}`, `"}`, 1)
		}
		if _, err := New(recorded(t, lines)); err == nil || !strings.Contains(err.Error(), "a stream was read") {
			t.Errorf("%s: %v", property, err)
		}
	}
}

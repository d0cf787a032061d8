package tuner

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestQueriesByRuns(t *testing.T) {
	tiny := func(tasks, p50, p95, read, in int64) func(*model.Run) {
		return func(r *model.Run) {
			spills(1, 0, tasks)(r)
			st := &r.Stages[0]
			st.Totals.MemorySpillBytes, st.Totals.DiskSpillBytes, st.Totals.ShuffleReadBytes, st.Totals.InputBytes = 0, 0, read<<20, in<<20
			st.Quantiles[model.Duration] = model.Distribution{P50: p50, P95: p95, Max: p95}
			st.Quantiles[model.Input] = model.Distribution{P50: in << 20 / max(tasks, 1)}
		}
	}
	skew := func(long, median int64) func(*model.Run) {
		return func(r *model.Run) {
			spills(1, 0, 10)(r)
			st := &r.Stages[0]
			st.Totals.MemorySpillBytes = 0
			st.Submitted, st.Completed = started, started.Add(200_000_000_000)
			st.Quantiles[model.Duration] = model.Distribution{P50: median, Max: long}
		}
	}
	large := func(r *model.Run) { // a stage of the same query, whose tasks read 129 MiB
		r.Jobs[0].Stages = append(r.Jobs[0].Stages, 8)
		r.Stages = append(r.Stages, model.Stage{ID: 8, Tasks: model.Tasks{Succeeded: 50}, Totals: model.Totals{DurationMillis: 1000, InputBytes: 50 * 129 << 20},
			Quantiles: map[model.Metric]model.Distribution{model.Input: {P50: 129 << 20, P95: 129 << 20}}})
	}
	lasts := func(seconds int) func(*model.Run) { // of the 600 s of the run
		return func(r *model.Run) {
			r.Stages[0].Submitted, r.Stages[0].Completed = started, started.Add(time.Duration(seconds)*time.Second)
		}
	}
	off := []string{keyAdaptive, "false"}
	driver := spark.Driver
	expect(t, []expected{
		{"spill: twice the partitions", 1, spills(200, 300, 200), nil, driver, keyPartitions, Change, "400", "stage 7 spilled"},
		{"fewer partitions than slots", 1, with(spills(100, 0, 4), keyPartitions, "4"), nil, driver, keyPartitions, Try, "12", "fewer tasks than the executors run at once"},
		{"fewer partitions than slots, in most of the time", 1, both(with(spills(100, 0, 1), keyPartitions, "1"), lasts(73)), nil, driver, keyPartitions, Change, "12", "fewer tasks than the executors run at once"},
		{"the same, in too little of it", 1, both(with(spills(100, 0, 1), keyPartitions, "1"), lasts(71)), nil, driver, keyPartitions, Try, "12", ""},
		{"fewer partitions than slots, that spilled", 1, with(spills(200, 300, 1), keyPartitions, "1"), nil, driver, keyPartitions, Change, "12", "stage 7 spilled"},
		{"as many as slots", 1, with(spills(100, 0, 6), keyPartitions, "6"), nil, driver, keyPartitions, "", "", ""},
		{"fewer tasks than slots, of merged partitions", 1, spills(100, 0, 4), nil, driver, keyPartitions, "", "", ""},
		{"spill of small tasks asks for memory", 1, spills(64, 300, 200), nil, driver, keyPartitions, "", "", ""},
		{"spill: by the data", 1, spills(1280, 300, 200), nil, driver, keyPartitions, Change, "2000", "stage 7 spilled"},
		{"spill of merged partitions", 1, spills(200, 300, 199), nil, driver, keyPartitions, "", "", ""},
		{"spill, raised since", 1, spills(200, 300, 200), []string{keyPartitions, "400"}, driver, keyPartitions, "", "", ""},
		{"spill, with partitions to merge", 1, with(spills(200, 300, 300), keyInitial, "300"), nil, driver, keyInitial, Change, "600", "stage 7 spilled"},
		{"tiny tasks with adaptive execution", 1, tiny(200, 500, 1000, 640, 0), nil, driver, keyParallelism, Try, "false", "tiny"},
		{"tiny tasks without it", 1, with(tiny(200, 500, 1000, 640, 0), off...), append([]string{}, off...), driver, keyAdaptive, Change, "", "nothing merges the 200 tiny tasks of stage 7"},
		{"no tiny tasks without it", 1, with(tiny(200, 501, 1000, 640, 0), off...), nil, driver, keyAdaptive, Change, "", "small and skewed partitions"},
		{"nothing is said of how adaptive execution merges what it did not run", 1, with(tiny(200, 500, 1000, 640, 0), off...), nil, driver, keyParallelism, "", "", ""},
		{"99 tasks", 1, tiny(99, 500, 1000, 640, 0), nil, driver, keyParallelism, "", "", ""},
		{"tasks of 501 ms", 1, tiny(200, 501, 1000, 640, 0), nil, driver, keyParallelism, "", "", ""},
		{"some tasks of more than a second", 1, tiny(200, 500, 1001, 640, 0), nil, driver, keyParallelism, "", "", ""},
		{"tiny input", 1, tiny(400, 300, 600, 0, 6400), nil, driver, keySplit, Try, "1g", "tiny"},
		{"tiny input beside large input, which would have tasks of a GiB", 1, both(tiny(400, 300, 600, 0, 6400), large), nil, driver, keySplit, "", "", ""},
		{"skew join that is off", 1, with(skew(150_000, 30_000), keySkewJoin, "false"), nil, driver, keySkewJoin, Try, "", "stage 7 is skewed"},
		{"skew of less than 150 s", 1, with(skew(149_999, 30_000), keySkewJoin, "false"), nil, driver, keySkewJoin, "", "", ""},
		{"skew of less than four times", 1, with(skew(160_000, 40_001), keySkewJoin, "false"), nil, driver, keySkewJoin, "", "", ""},
		{"no broadcast", 1, with(skew(1000, 900), keyBroadcast, "-1"), nil, driver, keyBroadcast, Try, "", "shuffle both sides"},
		{"a small broadcast", 1, with(skew(1000, 900), keyBroadcast, "1"), nil, driver, keyBroadcast, "", "", ""},
		{"no query", 1, with(nil, keyAdaptive, "false"), nil, driver, keyAdaptive, "", "", ""},
	})
	// Tiny tasks that nothing merges, and may not: fewer partitions, and not only to try where starting tasks takes half of the time.
	for run, want := range map[int64]Verdict{100_000: Change, 100_001: Try, 0: Try} {
		in := inputOf(ofRuns(1, with(tiny(1500, 100, 200, 640, 0), append(off, keyPartitions, "1500")...)))
		st := &in.Runs[0].Run.Stages[0]
		st.Totals.DurationMillis, st.Totals.RunMillis, st.Work = 150_000, run, model.Work{Count: 1500, Gap: 100.0 / 3}
		in.Leave = func(s Setting) bool { return s.Name == keyAdaptive }
		if s := of(recommended(t, in), driver, keyPartitions); s.Verdict != want || s.Recommended != "10" || s.Basis != "partitions-tiny" {
			t.Errorf("%d ms of run time: %+v", run, s)
		}
		in.Leave = nil
		s := of(recommended(t, in), driver, keyAdaptive)
		if s.Confidence != High || want == Change && s.Evidence != "stage 7: 1500 tasks, median 100 ms, 95 % within 200 ms; 50 % of its cores' time went into starting them" {
			t.Errorf("%d ms of run time: %+v", run, s)
		}
	}
	// Skew is not answered by partitions or memory.
	r := recommended(t, inputOf(ofRuns(1, skew(150_000, 30_000))))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "It is skewed: partitions and memory do not help") || of(r, driver, keyPartitions).Verdict != "" {
		t.Error(text)
	}
}

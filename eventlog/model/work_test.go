package model

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// taskLine is the end of a task.
func taskLine(stage, index, executor, launch, millis int64, reason string) []byte {
	const start = 1_760_000_000_000
	return fmt.Appendf(nil, `{"Event":"SparkListenerTaskEnd","Stage ID":%d,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{"Reason":"%s"},"Task Info":{"Task ID":%d,"Index":%[3]d,"Attempt":0,"Launch Time":%[4]d,"Executor ID":"%[5]d","Finish Time":%[6]d,"Accumulables":[]},"Task Executor Metrics":{},"Task Metrics":{"Executor Run Time":%[7]d,"Input Metrics":{"Bytes Read":4096}}}`,
		stage, reason, index, start+launch, executor, start+launch+millis, millis)
}

func begun(executors, cores int) [][]byte {
	lines := text(`{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"spark-1","Timestamp":1760000000000}`)
	for e := range executors {
		lines = append(lines, fmt.Appendf(nil, `{"Event":"SparkListenerExecutorAdded","Timestamp":1760000000000,"Executor ID":"%d","Executor Info":{"Total Cores":%d,"Resource Profile Id":0}}`, e, cores))
	}
	return lines
}

// TestWorkHoldsEachTask: tasks in the order of their launches, with their waves by core and the gap between two on a core.
func TestWorkHoldsEachTask(t *testing.T) {
	lines := begun(2, 2)
	// Executor 0: two cores, two waves; the second one begins 20 ms before the first one's finish is noted. Executor 1 runs one task, which fails.
	lines = append(lines,
		taskLine(3, 1, 0, 1000, 900, "Success"), taskLine(3, 0, 0, 1000, 1000, "Success"), taskLine(3, 4, 1, 1005, 1500, "ExceptionFailure"),
		taskLine(3, 2, 0, 1880, 300, "Success"), taskLine(3, 3, 0, 1980, 300, "Success"))
	w := recorded(t, lines...).Stages[0].Work
	if w.Count != 5 || w.Millis != 4000 || w.First != 1000 || w.Last != 2505 || w.Gap != -20 || len(w.Tasks) != 5 || len(w.Longest) != 0 {
		t.Fatalf("%+v", w)
	}
	want := []Timed{{1000, 900, 4, 0, Succeeded}, {1000, 1000, 4, 0, Succeeded}, {1005, 1500, 4, 0, Unsuccessful}, {1880, 300, 4, 1, Succeeded}, {1980, 300, 4, 1, Succeeded}}
	if !slices.Equal(w.Tasks, want) {
		t.Errorf("%+v", w.Tasks)
	}
}

// TestATaskMayTakeMoreCores: an executor runs as many tasks as its cores allow.
func TestATaskMayTakeMoreCores(t *testing.T) {
	for _, c := range []struct {
		run  Run
		want int
	}{
		{Run{}, 8},
		{Run{Spark: map[string]string{"spark.task.cpus": "2"}}, 4},
		{Run{Spark: map[string]string{"spark.task.cpus": "0.5"}}, 16},
		{Run{Spark: map[string]string{"spark.task.cpus": "2"}, Profiles: []Profile{{Task: map[string]float64{"cpus": 4}}}}, 2},
		{Run{Spark: map[string]string{"spark.task.cpus": "99"}}, 1},
		{Run{Spark: map[string]string{"spark.task.cpus": "NaN"}}, 8},
		{Run{Spark: map[string]string{"spark.task.cpus": "1e-300"}}, 1024},
	} {
		if got := c.run.Slots(&Executor{Cores: 8}); got != c.want {
			t.Errorf("%+v: %d, want %d", c.run, got, c.want)
		}
	}
}

// TestWorkOfALargeStageIsASample: its count and time are exact, the longest tasks are kept, the sample has the mean of the others, and
// cores that come later have a first wave, too.
func TestWorkOfALargeStageIsASample(t *testing.T) {
	r := NewRecorder()
	for _, line := range begun(4, 1) {
		if err := r.Record(line); err != nil {
			t.Fatal(err)
		}
	}
	at := [4]int64{}
	sum := int64(0)
	for i := range int64(40_000) {
		executor := i % 2
		if i > 20_000 {
			executor = i % 4
		}
		millis := 50 + i*7%100
		if i%9000 == 8999 {
			millis = 50_000 + i
		}
		sum += millis
		if err := r.Record(taskLine(0, i, executor, at[executor], millis, "Success")); err != nil {
			t.Fatal(err)
		}
		at[executor] += millis
	}
	w := r.Run().Stages[0].Work
	if w.Count != 40_000 || w.Millis != sum || len(w.Tasks) > maxOfStage || len(w.Tasks) < maxOfStage/8 || len(w.Longest) != maxLongest || w.Gap != 0 {
		t.Fatalf("%d kept, %d longest of %d, gap %v", len(w.Tasks), len(w.Longest), w.Count, w.Gap)
	}
	slices.SortFunc(w.Longest, func(a, b Timed) int { return int(a.Millis) - int(b.Millis) })
	if n := len(w.Longest); w.Longest[n-1].Millis < 85_000 || w.Longest[n-4].Millis < 50_000 || w.Longest[n-5].Millis > 200 {
		t.Errorf("%+v", w.Longest[n-5:])
	}
	mean, late := 0.0, 0
	for _, one := range w.Tasks {
		mean += float64(one.Millis) / float64(len(w.Tasks))
		if one.Wave == 0 && one.Launch > 200 {
			late++
		}
	}
	if math.Abs(mean-99.5) > 3 || late > 2 {
		t.Errorf("mean %v, %d first tasks long after the start", mean, late)
	}
}

// TestWorkIsBounded: many stages with many tasks keep as much as a bound, each some.
func TestWorkIsBounded(t *testing.T) {
	r := NewRecorder()
	for _, line := range begun(1, 1) {
		if err := r.Record(line); err != nil {
			t.Fatal(err)
		}
	}
	for stage := range int64(3000) {
		for i := range int64(120) {
			r.ended(&task{stage: stage, launch: 1_760_000_000_000 + stage*1000 + i, finish: 1_760_000_000_100 + stage*1000 + i, reason: []byte("Success"), executor: []byte("0")})
		}
	}
	kept := 0
	for _, st := range r.stages {
		kept += len(st.work.kept)
	}
	if kept != r.timings.kept || kept > maxTimed || kept < maxTimed/8 {
		t.Errorf("%d tasks are kept, counted as %d, of at most %d", kept, r.timings.kept, maxTimed)
	}
	for _, st := range r.Run().Stages {
		if w := st.Work; w.Count != 120 || w.Millis != 12_000 || len(w.Tasks)+len(w.Longest) < 4 {
			t.Fatalf("%+v", w)
		}
	}
}

// TestStagesThatGoTakeTheirTasks: what is kept of stages that are left out is counted no more.
func TestStagesThatGoTakeTheirTasks(t *testing.T) {
	r := NewRecorder()
	for stage := range int64(2*maxStages + 10) {
		r.ended(&task{stage: stage, launch: 1_760_000_000_000, finish: 1_760_000_000_100, reason: []byte("Success"), executor: []byte("0")})
	}
	if len(r.stages) > 2*maxStages || r.timings.kept != len(r.stages) {
		t.Errorf("%d stages, %d tasks", len(r.stages), r.timings.kept)
	}
}

package model

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

func sample(t testing.TB, s events.Shape) [][]byte {
	t.Helper()
	var b bytes.Buffer
	if err := events.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n"))
}

func recorded(t testing.TB, lines ...[]byte) Run {
	t.Helper()
	r := NewRecorder()
	for _, line := range lines {
		if err := r.Record(line); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
	}
	return r.Run()
}

func text(lines ...string) (all [][]byte) {
	for _, line := range lines {
		all = append(all, []byte(line))
	}
	return all
}

// TestARunIsWhatTheEventsSay reads every part of a run.
func TestARunIsWhatTheEventsSay(t *testing.T) {
	run := recorded(t, sample(t, events.Shape{Executors: 3, Stages: 2, Tasks: 30, Accumulators: 3})...)
	a := run.Application
	if a.ID != "spark-0123456789abcdef" || a.Name != "orders" || a.Version != "4.3.0" || a.Started.UnixMilli() != events.Start || a.Ended.Sub(a.Started).Seconds() != run.Seconds || run.Seconds < 5 || run.Seconds > 15 {
		t.Errorf("%+v %v", a, run.Seconds)
	}
	if run.Executors != 3 || len(run.Each) != 3 || run.Driver == nil || run.Driver.UnifiedOnHeap != 455501414 || run.Driver.ID != "driver" {
		t.Errorf("%d executors: %+v, %+v", run.Executors, run.Each, run.Driver)
	}
	first := run.Each[0]
	if first.ID != "1" || first.Cores != 2 || first.UnifiedOnHeap != 1<<30 || !strings.HasPrefix(first.Reason, "The executor with id 1 exited with exit code 137") || strings.Contains(first.Reason, "\n") || first.Removed.IsZero() || first.Peaks[PeakHeap] != 900<<20 || first.Peaks[PeakDirect] != 32<<20 || first.Peaks[PeakJVM] != 0 {
		t.Errorf("%+v", first)
	}
	if run.Each[1].Peaks[PeakHeap] != 500<<20+28*1000 || !run.Each[1].Removed.IsZero() {
		t.Errorf("%+v", run.Each[1])
	}
	if v, who := run.Peak(PeakHeap); v != 900<<20 || who != "1" {
		t.Errorf("%d of %s", v, who)
	}
	if run.Tasks != (Tasks{Succeeded: 60, Failed: 4}) || len(run.Failures) != 1 || run.Failures[0].Reason != "ExceptionFailure: java.io.IOException" || run.Failures[0].Count != 4 || run.Failures[0].Example != `disk "full"` {
		t.Errorf("%+v %+v", run.Tasks, run.Failures)
	}
	if g := run.GC; !g.Sampled || g.YoungMillis != 3*340 || g.YoungCount != 36 || g.OldMillis != 180 || g.ConcurrentMillis != 15 || g.TotalMillis != 1215 || g.TaskShare <= 0 || g.TaskShare > .06 {
		t.Errorf("%+v", g)
	}
	if run.UsedShare <= 0 || run.UsedShare >= 1 {
		t.Errorf("used %v", run.UsedShare)
	}
	if len(run.Jobs) != 2 || !run.Jobs[1].Succeeded || run.Jobs[1].Query == nil || *run.Jobs[1].Query != 0 || !slices.Equal(run.Jobs[1].Stages, []int64{1}) || !run.Jobs[1].Completed.After(run.Jobs[1].Submitted) {
		t.Errorf("%+v", run.Jobs)
	}
	if len(run.Queries) != 1 || run.Queries[0].Description != "count at orders.py:12" || !run.Queries[0].Ended.After(run.Queries[0].Started) || run.Queries[0].Error != "" {
		t.Errorf("%+v", run.Queries)
	}
	if len(run.Profiles) != 1 || run.Profiles[0].Executor["memory"] != 2048 || run.Profiles[0].Executor["cores"] != 2 || run.Profiles[0].Task["cpus"] != 1 {
		t.Errorf("%+v", run.Profiles)
	}
	if len(run.Stages) != 2 {
		t.Fatalf("%+v", run.Stages)
	}
	s := run.Stages[1]
	q := s.Quantiles[Duration]
	if s.ID != 1 || s.Name != "count at orders.py:12" || s.Planned != 30 || !slices.Equal(s.Parents, []int64{0}) || s.Tasks != (Tasks{Succeeded: 30, Failed: 2}) || q.Min != 100 || q.Max != (100+29*37%50)*5 || q.P50 < 100 || q.P50 > 150 || s.Skew != by(q.Max, q.P50) || s.DataSkew != 1 || !s.Completed.After(s.Submitted) {
		t.Errorf("%+v", s)
	}
	if d := s.Quantiles[Data]; d.Min != 65536+101000 || s.Quantiles[SchedulerDelay].Max != 4 || s.Quantiles[CPUTime].Min != 80_000_000 || s.Quantiles[DiskSpill].Max != 1500 || s.Quantiles[PeakExecution].Max != 1<<20+29 {
		t.Errorf("%+v", s.Quantiles)
	}
	if _, there := s.Quantiles[Output]; there {
		t.Error("a metric without values has quantiles")
	}
	if s.Totals.InputBytes != 32*65536 || run.Totals.InputBytes != 64*65536 || s.Totals.MemorySpillBytes != 48_000 {
		t.Errorf("%+v", s.Totals)
	}
	if run.Odd != nil || run.LeftOut != nil {
		t.Errorf("odd %v, left out %v", run.Odd, run.LeftOut)
	}
}

// TestAStageInBarrierMode is told by one of its RDDs, and not by the name of one.
func TestAStageInBarrierMode(t *testing.T) {
	stage := func(rdds string) bool {
		line := `{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":1,"Stage Attempt ID":0,"Stage Name":"s","Number of Tasks":4,"RDD Info":` + rdds + `,"Parent IDs":[0]}}`
		run := recorded(t, text(line)...)
		return len(run.Stages) == 1 && run.Stages[0].Barrier && slices.Equal(run.Stages[0].Parents, []int64{0})
	}
	if !stage(`[{"RDD ID":2,"Name":"a","Barrier":false},{"RDD ID":1,"Name":"b","Barrier":true}]`) {
		t.Error("a stage with an RDD in barrier mode is none")
	}
	for _, rdds := range []string{`[]`, `[{"RDD ID":1,"Name":"b","Barrier":false}]`, `[{"RDD ID":1,"Name":"\"Barrier\":true","Barrier":false}]`} {
		if stage(rdds) {
			t.Error(rdds)
		}
	}
}

// TestSecretsAndUsersStayOutOfARun: only properties that matter are kept, with secrets masked.
func TestSecretsAndUsersStayOutOfARun(t *testing.T) {
	run := recorded(t, sample(t, events.Shape{Executors: 1, Stages: 1, Tasks: 8})...)
	out, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"t0ps3cret", "wJalrXUtnFEMI", "somebody", "fs.defaultFS"} {
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("%s is in the run", secret)
		}
	}
	if run.Spark["spark.executor.memory"] != "2g" || !strings.HasPrefix(run.Spark["spark.executor.extraJavaOptions"], "-XX:+UseG1GC") || run.Java["Java Version"] != "17.0.15 (Debian)" || run.Java["os.arch"] != "amd64" {
		t.Errorf("%v %v", run.Spark, run.Java)
	}
}

// TestEventsOutOfOrderCountAsInOrder: listeners of several queues may write late.
func TestEventsOutOfOrderCountAsInOrder(t *testing.T) {
	lines := sample(t, events.Shape{Executors: 3, Stages: 3, Tasks: 40})
	want := recorded(t, lines...)
	for seed := range uint64(20) {
		mixed := slices.Clone(lines)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got := recorded(t, mixed...)
		if got.Seconds != want.Seconds || got.Tasks != want.Tasks || got.Totals != want.Totals || got.Executors != want.Executors || got.GC != want.GC || !reflect.DeepEqual(got.Stages, want.Stages) {
			t.Errorf("seed %d: %s", seed, cmp.Diff(want, got))
		}
	}
}

// TestClocksThatJumpMakeNothingNegative, and are said.
func TestClocksThatJumpMakeNothingNegative(t *testing.T) {
	run := recorded(t, text(
		`{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"x","Timestamp":9000}`,
		`{"Event":"SparkListenerExecutorAdded","Timestamp":9000,"Executor ID":"1","Executor Info":{"Total Cores":1}}`,
		`{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":8000,"Executor ID":"1","Finish Time":5000,"Accumulables":[]}}`,
		`{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage ID":0,"Stage Attempt ID":0,"Submission Time":8000,"Completion Time":4000}}`,
		`{"Event":"SparkListenerExecutorRemoved","Timestamp":8000,"Executor ID":"1","Removed Reason":"x"}`,
		`{"Event":"SparkListenerApplicationEnd","Timestamp":4000}`)...)
	if run.Seconds != 0 || run.Totals.DurationMillis != 0 || run.UsedShare != 0 || len(run.Odd) != 4 {
		t.Errorf("%+v", run)
	}
}

// TestLocalModeIsOneExecutor: the driver runs the tasks.
func TestLocalModeIsOneExecutor(t *testing.T) {
	run := recorded(t, text(
		`{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"local-1","Timestamp":1000}`,
		`{"Event":"SparkListenerExecutorAdded","Timestamp":1100,"Executor ID":"driver","Executor Info":{"Host":"h","Total Cores":2}}`,
		`{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":2000,"Executor ID":"driver","Finish Time":3000}}`,
		`{"Event":"SparkListenerApplicationEnd","Timestamp":4000}`)...)
	if !run.Application.Local || run.Executors != 1 || len(run.Each) != 1 || run.Driver != nil || run.Seconds != 3 {
		t.Errorf("%+v", run)
	}
}

// TestZeroTasks: an application that did nothing is a run.
func TestZeroTasks(t *testing.T) {
	run := recorded(t, sample(t, events.Shape{Stages: 0})...)
	if run.Seconds != 3.5 || run.Tasks != (Tasks{}) || len(run.Stages) != 0 {
		t.Errorf("%+v", run)
	}
}

// TestMissingEvidenceNamesItsSetting, and what is there is not missed.
func TestMissingEvidenceNamesItsSetting(t *testing.T) {
	lines := sample(t, events.Shape{Executors: 1, Stages: 1, Tasks: 3})
	with := func(replace ...string) [][]byte {
		out := bytes.Join(lines, []byte("\n"))
		for i := 0; i < len(replace); i += 2 {
			out = bytes.ReplaceAll(out, []byte(replace[i]), []byte(replace[i+1]))
		}
		return bytes.Split(out, []byte("\n"))
	}
	const on = `"spark.eventLog.logStageExecutorMetrics":"true",`
	for _, c := range []struct {
		name  string
		lines [][]byte
		want  []string
	}{
		{"as it is", lines, []string{logStageMetrics + "=true", processTree + "=true"}},
		{"on", with(`"Spark Properties":{`, `"Spark Properties":{`+on), []string{"", processTree + "=true"}},
		{"all", with(`"Spark Properties":{`, `"Spark Properties":{`+on, `"ProcessTreeJVMRSSMemory":0`, `"ProcessTreeJVMRSSMemory":5`), []string{""}},
		{"never sampled", with(`"JVMHeapMemory":`, `"x":`), []string{logStageMetrics + "=true", processTree + "=true"}},
		{"never sampled, on", with(`"Spark Properties":{`, `"Spark Properties":{`+on, `"JVMHeapMemory":`, `"x":`), []string{polling + "=1s", "", processTree + "=true"}},
		{"excluded", with(`"Spark Properties":{`, `"Spark Properties":{`+on+`"spark.eventLog.excludedPatterns":"BlockUpdated",`), []string{excluded + " (unset)", "", processTree + "=true"}},
		{"no end, no properties", slices.DeleteFunc(slices.Clone(lines), func(line []byte) bool {
			return bytes.Contains(line, []byte("ApplicationEnd")) || bytes.Contains(line, []byte("EnvironmentUpdate"))
		}), []string{"", "", logStageMetrics + "=true", processTree + "=true"}},
	} {
		var got []string
		for _, m := range recorded(t, c.lines...).Missing {
			got = append(got, m.Setting)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// TestManyStagesStayWithinTheirBound: those whose tasks took the least time go first, and totals keep them.
func TestManyStagesStayWithinTheirBound(t *testing.T) {
	r := NewRecorder()
	end := func(stage, millis int) {
		line := `{"Event":"SparkListenerTaskEnd","Stage ID":` + itoa(stage) + `,"Stage Attempt ID":0,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":1000,"Executor ID":"1","Finish Time":` + itoa(1000+millis) + `}}`
		if err := r.Record([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	const stages = 3*maxStages + 7
	for stage := range stages {
		end(stage, 1+stage%100)
	}
	end(5, 100_000)
	run := r.Run()
	if len(run.Stages) > maxStages || run.LeftOut["stages"] != stages+1-len(run.Stages) && run.LeftOut["stages"] != stages-len(run.Stages) || run.Tasks.Succeeded != stages+1 || len(r.open) > maxOpen {
		t.Errorf("%d stages, left out %v, %d open", len(run.Stages), run.LeftOut, len(r.open))
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n) // a number can be encoded
	return string(b)
}

// TestWhatIsNoEvent, and what is one in another form than Spark's.
func TestWhatIsNoEvent(t *testing.T) {
	for _, line := range []string{``, `x`, `[]`, `{}`, `{"a":1}`, `{"Event":1}`, `{"Event":"`, `{"Event":"SparkListenerTaskEnd"`, `{"Event":"SparkListenerTaskEnd","Stage ID":`, `{"Event":"SparkListenerTaskEnd","Task Info":{"Accumulables":[`, `{"Event":"SparkListenerTaskEnd","Task Metrics":{"x":"y`} {
		if err := NewRecorder().Record([]byte(line)); err == nil {
			t.Errorf("%s is an event", line)
		}
	}
	spaced := `{ "Task Metrics" : { "Executor Run Time" : 7 , "new" : [ { "a" : "\"}" } ] } , "Stage ID" : 3 , "Task End Reason" : { "Reason" : "Success" } , "Task Info" : { "Accumulables" : [ {} ] , "Launch Time" : 1.0e1 , "Finish Time" : 90 , "Executor ID" : "\u0031" } , "Event" : "SparkListenerTaskEnd" }`
	run := recorded(t, []byte(spaced))
	if len(run.Stages) != 1 || run.Stages[0].ID != 3 || run.Totals.RunMillis != 7 || run.Each[0].ID != "1" {
		t.Errorf("%+v", run)
	}
}

// TestNoTaskAllocates: of a log of millions of tasks nothing is left for the garbage collector but what grows with stages. That
// holds of starts and failures too, and of events that nothing is made of.
func TestNoTaskAllocates(t *testing.T) {
	lines := sample(t, events.Shape{Executors: 2, Stages: 1, Tasks: 600, Accumulators: 20})
	for _, name := range []string{"SparkListenerTaskGettingResult", "SparkListenerBlockUpdated", "org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates"} {
		lines = append(lines, []byte(`{"Event":"`+name+`","Task Info":{"Task ID":1}}`))
	}
	lines = append(lines, lines[len(lines)-1])
	r := NewRecorder()
	for _, line := range lines {
		if err := r.Record(line); err != nil {
			t.Fatal(err)
		}
	}
	r = NewRecorder()
	for _, line := range lines[:len(lines)-10] { // the stage stays open
		if err := r.Record(line); err != nil {
			t.Fatal(err)
		}
	}
	var pair [2][]byte // of kinds that take turns
	for _, line := range lines {
		if !bytes.Contains(line, []byte(`"Task Info"`)) {
			continue
		}
		pair[0], pair[1] = pair[1], line
		for range 1 << 10 { // examples of a failure are read at its first, second, fourth and so on
			if bytes.Contains(line, []byte("Failure")) {
				_ = r.Record(line)
			}
		}
		if n := testing.AllocsPerRun(10, func() { _, _ = r.Record(pair[0]), r.Record(pair[1]) }); n > 0 {
			t.Fatalf("%v allocations: %s\n%s", n, pair[0], pair[1])
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, line := range sample(f, events.Shape{Executors: 1, Stages: 1, Tasks: 9, Accumulators: 1}) {
		f.Add(line)
		f.Add(bytes.Replace(line, []byte(`"Accumulables"`), []byte(`"x"`), 1))
		f.Add(zeroed(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r := NewRecorder()
		err := r.Record(line)
		if json.Valid(line) && err != nil && err != ErrNoEvent {
			t.Errorf("valid JSON: %v", err)
		}
		run := r.Run()
		if _, err := json.Marshal(run); err != nil {
			t.Error(err)
		}
		// Blanks do not matter. An array that is jumped over is told by how Spark writes what stands behind it.
		if json.Valid(line) && !bytes.Contains(line, []byte(`"Accumulables"`)) && bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTaskEnd",`)) {
			spaced, err := rewritten(line, false)
			if err != nil {
				t.Fatal(err)
			}
			other := NewRecorder()
			if err := other.Record(spaced); err != nil {
				t.Fatalf("%v: %s", err, spaced)
			}
			if diff := cmp.Diff(run, other.Run()); diff != "" {
				t.Error(diff)
			}
		}
	})
}

package eventlog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// answers are what a History server said of one run, and what our reader says of it.
type answers struct {
	t    *testing.T
	rest string
	run  model.Run
}

func (a answers) read(name string, into any) {
	a.t.Helper()
	b, err := os.ReadFile(filepath.Join(a.rest, name+".json"))
	if err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		a.t.Fatal(name, err)
	}
}

func same[V comparable](a answers, what string, got, want V) {
	a.t.Helper()
	if got != want {
		a.t.Errorf("%s is %v; the History server says %v", what, got, want)
	}
}

// stamp is a time as the History server writes it; the zero time where it leaves one out.
type stamp struct{ time time.Time }

func (s *stamp) UnmarshalText(text []byte) (err error) {
	s.time, err = time.Parse("2006-01-02T15:04:05.000GMT", string(text))
	return err
}

func (a answers) at(what string, got time.Time, want stamp) {
	a.t.Helper()
	if !got.Equal(want.time) {
		a.t.Errorf("%s is %v; the History server says %v", what, got.UTC(), want.time)
	}
}

// TestARunSaysWhatTheHistoryServerSays: of each kept log of real Spark, what the History server of its own version answered about its
// application, jobs, stages, executors, queries and properties.
func TestARunSaysWhatTheHistoryServerSays(t *testing.T) {
	rests, err := filepath.Glob("../test/e2e/testdata/eventlogs/*/*/rest")
	if err != nil || len(rests) < 2*18 {
		t.Fatal(len(rests), "logs have their answers", err)
	}
	seen := map[string]int{}
	for _, rest := range rests {
		dir := filepath.Dir(rest)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			entries, err := filepath.Glob(filepath.Join(dir, "*spark-*"))
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			a := answers{t, rest, goodFile(t, entries[0]).Run}
			a.application()
			a.environment()
			seen["executors"] += a.executors()
			seen["stages"] += a.stages()
			seen["quantiles"] += a.quantiles()
			seen["jobs"] += a.jobs()
			seen["queries"] += a.queries()
		})
	}
	for what, least := range map[string]int{"executors": 36, "stages": 60, "quantiles": 1000, "jobs": 60, "queries": 16} {
		if seen[what] < least {
			t.Errorf("%d %s were compared, want %d", seen[what], what, least)
		}
	}
}

func (a answers) application() {
	var application struct {
		ID, Name string
		Attempts []struct {
			AppSparkVersion              string
			StartTimeEpoch, EndTimeEpoch int64
			Duration                     int64
			Completed                    bool
		}
	}
	a.read("application", &application)
	got, want := a.run.Application, application.Attempts[0]
	same(a, "the application", got.ID+" "+got.Name, application.ID+" "+application.Name)
	same(a, "Spark's version", got.Version, want.AppSparkVersion)
	same(a, "the start", got.Started.UnixMilli(), want.StartTimeEpoch)
	same(a, "whether there is an end", !got.Ended.IsZero(), want.Completed)
	if want.Completed { // of a log without an end the History server says 0 or the file's time
		same(a, "the end", got.Ended.UnixMilli(), want.EndTimeEpoch)
		same(a, "duration", int64(a.run.Seconds*1000+.5), want.Duration)
	}
}

// environment compares the properties that a run keeps. Those that the History server hides are hidden in both.
func (a answers) environment() {
	var environment struct {
		Runtime         struct{ JavaVersion string }
		SparkProperties [][2]string
	}
	a.read("environment", &environment)
	want := map[string]string{}
	for _, pair := range environment.SparkProperties {
		want[pair[0]] = pair[1]
	}
	if len(want) == 0 {
		same(a, "the number of Spark's properties", len(a.run.Spark), 0)
		return
	}
	for _, key := range []string{"spark.executor.memory", "spark.executor.cores", "spark.driver.memory", "spark.executor.instances"} {
		if a.run.Spark[key] == "" {
			a.t.Errorf("the run has no %s; the History server says %s", key, want[key])
		}
	}
	for key, got := range a.run.Spark {
		if !strings.Contains(want[key], "redacted") {
			same(a, key, got, want[key])
		}
	}
	if java := a.run.Java["java.version"]; java == "" || !strings.HasPrefix(environment.Runtime.JavaVersion, java+" ") {
		a.t.Errorf("Java %q; the History server says %q", java, environment.Runtime.JavaVersion)
	}
}

func (a answers) executors() (compared int) {
	var executors []struct {
		ID                                                                                                                        string
		IsActive                                                                                                                  bool
		AddTime, RemoveTime                                                                                                       stamp
		RemoveReason                                                                                                              string
		TotalCores, CompletedTasks, FailedTasks, TotalDuration, TotalGCTime, TotalInputBytes, TotalShuffleRead, TotalShuffleWrite int64

		MemoryMetrics     struct{ TotalOnHeapStorageMemory, TotalOffHeapStorageMemory int64 }
		PeakMemoryMetrics map[string]int64
	}
	a.read("executors", &executors)
	each := map[string]model.Executor{}
	for _, ex := range a.run.Each {
		each[ex.ID] = ex
	}
	same(a, "the number of executors", len(each), len(executors)-1) // and the driver
	var input, shuffleRead, shuffleWritten int64
	for _, want := range executors {
		input, shuffleRead, shuffleWritten = input+want.TotalInputBytes, shuffleRead+want.TotalShuffleRead, shuffleWritten+want.TotalShuffleWrite
		if want.ID == "driver" { // its duration and collection are those of its process
			continue
		}
		got := each[want.ID]
		at := "executor " + want.ID + ": "
		same(a, at+"tasks", got.Tasks.Succeeded, want.CompletedTasks)
		same(a, at+"failed", got.Tasks.Failed, want.FailedTasks)
		same(a, at+"busy", got.BusyMillis, want.TotalDuration)
		same(a, at+"GC", got.GCMillis, want.TotalGCTime)
		same(a, at+"cores", got.Cores, want.TotalCores)
		same(a, at+"whether it is there", got.Removed.IsZero(), want.IsActive)
		a.at(at+"added", got.Added, want.AddTime)
		a.at(at+"removed", got.Removed, want.RemoveTime)
		same(a, at+"memory on the heap", got.UnifiedOnHeap, want.MemoryMetrics.TotalOnHeapStorageMemory)
		same(a, at+"memory off the heap", got.UnifiedOffHeap, want.MemoryMetrics.TotalOffHeapStorageMemory)
		same(a, at+"has a reason of its removal", got.Reason != "", want.RemoveReason != "")
		said := strings.Join(strings.Fields(want.RemoveReason), " ")
		for part := range strings.SplitSeq(got.Reason, ". ") { // the telling lines of it are kept
			if !strings.Contains(said, part) {
				a.t.Errorf("%swas removed for %q; the History server says %q", at, part, said)
			}
		}
		for name, value := range want.PeakMemoryMetrics {
			same(a, at+name, got.Peaks[name], value)
		}
		compared++
	}
	same(a, "input", a.run.Totals.InputBytes, input)
	same(a, "shuffle read", a.run.Totals.ShuffleReadBytes, shuffleRead)
	same(a, "shuffle written", a.run.Totals.ShuffleWriteBytes, shuffleWritten)
	return compared
}

// attempt is one of a stage.
type attempt struct{ id, number int64 }

func (a answers) stagesOfRun() map[attempt]model.Stage {
	of := map[attempt]model.Stage{}
	for _, st := range a.run.Stages {
		of[attempt{st.ID, st.Attempt}] = st
	}
	return of
}

func (a answers) stages() (compared int) {
	var stages []struct {
		Status                                                       string
		SubmissionTime, CompletionTime                               stamp
		StageID, AttemptID, NumTasks                                 int64
		NumCompleteTasks, NumFailedTasks, NumKilledTasks             int64
		ExecutorRunTime, ExecutorCPUTime, JvmGcTime                  int64
		InputBytes, OutputBytes, ShuffleReadBytes, ShuffleWriteBytes int64
		MemoryBytesSpilled, DiskBytesSpilled                         int64
	}
	a.read("stages", &stages)
	of := a.stagesOfRun()
	for _, want := range stages {
		if want.Status == "SKIPPED" {
			continue
		}
		got, has := of[attempt{want.StageID, want.AttemptID}]
		at := fmt.Sprintf("stage %d: ", want.StageID)
		same(a, at+"whether it ran", has, true)
		same(a, at+"failed", got.Failure != "", want.Status == "FAILED")
		a.at(at+"submitted", got.Submitted, want.SubmissionTime)
		a.at(at+"completed", got.Completed, want.CompletionTime)
		for _, one := range []struct {
			what      string
			got, want int64
		}{
			{"planned", got.Planned, want.NumTasks}, {"succeeded", got.Tasks.Succeeded, want.NumCompleteTasks}, {"failed", got.Tasks.Failed, want.NumFailedTasks}, {"killed", got.Tasks.Killed, want.NumKilledTasks},
			{"run time", got.Totals.RunMillis, want.ExecutorRunTime}, {"CPU", got.Totals.CPUNanos, want.ExecutorCPUTime}, {"GC", got.Totals.GCMillis, want.JvmGcTime},
			{"input", got.Totals.InputBytes, want.InputBytes}, {"output", got.Totals.OutputBytes, want.OutputBytes}, {"shuffle read", got.Totals.ShuffleReadBytes, want.ShuffleReadBytes}, {"shuffle write", got.Totals.ShuffleWriteBytes, want.ShuffleWriteBytes},
			{"memory spill", got.Totals.MemorySpillBytes, want.MemoryBytesSpilled}, {"disk spill", got.Totals.DiskSpillBytes, want.DiskBytesSpilled},
		} {
			same(a, at+one.what, one.got, one.want)
		}
		compared++
	}
	same(a, "the number of stages that ran", len(of), compared)
	return compared
}

// quantiles compares those of each metric of tasks that succeeded. What is 0 for all tasks a run leaves out. Where a task failed, the
// History server takes the durations and delays of failed tasks, too: in executor-heap of 3.5.9 one task succeeded after 1,617 ms and one failed
// after 398, and it answers 398.
func (a answers) quantiles() (compared int) {
	type spread []float64
	var stages []struct {
		Status                   string
		StageID, AttemptID       int64
		TaskMetricsDistributions *struct {
			Quantiles                                                                                  spread
			Duration, ExecutorDeserializeTime, ExecutorRunTime, ExecutorCPUTime, ResultSize, JvmGcTime spread
			ResultSerializationTime, GettingResultTime, SchedulerDelay, PeakExecutionMemory            spread
			MemoryBytesSpilled, DiskBytesSpilled                                                       spread
			InputMetrics                                                                               struct{ BytesRead spread }
			OutputMetrics                                                                              struct{ BytesWritten spread }
			ShuffleReadMetrics                                                                         struct{ ReadBytes, FetchWaitTime spread }
			ShuffleWriteMetrics                                                                        struct{ WriteBytes spread }
		}
	}
	a.read("stages", &stages)
	of := a.stagesOfRun()
	for _, want := range stages {
		d := want.TaskMetricsDistributions
		if want.Status == "SKIPPED" || d == nil {
			continue
		}
		if !slices.Equal(d.Quantiles, spread{0, .25, .5, .75, 1}) {
			a.t.Fatal(d.Quantiles)
		}
		for metric, at := range map[model.Metric]spread{
			model.Duration: d.Duration, model.Deserialize: d.ExecutorDeserializeTime, model.RunTime: d.ExecutorRunTime, model.CPUTime: d.ExecutorCPUTime,
			model.ResultSize: d.ResultSize, model.GCTime: d.JvmGcTime, model.Serialize: d.ResultSerializationTime, model.GettingResult: d.GettingResultTime,
			model.SchedulerDelay: d.SchedulerDelay, model.PeakExecution: d.PeakExecutionMemory, model.MemorySpill: d.MemoryBytesSpilled, model.DiskSpill: d.DiskBytesSpilled,
			model.Input: d.InputMetrics.BytesRead, model.Output: d.OutputMetrics.BytesWritten, model.ShuffleRead: d.ShuffleReadMetrics.ReadBytes,
			model.FetchWait: d.ShuffleReadMetrics.FetchWaitTime, model.ShuffleWrite: d.ShuffleWriteMetrics.WriteBytes,
		} {
			stage := of[attempt{want.StageID, want.AttemptID}]
			if stage.Tasks.Failed > 0 && (metric == model.Duration || metric == model.SchedulerDelay) {
				continue
			}
			got := stage.Quantiles[metric]
			for i, one := range []int64{got.Min, got.P25, got.P50, got.P75, got.Max} {
				if len(at) != 5 {
					a.t.Fatalf("stage %d: %s has %v", want.StageID, metric, at)
				}
				same(a, fmt.Sprintf("stage %d: %s at %v", want.StageID, metric, d.Quantiles[i]), one, int64(at[i]))
				compared++
			}
		}
	}
	return compared
}

func (a answers) jobs() (compared int) {
	var jobs []struct {
		JobID                          int64
		Status                         string
		SubmissionTime, CompletionTime stamp
		StageIDs                       []int64
	}
	a.read("jobs", &jobs)
	same(a, "the number of jobs", len(a.run.Jobs), len(jobs))
	of := map[int64]model.Job{}
	for _, job := range a.run.Jobs {
		of[job.ID] = job
	}
	for _, want := range jobs {
		got, at := of[want.JobID], fmt.Sprintf("job %d: ", want.JobID)
		same(a, at+"succeeded", got.Succeeded, want.Status == "SUCCEEDED")
		a.at(at+"submitted", got.Submitted, want.SubmissionTime)
		a.at(at+"completed", got.Completed, want.CompletionTime)
		slices.Sort(want.StageIDs)
		same(a, at+"stages", fmt.Sprint(slices.Sorted(slices.Values(got.Stages))), fmt.Sprint(want.StageIDs))
		compared++
	}
	return compared
}

func (a answers) queries() (compared int) {
	var queries []struct {
		ID, Duration                int64
		Status, Description         string
		SubmissionTime              stamp
		SuccessJobIDs, FailedJobIDs []int64
	}
	a.read("sql", &queries)
	same(a, "the number of queries", len(a.run.Queries), len(queries))
	of := map[int64][]int64{} // jobs by query
	for _, job := range a.run.Jobs {
		if job.Query != nil {
			of[*job.Query] = append(of[*job.Query], job.ID)
		}
	}
	for i, want := range queries {
		got, at := a.run.Queries[i], fmt.Sprintf("query %d: ", want.ID)
		same(a, at+"its number", got.ID, want.ID)
		same(a, at+"description", got.Description, want.Description)
		a.at(at+"started", got.Started, want.SubmissionTime)
		if !got.Ended.IsZero() || !a.run.Application.Ended.IsZero() { // where a log is cut before a query's end, the History server goes by another time
			same(a, at+"duration", got.Ended.Sub(got.Started).Milliseconds(), want.Duration)
		}
		same(a, at+"failed", got.Error != "", want.Status == "FAILED")
		jobs := slices.Concat(want.SuccessJobIDs, want.FailedJobIDs)
		slices.Sort(jobs)
		same(a, at+"jobs", fmt.Sprint(slices.Sorted(slices.Values(of[want.ID]))), fmt.Sprint(jobs))
		compared++
	}
	return compared
}

package eventlog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

func answer(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(name, err)
	}
}

// TestARunSaysWhatTheHistoryServerSays: of each kept log of real Spark, what its own history server answered.
func TestARunSaysWhatTheHistoryServerSays(t *testing.T) {
	rests, err := filepath.Glob("../test/e2e/testdata/eventlogs/*/*/rest")
	if err != nil || len(rests) == 0 {
		t.Fatal("no answers are kept", err)
	}
	for _, rest := range rests {
		dir := filepath.Dir(rest)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			entries, err := filepath.Glob(filepath.Join(dir, "*spark-*"))
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			run := goodFile(t, entries[0]).Run
			same := func(what string, got, want int64) {
				t.Helper()
				if got != want {
					t.Errorf("%s is %d; the history server says %d", what, got, want)
				}
			}
			var application struct{ Attempts []struct{ Duration int64 } }
			answer(t, filepath.Join(rest, "application.json"), &application)
			if !run.Application.Ended.IsZero() { // of a log without an end the history server says 0 or the file's time
				same("duration", run.Application.Ended.Sub(run.Application.Started).Milliseconds(), application.Attempts[0].Duration)
			}
			var executors []struct {
				ID                                                                                                            string
				CompletedTasks, FailedTasks, TotalDuration, TotalGCTime, TotalInputBytes, TotalShuffleRead, TotalShuffleWrite int64

				PeakMemoryMetrics map[string]int64
			}
			answer(t, filepath.Join(rest, "executors.json"), &executors)
			each := map[string]model.Executor{}
			for _, ex := range run.Each {
				each[ex.ID] = ex
			}
			var input, shuffleRead, shuffleWritten int64
			for _, want := range executors {
				input, shuffleRead, shuffleWritten = input+want.TotalInputBytes, shuffleRead+want.TotalShuffleRead, shuffleWritten+want.TotalShuffleWrite
				if want.ID == "driver" { // its duration and collection are those of its process
					continue
				}
				got := each[want.ID]
				at := "executor " + want.ID + ": "
				same(at+"tasks", got.Tasks.Succeeded, want.CompletedTasks)
				same(at+"failed", got.Tasks.Failed, want.FailedTasks)
				same(at+"busy", got.BusyMillis, want.TotalDuration)
				same(at+"GC", got.GCMillis, want.TotalGCTime)
				for name, value := range want.PeakMemoryMetrics {
					same(at+name, got.Peaks[name], value)
				}
			}
			same("input", run.Totals.InputBytes, input)
			same("shuffle read", run.Totals.ShuffleReadBytes, shuffleRead)
			same("shuffle written", run.Totals.ShuffleWriteBytes, shuffleWritten)
			var stages []struct {
				Status                                                       string
				StageID, AttemptID, NumTasks                                 int64
				NumCompleteTasks, NumFailedTasks, NumKilledTasks             int64
				ExecutorRunTime, ExecutorCPUTime, JvmGcTime                  int64
				InputBytes, OutputBytes, ShuffleReadBytes, ShuffleWriteBytes int64
				MemoryBytesSpilled, DiskBytesSpilled                         int64
			}
			answer(t, filepath.Join(rest, "stages.json"), &stages)
			type key struct{ id, attempt int64 }
			of := map[key]model.Stage{}
			for _, st := range run.Stages {
				of[key{st.ID, st.Attempt}] = st
			}
			for _, want := range stages {
				got := of[key{want.StageID, want.AttemptID}]
				if strings.EqualFold(want.Status, "SKIPPED") {
					continue
				}
				for _, one := range []struct {
					what      string
					got, want int64
				}{
					{"planned", got.Planned, want.NumTasks}, {"succeeded", got.Tasks.Succeeded, want.NumCompleteTasks}, {"failed", got.Tasks.Failed, want.NumFailedTasks}, {"killed", got.Tasks.Killed, want.NumKilledTasks},
					{"run time", got.Totals.RunMillis, want.ExecutorRunTime}, {"CPU", got.Totals.CPUNanos, want.ExecutorCPUTime}, {"GC", got.Totals.GCMillis, want.JvmGcTime},
					{"input", got.Totals.InputBytes, want.InputBytes}, {"output", got.Totals.OutputBytes, want.OutputBytes}, {"shuffle read", got.Totals.ShuffleReadBytes, want.ShuffleReadBytes}, {"shuffle write", got.Totals.ShuffleWriteBytes, want.ShuffleWriteBytes},
					{"memory spill", got.Totals.MemorySpillBytes, want.MemoryBytesSpilled}, {"disk spill", got.Totals.DiskSpillBytes, want.DiskBytesSpilled},
				} {
					same("stage "+string(rune('0'+want.StageID%10))+": "+one.what, one.got, one.want)
				}
			}
		})
	}
}

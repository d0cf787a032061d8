package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

func ranTable(t *testing.T, run model.Run) string {
	t.Helper()
	run.Application = model.Application{ID: "x", Ended: time.UnixMilli(9000)}
	var b strings.Builder
	e := &EventLog{Log: model.Reading{Name: "x", Complete: true}, Run: run}
	if err := layout.Draw(&b, layout.Style{Columns: 100}, func(t *layout.Table) { Show(t, e, nil, nil) }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func has(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// TestAPeakStandsBesideTheLimitOfItsExecutor: of another resource profile what that asks for.
func TestAPeakStandsBesideTheLimitOfItsExecutor(t *testing.T) {
	small := model.Executor{ID: "1", Cores: 2, UnifiedOnHeap: 1 << 30, Peaks: map[string]int64{model.PeakHeap: 900 << 20, model.PeakUnified: 300 << 20}}
	large := model.Executor{ID: "2", Cores: 4, Profile: 1, UnifiedOnHeap: 4 << 30, UnifiedOffHeap: 2 << 30, Peaks: map[string]int64{model.PeakHeap: 5 << 30, model.PeakUnified: 200 << 20, model.PeakUnifiedX: 100 << 20}}
	run := model.Run{
		Executors: 2, Each: []model.Executor{small, large}, Spark: map[string]string{"spark.executor.memory": "2048"},
		Profiles: []model.Profile{{ID: 0, Executor: map[string]float64{"memory": 2048}}, {ID: 1, Executor: map[string]float64{"memory": 8192}}, {ID: 2}},
	}
	has(t, ranTable(t, run), "2 executors of 2 cores, heap 2048Mi; of 4 cores, heap 8192Mi", "heap 5120 MiB of 8192Mi (executor 2)", "execution and storage 300 MiB of 1024 MiB", "off-heap execution and storage 100 MiB of 2048 MiB")
	// A profile that says nothing of memory takes the property's.
	run.Each[1].Profile, run.Spark["spark.executor.memory"] = 2, "6g"
	has(t, ranTable(t, run), "heap 5120 MiB of 6g (executor 2)")
	for i := range 5 {
		run.Each = append(run.Each, model.Executor{ID: "x", Cores: int64(5 + i)})
	}
	has(t, strings.Join(strings.Fields(ranTable(t, run)), " "), "of 5 cores, heap 6g; of 4 other sizes (-o json)")
}

// TestAStageWithoutAMedianSaysWhy: of no task that succeeded nothing is shown as 0.
func TestAStageWithoutAMedianSaysWhy(t *testing.T) {
	text := ranTable(t, model.Run{Stages: []model.Stage{
		{ID: 1, Tasks: model.Tasks{Failed: 3}, Totals: model.Totals{DurationMillis: 900}},
		{ID: 2, Tasks: model.Tasks{Succeeded: 3}},
		{ID: 3, Tasks: model.Tasks{Succeeded: 3}, Quantiles: map[model.Metric]model.Distribution{model.Duration: {Max: 70}}},
	}})
	has(t, text, "\n  1               3    900 ms          no task succeeded       0 B  \n", "all took 0 ms", "      0 ms     70 ms      - ")
}

// TestRemovedExecutorsStandInTheirOrder: as the log has them, not as they were added.
func TestRemovedExecutorsStandInTheirOrder(t *testing.T) {
	at := time.UnixMilli(5000)
	text := ranTable(t, model.Run{Each: []model.Executor{{ID: "1", Removed: at, Removal: 2, Reason: "second"}, {ID: "2", Removed: at, Removal: 1, Reason: "first"}, {ID: "3"}}})
	has(t, text, "  removed    executor 2: first\n             executor 1: second\n")
}

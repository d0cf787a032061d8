package tuner

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// realRuns are the logs of real runs that are kept, by version and kind.
func realRuns(t *testing.T, visit func(version, kind string, log model.Logged)) {
	t.Helper()
	logs, err := filepath.Glob("../test/e2e/testdata/eventlogs/*/*/*spark-*")
	if err != nil || len(logs) < 35 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	for _, name := range logs {
		log, err := eventlog.Read(context.Background(), name, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(name)
		visit(filepath.Base(filepath.Dir(folder)), filepath.Base(folder), model.Logged{Log: log.Reading, Run: log.Run})
	}
}

func inputOfLog(log model.Logged) Input {
	in := Input{Launcher: spark.Native, Conf: evidence.Conf(&log.Run), Runs: []model.Logged{log}, Pods: []Pod{{Role: spark.Driver}, {Role: spark.Executor}}}
	in.Version, _ = spark.ParseVersion(log.Run.Application.Version)
	return in
}

// TestSkewIsToldWithWhatItCosts: of the log that the documents use, in which no query ran.
func TestSkewIsToldWithWhatItCosts(t *testing.T) {
	log, err := eventlog.Read(t.Context(), "../examples/logs/skew.zstd", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	logged := model.Logged{Log: log.Reading, Run: log.Run}
	const want = "stage 0 is skewed: the longest task took 12.1 s, the median 1.7 s. With 2 tasks at once that costs little; with 4 or more the stage takes as long as that task: spread its keys"
	if notes := recommended(t, inputOfLog(logged)).Notes; !slices.Contains(notes, want) {
		t.Errorf("%q is not among %q", want, notes)
	}
	stages := logged.Run.Stages
	for i := range stages {
		if stages[i].ID == 0 { // as if the others were short: the stage waits for one task
			stages[i].Totals.DurationMillis = stages[i].Quantiles[model.Duration].Max + 3000
		}
	}
	if notes := strings.Join(recommended(t, inputOfLog(logged)).Notes, "\n"); !strings.Contains(notes, "the median 1.7 s. That costs up to 4.") {
		t.Errorf("what it costs is not among %q", notes)
	}
}

// TestRealRunsThatRanOutOfMemory: heap, kernel and Python each raise their own memory, and no other; the driver's end is in no log.
func TestRealRunsThatRanOutOfMemory(t *testing.T) {
	want := map[string][3]string{ // heap, overhead and PySpark memory of executors
		"executor-heap":                 {"1g", "", ""},
		"executor-killed-by-the-kernel": {"", "896m", ""},
		"executor-python":               {"", "", "640m"},
		"driver-heap":                   {},
		"driver-killed-by-the-kernel":   {},
		"none":                          {},
		"spill":                         {},
	}
	seen := 0
	realRuns(t, func(version, kind string, log model.Logged) {
		r := recommended(t, inputOfLog(log))
		set := map[string]string{}
		for _, c := range r.Changes() {
			set[c.Key] = c.Value
		}
		if got, known := want[kind]; known {
			seen++
			if now := [3]string{set[heapKey], set[keyOverhead], set[spark.KeyPySparkMemory]}; now != got {
				t.Errorf("%s %s: %v, want %v; %v", version, kind, now, got, r.Changes())
			}
		}
		if _, lowered := set["spark.driver.memory"]; lowered || r.Runs != 1 {
			t.Errorf("%s %s: %d runs, %v", version, kind, r.Runs, set)
		}
		if kind == "driver-killed-by-the-kernel" && !strings.Contains(strings.Join(r.Notes, "\n"), "the log has no end of the application") {
			t.Errorf("%s %s: %q", version, kind, r.Notes)
		}
		for key, c := range inputOfLog(log).Conf {
			if strings.Contains(c.Value, "--add-opens") || key == "spark.driver.host" {
				t.Errorf("%s %s: %s=%s is Spark's own", version, kind, key, c.Value)
			}
		}
	})
	if seen != 2*len(want) {
		t.Errorf("%d logs were looked at", seen)
	}
}

package fleet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/test/events"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// folder is one of so many logs of an application. In the text of the first a word stands for another.
func folder(t *testing.T, logs int, old, with string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range logs {
		var b bytes.Buffer
		if err := events.Write(&b, events.Shape{ID: fmt.Sprintf("spark-%d", i), Executors: 1, Stages: 1, Tasks: 4}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if i == 0 {
			text = strings.ReplaceAll(text, old, with)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("log-%d", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func quietReader() Reader {
	return Reader{Files: eventlog.Disk{}, MinRuns: 3, Begin: func(string) func() { return func() {} }, Progress: func(int, int) {}}
}

// TestALogThatShowsNothingIsSaid, though the others of its application show enough.
func TestALogThatShowsNothingIsSaid(t *testing.T) {
	r := quietReader()
	r.Recommend = func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
		of, err := tuner.Recommend(sc.Workloads[0].Tuning())
		return of, nil, err == nil
	}
	all, err := r.Read(context.Background(), folder(t, 3, `"Executor ID":"1"`, `"Executor ID":"driver"`))
	if err != nil || len(all.Applications) != 1 || all.Applications[0].UnusedRuns != 1 || len(all.NotUsed) != 1 || all.NotUsed[0].Reason != "orders: spark-0: the run was in local mode and had no executors" {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestARunThatFailedIsNoWholeOne: further logs are read for those that a reduction needs.
func TestARunThatFailedIsNoWholeOne(t *testing.T) {
	var runs int
	r := quietReader()
	r.Recommend = func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
		runs = len(sc.Workloads[0].Tuning().Runs)
		return of, nil, false
	}
	all, err := r.Read(context.Background(), folder(t, 5, `"Result":"JobSucceeded"`, `"Result":"JobFailed"`))
	if err != nil || len(all.Applications) != 1 || all.Applications[0].Logs != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	if show := all.Applications[0].Show; runs != 4 || strings.Count(show, "--event-log=") != 4 || strings.Contains(show, "log-4") {
		t.Errorf("%d runs: %s", runs, show)
	}
}

package fleet

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/report"
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

// TestAnApplicationWithoutALogIsNamed: where the beginnings of its logs name it and none can be read to its end, it has no answer.
func TestAnApplicationWithoutALogIsNamed(t *testing.T) {
	r := quietReader()
	r.MinRuns = math.MaxInt // as a user may ask for
	r.Recommend = func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
		of, err := tuner.Recommend(sc.Workloads[0].Tuning())
		return of, nil, err == nil
	}
	dir := folder(t, 2, "", "")
	const two = `{"Event":"SparkListenerApplicationStart","App Name":"lost","App ID":"spark-a","Timestamp":1760000000000}
{"Event":"SparkListenerApplicationStart","App Name":"lost","App ID":"spark-b","Timestamp":1760000000000}
`
	if err := os.WriteFile(filepath.Join(dir, "mixed"), []byte(two), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := r.Read(t.Context(), dir)
	if err != nil || len(all.Applications) != 1 || len(all.NotUsed) != 1 || len(all.Unread) != 1 || all.Unread[0].Reason != "lost: no log of it can be read (1 tried)" || all.Unanswered() != 1 {
		t.Errorf("%v, %+v", err, all)
	}
}

// TestABeginningThatWasOfAnotherApplicationCountsForNone: a log is written anew, or somebody changes what pods write down.
func TestABeginningThatWasOfAnotherApplicationCountsForNone(t *testing.T) {
	r := quietReader()
	r.Recommend = func(*scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
		t.Error("a log of another application is judged")
		return of, nil, false
	}
	dir := folder(t, 1, "", "")
	out := &report.Fleet{}
	one, err := r.application(t.Context(), &found{name: "payments", logs: []past{{path: filepath.Join(dir, "log-0"), name: "log-0"}}}, out)
	if err != nil || one != nil || len(out.NotUsed) != 1 || !strings.Contains(out.NotUsed[0].Reason, `log-0 is of application "orders", and its beginning was of "payments"`) || len(out.Unread) != 1 {
		t.Errorf("%v, %+v, %+v", err, one, out)
	}
}

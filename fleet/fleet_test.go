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

// TestARunThatFailedIsNoWholeOne: further logs are read for those that a reduction needs.
func TestARunThatFailedIsNoWholeOne(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		var b bytes.Buffer
		if err := events.Write(&b, events.Shape{ID: fmt.Sprintf("spark-%d", i), Executors: 1, Stages: 1, Tasks: 4}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if i == 0 {
			text = strings.Replace(text, `"Result":"JobSucceeded"`, `"Result":"JobFailed"`, 1)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("log-%d", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var runs int
	r := Reader{Files: eventlog.Disk{}, MinRuns: 3, Begin: func(string) func() { return func() {} }, Progress: func(int, int) {},
		Recommend: func(sc *scene.Scene) (of tuner.Recommendation, notes []string, ok bool) {
			runs = len(sc.Workloads[0].Tuning().Runs)
			return of, nil, false
		}}
	all, err := r.Read(context.Background(), dir)
	if err != nil || len(all.Applications) != 1 || all.Applications[0].Logs != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	if show := all.Applications[0].Show; runs != 4 || strings.Count(show, "--event-log=") != 4 || strings.Contains(show, "log-4") {
		t.Errorf("%d runs: %s", runs, show)
	}
}

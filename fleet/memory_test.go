package fleet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/test/events"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// applications writes the logs of applications into a folder, each with many properties, as real ones have.
func applications(t *testing.T, n int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	var log bytes.Buffer
	if err := events.Write(&log, events.Shape{ID: "spark-id", Executors: 2, Stages: 1, Tasks: 4}); err != nil {
		t.Fatal(err)
	}
	var properties strings.Builder
	for i := range 150 {
		fmt.Fprintf(&properties, `"spark.hadoop.some.setting.of.a.library.%d":"a value of some length, as paths have, %[1]d",`, i)
	}
	const name = `"spark.app.name":"orders"`
	text := strings.Replace(log.String(), name, properties.String()+`"spark.executor.memoryOverhead":"100m",`+name, 1)
	for i := range n {
		one := strings.NewReplacer("orders", fmt.Sprintf("orders-%05d", i), "spark-id", fmt.Sprintf("spark-%05d", i)).Replace(text)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("spark-%05d", i)), []byte(one), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// inUse is what is on the heap, in bytes.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestAnApplicationTakesLittleMemory: a folder may hold the logs of 100 000, and what a table shows of them fits into 300 MiB.
func TestAnApplicationTakesLittleMemory(t *testing.T) {
	const n, most = 2000, 1200
	folder := applications(t, n)
	r := Reader{Files: eventlog.Disk{}, MinRuns: 3, Begin: func(string) func() { return func() {} }, Progress: func(int, int) {},
		Recommend: func(sc *scene.Scene) (tuner.Recommendation, []string, bool) {
			of, err := tuner.Recommend(sc.Workloads[0].Tuning())
			return of, []string{"a note"}, err == nil
		}}
	before := inUse()
	out, err := r.Read(t.Context(), folder)
	each := (inUse() - before) / n
	if err != nil || len(out.Applications) != n || len(out.NotUsed) > 0 || !out.Applications[n-1].Changed() || len(out.Applications[n-1].Settings) == 0 {
		t.Fatalf("%v: %d applications", err, len(out.Applications))
	}
	if each > most {
		t.Errorf("%d bytes of an application are kept, at most %d may be: what a table does not show is left out in shorten", each, most)
	}
	t.Logf("%d bytes each", each)
	var b bytes.Buffer
	if err := out.Write(&b, report.Options{Format: "table"}); err != nil || strings.Count(b.String(), "spark.executor.memoryOverhead: 100m") != n {
		t.Errorf("%v: %d bytes of a table", err, b.Len())
	}
}

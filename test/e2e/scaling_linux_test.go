package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// What the pods of recorded jobs may use of a processor, in thousandths. With limits a log measures the job and not the machine: four
// executors do not take each other's time, nor do jobs that run side by side.
const (
	driverMillis   = 500
	executorMillis = 250
	nodeMillis     = 100 // is left to the node itself
)

// recorded is the version of Spark whose logs are recorded, and recordings how many for each size of a shape.
const (
	recorded   = "4.3.0"
	recordings = 3
)

// recording is a run of a job of jobs/shapes.py whose event log is kept.
type recording struct {
	shape          string
	size           int // about the processor seconds that its tasks take
	executors, run int
}

// millis is what the pods use: the driver and the executors wait for each other most of the time.
func (r recording) millis() int { return r.executors*executorMillis + driverMillis*4/10 }

func (r recording) file() string {
	return filepath.Join("testdata", "scaling", recorded, r.shape, fmt.Sprintf("%d-%d.zstd", r.executors, r.run))
}

// allRecordings has the first run of everything first, and long jobs before short ones.
func allRecordings() (all []recording) {
	for run := range recordings {
		for _, executors := range []int{4, 2, 1} {
			for _, one := range []recording{
				{shape: "scan", size: 50}, {shape: "python", size: 28}, {shape: "shuffle", size: 18}, {shape: "join", size: 10},
				{shape: "cache", size: 12}, {shape: "rounds", size: 8}, {shape: "stages", size: 8}, {shape: "skew", size: 6},
			} {
				one.executors, one.run = executors, run+1
				all = append(all, one)
			}
		}
	}
	return all
}

// TestScaling records the event logs of jobs of eight shapes at 1, 2 and 4 executors: what predictions are tested with. It takes an hour
// and asserts only that each job ran, so that it is no part of make e2e. A log that is there is not recorded again.
func TestScaling(t *testing.T) {
	if os.Getenv(keepEnv) == "" {
		t.Skip("records test data for an hour: set " + keepEnv + "=1, and remove the logs that it should record again")
	}
	onNode(t)
	podsFirst(t)
	makeEventLogs(t)
	makeNamespace(t, "scaling", map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	all := slices.DeleteFunc(allRecordings(), func(r recording) bool {
		_, err := os.Stat(r.file())
		return err == nil
	})
	room := runtime.NumCPU()*1000 - nodeMillis
	if len(all) > 0 && room < all[0].millis() {
		t.Fatalf("%+v uses %d thousandths of a processor: this machine has %d", all[0], all[0].millis(), room)
	}
	sideBySide(t, all, room)
}

// podsFirst gives the processors to pods before anything else of the machine, spark-submit among it.
func podsFirst(t *testing.T) {
	t.Helper()
	written := false
	for pattern, most := range map[string]string{"*/" + given.Cgroup + "/cpu.shares": "262144", given.Cgroup + "/cpu.weight": "10000"} { // version 1 and 2
		files, _ := filepath.Glob("/sys/fs/cgroup/" + pattern) // the pattern is well formed
		for _, file := range files {
			if err := os.WriteFile(file, []byte(most), 0o644); err != nil {
				t.Fatal(err)
			}
			written = true
		}
	}
	if !written {
		t.Fatalf("the control group %s has no weight of its processor time", given.Cgroup)
	}
}

// sideBySide runs in order what has room beside the others, in thousandths of a processor. What is smaller may pass the first that waits,
// within its round, as long as what passes leaves the room that the first needs.
func sideBySide(t *testing.T, waiting []recording, room int) {
	var group sync.WaitGroup
	var beside []recording
	ended := make(chan recording)
	for len(waiting) > 0 || len(beside) > 0 {
		next := -1
		if len(waiting) > 0 {
			next = slices.IndexFunc(waiting, func(r recording) bool { return fits(r, waiting[0], beside, room) })
		}
		if next < 0 {
			r := <-ended
			beside = slices.DeleteFunc(beside, func(other recording) bool { return other == r })
			continue
		}
		r := waiting[next]
		waiting, beside = slices.Delete(waiting, next, next+1), append(beside, r)
		group.Go(func() {
			t.Run(fmt.Sprintf("%s/%d/%d", r.shape, r.executors, r.run), r.record)
			ended <- r
		})
	}
	group.Wait()
}

// fits says whether a recording can start beside others, where first is what waits first.
func fits(r, first recording, beside []recording, room int) bool {
	all, smaller := r.millis(), r.millis()
	for _, other := range beside {
		all += other.millis()
		if other.executors < first.executors {
			smaller += other.millis()
		}
	}
	return all <= room && (r == first || r.run == first.run && (r.executors == first.executors || smaller+first.millis() <= room))
}

// record runs the job and keeps its log.
func (r recording) record(t *testing.T) {
	cores := func(millis int) string { return fmt.Sprintf("%dm", millis) }
	j := job{version: recorded, namespace: "scaling", name: fmt.Sprintf("%s-%d-%d", r.shape, r.executors, r.run),
		app: "local:///opt/jobs/shapes.py", arguments: []string{r.shape, strconv.Itoa(r.size)},
		conf: eventLogConf(map[string]string{
			"spark.executor.instances": strconv.Itoa(r.executors), "spark.kubernetes.executor.deleteOnTermination": "true",
			"spark.kubernetes.executor.limit.cores": cores(executorMillis), "spark.kubernetes.driver.limit.cores": cores(driverMillis),
			"spark.ui.enabled": "false", "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "true", "spark.eventLog.logStageExecutorMetrics": "true",
		})}
	o := j.submit(t, 2*patience)
	ends(t, o, "")
	if err := running.Client().CoreV1().Pods(j.namespace).Delete(t.Context(), j.name, metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	files := logFiles(t, o.driver.Labels["spark-app-selector"])
	if len(files) != 1 {
		t.Fatalf("%d files, want one", len(files))
	}
	for _, data := range files {
		data, err := packed(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 300<<10 {
			t.Fatalf("%d KiB: at most 300 are kept", len(data)>>10)
		}
		keepFile(t, r.file(), data)
		log, err := eventlog.Read(t.Context(), r.file(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if log.Run.Executors != r.executors || log.Run.Application.Name != r.shape {
			t.Errorf("the log is of %s with %d executors", log.Run.Application.Name, log.Run.Executors)
		}
		t.Logf("%.1f s, %d KiB", log.Run.Seconds, len(data)>>10)
	}
}

// packed is a log of zstd in less room: Spark ends a block with each event.
func packed(log []byte) ([]byte, error) {
	reader, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	text, err := reader.DecodeAll(log, nil)
	if err != nil {
		return nil, err
	}
	writer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	defer writer.Close()
	return writer.EncodeAll(text, nil), nil
}

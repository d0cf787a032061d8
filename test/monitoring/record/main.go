//go:build unix

// Command record runs a job on real Spark of each line, on this machine, and keeps what its driver answers to Prometheus: its own metrics, those
// of its executors, and these once more a little later. It needs Java 17 and Python 3.
//
//	go run ./test/monitoring/record
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

const (
	port     = "14040"
	own      = "/metrics/prometheus/"
	ofOthers = "/metrics/executors/prometheus"
)

// settings are what manifests/dashboards/README.md says, dynamic allocation, and an event log, whose queue has metrics.
func settings(folder string) []string {
	return []string{
		"spark.ui.prometheus.enabled=true", "spark.metrics.appStatusSource.enabled=true", "spark.sql.streaming.metricsEnabled=true", "spark.executor.processTreeMetrics.enabled=true",
		"spark.metrics.conf.*.sink.prometheusServlet.class=org.apache.spark.metrics.sink.PrometheusServlet", "spark.metrics.conf.*.sink.prometheusServlet.path=/metrics/prometheus",
		"spark.metrics.conf.*.source.jvm.class=org.apache.spark.metrics.source.JvmSource",
		"spark.dynamicAllocation.enabled=true", "spark.dynamicAllocation.shuffleTracking.enabled=true", "spark.dynamicAllocation.minExecutors=1",
		"spark.eventLog.enabled=true", "spark.eventLog.dir=" + folder,
		"spark.executor.memory=512m", "spark.executor.memoryOverhead=64m", "spark.executor.cores=1", "spark.driver.memory=600m", "spark.sql.shuffle.partitions=4",
		"spark.ui.port=" + port, "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1",
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, version := range distribution.Always {
		if err := record(ctx, version); err != nil {
			fmt.Fprintf(os.Stderr, "error: Spark %s: %v\n", version, err)
			os.Exit(1)
		}
	}
}

func record(ctx context.Context, version string) error {
	home, err := distribution.Get(ctx, version, os.Stderr)
	if err != nil {
		return err
	}
	job, err := filepath.Abs("test/monitoring/record/job.py")
	if err != nil {
		return err
	}
	if _, err := os.Stat(job); err != nil {
		return fmt.Errorf("%w: start it in the folder of the module", err)
	}
	py4j, err := filepath.Glob(filepath.Join(home, "lib", "py4j-*.zip"))
	if err != nil || len(py4j) == 0 {
		return fmt.Errorf("no py4j in %s: %v", home, err)
	}
	folder, err := os.MkdirTemp("", "record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	deps := filepath.Join(home, "deps")
	args := []string{"--master", "local-cluster[2,1,700]", "--name", "orders"}
	more := settings(folder)
	if version == distribution.Always[len(distribution.Always)-1] { // the other line keeps the application's id in its names
		more = append(more, "spark.metrics.namespace=spark")
	}
	for _, s := range more {
		args = append(args, "--conf", s)
	}
	var said bytes.Buffer
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, filepath.Join(deps, "bin", "spark-submit"), append(args, job)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &said, &said
	cmd.Env = append(os.Environ(), "SPARK_HOME="+deps, "PYTHONPATH="+home+string(os.PathListSeparator)+py4j[0], "SPARK_LOCAL_IP=127.0.0.1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // its executors are processes of their own
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	defer func() { cancel(); cmd.Wait() }()

	// The last metric that shows: the watermark of the query, after its first batches.
	metrics, err := until(ctx, own, func(text []byte) bool { return watermark.Match(text) })
	if err != nil {
		cancel()
		cmd.Wait() // then nothing more is said
		return fmt.Errorf("%w\n%s", err, said.String())
	}
	first, err := until(ctx, ofOthers, func(text []byte) bool { return len(durations(text)) > 0 })
	if err != nil {
		return err
	}
	later, err := until(ctx, ofOthers, func(text []byte) bool { // tasks ended meanwhile
		was := durations(first)
		for executor, now := range durations(text) {
			if before, has := was[executor]; has && before != now {
				return true
			}
		}
		return false
	})
	if err != nil {
		return err
	}
	return errors.Join(keep(version, "driver-own", metrics), keep(version, "driver-own-executors", first), keep(version, "driver-own-executors-later", later))
}

var (
	watermark = regexp.MustCompile(`(?m)_orders_eventTime_watermark_Value\{[^}]*\} [1-9]`)
	duration  = regexp.MustCompile(`(?m)^metrics_executor_totalDuration_seconds_total\{.*executor_id="(\d+)"\} (\S+)$`)
)

// durations are the task times of the executors, as the driver writes them.
func durations(text []byte) map[string]string {
	out := map[string]string{}
	for _, m := range duration.FindAllSubmatch(text, -1) {
		out[string(m[1])] = string(m[2])
	}
	return out
}

// until asks the driver until the answer is good.
func until(ctx context.Context, path string, good func(text []byte) bool) ([]byte, error) {
	for start := time.Now(); ; time.Sleep(3 * time.Second) {
		text, err := get(ctx, path)
		if err == nil && good(text) {
			return text, nil
		}
		if ctx.Err() != nil || time.Since(start) > 10*time.Minute {
			return nil, errors.Join(fmt.Errorf("%s does not have what is recorded", path), err)
		}
	}
}

func get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func keep(version, name string, text []byte) error {
	file := filepath.Join("test", "e2e", "testdata", "scrapes", version, name+".txt")
	fmt.Fprintf(os.Stderr, "%s: %d bytes\n", file, len(text))
	return os.WriteFile(file, text, 0o644)
}

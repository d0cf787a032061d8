//go:build draft

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// shapes are the jobs of jobs/shapes.py, and how large each is.
var shapes = map[string]int{"scan": 4, "shuffle": 4, "skew": 4, "cache": 4, "python": 4, "stages": 4, "join": 4, "rounds": 4}

// TestScaling records the event logs of jobs of eight shapes at 1, 2 and 4 executors: what a prediction is tested with. Executors have
// a part of a core each, so that four of them fit on the machine's two and a log measures the job. Jobs run one at a time.
func TestScaling(t *testing.T) {
	onNode(t)
	makeEventLogs(t)
	const namespace, version = "scaling", "4.3.0"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	runs := number(t, "KUBECTL_SPARK_E2E_RUNS", 1)
	for shape, size := range shapes {
		size *= number(t, "KUBECTL_SPARK_E2E_SIZE", 1)
		for _, executors := range []int{1, 2, 4} {
			for run := range runs {
				t.Run(fmt.Sprintf("%s/%d/%d", shape, executors, run+1), func(t *testing.T) {
					conf := eventLogConf(map[string]string{
						"spark.executor.instances": strconv.Itoa(executors), "spark.kubernetes.executor.limit.cores": "0.35",
						"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "true",
						"spark.eventLog.logStageExecutorMetrics": "true",
					})
					j := job{version: version, namespace: namespace, name: fmt.Sprintf("%s-%d-%d", shape, executors, run+1),
						app: "local:///opt/jobs/shapes.py", arguments: []string{shape, strconv.Itoa(size)}, conf: maps.Clone(conf)}
					o := j.run(t, 2*patience)
					ends(t, o, "")
					files := logFiles(t, o.driver.Labels["spark-app-selector"])
					if len(files) != 1 {
						t.Fatalf("%d files, want one", len(files))
					}
					for _, data := range files {
						t.Logf("%d KiB", len(data)>>10)
						if os.Getenv(keepEnv) != "" {
							keepFile(t, filepath.Join("testdata", "scaling", version, shape, fmt.Sprintf("%d-%d.zstd", executors, run+1)), data)
						}
					}
				})
			}
		}
	}
}

// number is an environment variable's number.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: must be a whole number from 1", name, text)
	}
	return n
}

//go:build draft

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// history is the History server alone, without what stands before and after it.
func history() string {
	for part := range strings.SplitSeq(servers, "---\n") {
		if strings.Contains(part, "HistoryServer") {
			return part
		}
	}
	return ""
}

// written is a job whose event log is kept as test data of the packages that read event logs.
type written struct {
	name, app string
	arguments []string
	conf      map[string]string
	magic     string // the first bytes of the log
	suffix    string // of its name
	fails     bool
	killed    bool // while it runs: the log stays in progress
}

func eventLogsWritten(version string) []written {
	const pi, direct = "local:///opt/jobs/pi.py", "local:///opt/jobs/direct.py"
	single := map[string]string{"spark.eventLog.rolling.enabled": "false"}
	coded := func(codec string) map[string]string {
		return map[string]string{"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "true", "spark.eventLog.compression.codec": codec}
	}
	plain := map[string]string{"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"}
	with := func(conf map[string]string, key, value string) map[string]string {
		conf = maps.Clone(conf)
		conf[key] = value
		return conf
	}
	const json, zstd = `{"Event":`, "\x28\xb5\x2f\xfd"
	byDefault, suffix := json, ""
	if line(version) == "s43" {
		byDefault, suffix = zstd, ".zstd"
	}
	rolling := map[string]string{"spark.eventLog.rolling.enabled": "true"}
	failing := func(name, app string, arguments []string, key, value string) written {
		return written{name: name, app: app, arguments: arguments, conf: map[string]string{"spark.task.maxFailures": "1", key: value}, magic: byDefault, suffix: suffix, fails: true}
	}
	return []written{
		{name: "none", app: pi, conf: plain, magic: json},
		{name: "zstd", app: pi, conf: coded("zstd"), magic: zstd, suffix: ".zstd"},
		{name: "lz4", app: pi, conf: coded("lz4"), magic: "LZ4Block", suffix: ".lz4"},
		{name: "snappy", app: pi, conf: coded("snappy"), magic: "\x82SNAPPY\x00", suffix: ".snappy"},
		{name: "lzf", app: pi, conf: coded("lzf"), magic: "ZV", suffix: ".lzf"},
		{name: "default", app: pi, magic: byDefault, suffix: suffix},
		{name: "single", app: pi, conf: single, magic: byDefault, suffix: suffix},
		{name: "rolling", app: pi, conf: with(rolling, "spark.eventLog.compress", "false"), magic: json},
		{name: "rolling-zstd", app: pi, conf: with(with(rolling, "spark.eventLog.compress", "true"), "spark.eventLog.compression.codec", "zstd"), magic: zstd, suffix: ".zstd"},
		{name: "executor-metrics", app: "local:///opt/jobs/join.py", conf: with(single, "spark.eventLog.logStageExecutorMetrics", "true"), magic: byDefault, suffix: suffix},
		{name: "sql", app: "local:///opt/jobs/sort.py", conf: single, magic: byDefault, suffix: suffix},
		{name: "in-progress", app: "local:///opt/jobs/stay.py", conf: single, magic: byDefault, suffix: suffix + ".inprogress", killed: true},
		{name: "in-progress-rolling", app: "local:///opt/jobs/stay.py", conf: rolling, magic: byDefault, suffix: suffix, killed: true},
		failing("executor-killed-by-the-kernel", direct, []string{"executor"}, "spark.executor.extraJavaOptions", "-XX:MaxDirectMemorySize=3g"),
		failing("driver-killed-by-the-kernel", direct, []string{"driver"}, "spark.driver.extraJavaOptions", "-XX:MaxDirectMemorySize=3g"),
		failing("executor-heap", "local:///opt/jobs/heap.py", nil, "spark.eventLog.rolling.enabled", "false"),
	}
}

// TestEventLogs writes event logs in each form that Spark has, and asks the History server of the same version for each.
func TestEventLogs(t *testing.T) {
	onNode(t)
	if quick() {
		t.Skip("needs the whole run: make e2e without QUICK=1")
	}
	makeEventLogs(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			namespace := "events-" + line(version)
			makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
			apply(t, namespace, strings.NewReplacer("VERSION", version, "EVENTS", eventLogs).Replace(history()))
			command(t, "kubectl", "-n", namespace, "wait", "--for=condition=Ready", "pods", "-l", "app=history", "--timeout=10m")
			server := "http://" + serverPods(t, namespace)["history"].Status.PodIP + ":18080/api/v1/applications"
			for _, w := range eventLogsWritten(version) {
				t.Run(w.name, func(t *testing.T) {
					t.Parallel()
					w.write(t, version, namespace, server)
				})
			}
		})
	}
}

func (w written) write(t *testing.T, version, namespace, server string) {
	j := job{version: version, namespace: namespace, name: w.name, app: w.app, arguments: w.arguments, conf: eventLogConf(w.conf)}
	var id string
	if w.killed {
		id = killed(t, j)
	} else {
		o := j.run(t, patience)
		if o.driver == nil || (o.driver.Status.Phase == corev1.PodFailed) != w.fails {
			t.Fatal(o.explain())
		}
		id = o.driver.Labels["spark-app-selector"]
	}
	files := logFiles(t, id)
	var whole int
	for name, data := range files {
		whole += packed(t, data)
		if strings.Contains(name, "appstatus_") {
			continue
		}
		if !strings.HasSuffix(name, w.suffix) || !bytes.HasPrefix(data, []byte(w.magic)) {
			t.Errorf("%s begins with %q; wanted a name that ends with %q, and %q", name, data[:min(12, len(data))], w.suffix, w.magic)
		}
	}
	if whole == 0 || whole > 300<<10 {
		t.Errorf("%d bytes compressed; at most 300 KiB are kept", whole)
	}
	answers := ask(t, server, id)
	for name, data := range files {
		if bytes.Contains(data, []byte(running.Token())) {
			t.Errorf("%s holds the token that Spark should have redacted", name)
		}
		if os.Getenv(keepEnv) != "" {
			keepFile(t, filepath.Join("testdata", "eventlogs", version, w.name, name), data)
		}
	}
	if os.Getenv(keepEnv) == "" {
		return
	}
	for name, data := range answers {
		keepFile(t, filepath.Join("testdata", "eventlogs", version, w.name, "rest", name+".json"), data)
	}
}

// killed starts a job that stays, and deletes its driver at once when it has done its work.
func killed(t *testing.T, j job) (id string) {
	pod := stays(t, j)
	now := int64(0)
	if err := running.Client().CoreV1().Pods(j.namespace).Delete(t.Context(), j.name, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		t.Fatal(err)
	}
	return pod.Labels["spark-app-selector"]
}

// logFiles are the files of an application's event log, with their names below the folder of event logs.
func logFiles(t *testing.T, id string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(eventLogs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, id) {
			return err
		}
		name, err := filepath.Rel(eventLogs, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no event log of %s: %v", id, err)
	}
	return files
}

// packed is the size of data when it is compressed.
func packed(t *testing.T, data []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// ask gives what the History server's REST API answers about an application, which it may have to find first.
func ask(t *testing.T, server, id string) map[string][]byte {
	t.Helper()
	answers := map[string][]byte{}
	paths := map[string]string{"application": "", "jobs": "/jobs", "stages": "/stages?details=false&withSummaries=true", "executors": "/allexecutors",
		"environment": "/environment", "sql": "/sql?details=false", "storage": "/storage/rdd"}
	for start := time.Now(); ; time.Sleep(time.Second) {
		if _, err := get(server + "/" + id + "/jobs"); err == nil {
			break
		} else if time.Since(start) > patience {
			t.Fatalf("the History server does not show %s: %v", id, err)
		}
	}
	for name, path := range paths {
		data, err := get(server + "/" + id + path)
		if err != nil {
			t.Fatal(err)
		}
		var form any
		if err := json.Unmarshal(data, &form); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answers[name] = data
	}
	return answers
}

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
)

// eventLogs is the node's folder for event logs, which drivers and the History server mount. The node's root is this run's own.
const eventLogs = "/var/lib/spark-events"

func makeEventLogs(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(eventLogs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(eventLogs, 0o777); err != nil { // whatever the user of the image
		t.Fatal(err)
	}
}

// eventLogConf makes a driver write its event log there.
func eventLogConf(more map[string]string) map[string]string {
	conf := map[string]string{
		"spark.eventLog.enabled": "true", "spark.eventLog.dir": "file:///events",
		"spark.kubernetes.driver.volumes.hostPath.events.mount.path":     "/events",
		"spark.kubernetes.driver.volumes.hostPath.events.mount.readOnly": "false",
		"spark.kubernetes.driver.volumes.hostPath.events.options.path":   eventLogs,
	}
	for key, value := range more {
		conf[key] = value
	}
	return conf
}

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
	rolling   bool   // a folder of files
	magic     string // the first bytes of each file
	suffix    string // of its name
	fails     bool
	killed    bool   // while it runs
	open      bool   // the log has no end
	shows     string // an expression that an answer of the History server matches
}

func eventLogsWritten(version string) []written {
	const pi, sort, direct, heap = "local:///opt/jobs/pi.py", "local:///opt/jobs/sort.py", "local:///opt/jobs/direct.py", "local:///opt/jobs/heap.py"
	set := func(pairs ...string) map[string]string {
		conf := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			conf[pairs[i]] = pairs[i+1]
		}
		return conf
	}
	const roll, pack, codec = "spark.eventLog.rolling.enabled", "spark.eventLog.compress", "spark.eventLog.compression.codec"
	const events, zstd = `{"Event":`, "\x28\xb5\x2f\xfd"
	// What a line writes that is told nothing.
	rolls, magic, suffix := false, events, ""
	if line(version) == "s43" {
		rolls, magic, suffix = true, zstd, ".zstd"
	}
	coded := func(name, magic string) written {
		return written{name: name, app: pi, conf: set(roll, "false", pack, "true", codec, name), magic: magic, suffix: "." + name}
	}
	byDefault := func(w written) written {
		w.rolling, w.magic, w.suffix = rolls, magic, suffix
		return w
	}
	single := func(w written) written {
		w.magic, w.suffix = magic, suffix
		w.conf = maps.Clone(w.conf)
		if w.conf == nil {
			w.conf = map[string]string{}
		}
		w.conf[roll] = "false"
		return w
	}
	open := ".inprogress"
	all := []written{
		{name: "none", app: pi, conf: set(roll, "false", pack, "false"), magic: events},
		coded("zstd", zstd), coded("lz4", "LZ4Block"), coded("snappy", "\x82SNAPPY\x00"), coded("lzf", "ZV"),
		byDefault(written{name: "default", app: pi}),
		{name: "rolling", app: pi, conf: set(roll, "true", pack, "false"), rolling: true, magic: events},
		{name: "rolling-zstd", app: pi, conf: set(roll, "true", pack, "true", codec, "zstd"), rolling: true, magic: zstd, suffix: ".zstd"},
		single(written{name: "executor-metrics", app: "local:///opt/jobs/join.py", conf: set("spark.eventLog.logStageExecutorMetrics", "true"), shows: `"JVMHeapMemory" : [1-9]`}),
		single(written{name: "spill", app: sort, conf: set("spark.shuffle.spill.numElementsForceSpillThreshold", "5000"), shows: `"diskBytesSpilled" : [1-9]`}),
		single(written{name: "two-executors", app: sort, conf: set("spark.executor.instances", "2")}),
		single(written{name: "in-progress", app: "local:///opt/jobs/stay.py", killed: true, open: true}),
		{name: "in-progress-rolling", app: "local:///opt/jobs/stay.py", conf: set(roll, "true"), rolling: true, magic: magic, suffix: suffix, killed: true, open: true},
		single(written{name: "executor-killed-by-the-kernel", app: direct, arguments: []string{"executor"}, fails: true,
			conf: set("spark.task.maxFailures", "1", "spark.executor.extraJavaOptions", "-XX:MaxDirectMemorySize=3g"), shows: `exit code 137\(SIGKILL`}),
		single(written{name: "executor-heap", app: heap, fails: true, conf: set("spark.task.maxFailures", "1"), shows: `OutOfMemoryError`}),
		single(written{name: "executor-python", app: heap, arguments: []string{"python"}, fails: true,
			conf: set("spark.task.maxFailures", "1", "spark.executor.pyspark.memory", "400m"), shows: `MemoryError`}),
		single(written{name: "driver-killed-by-the-kernel", app: direct, arguments: []string{"driver"}, fails: true, open: true,
			conf: set("spark.driver.extraJavaOptions", "-XX:MaxDirectMemorySize=3g")}),
		single(written{name: "driver-heap", app: heap, arguments: []string{"driver"}, fails: true}),
	}
	for i := range all {
		if all[i].open && !all[i].rolling {
			all[i].suffix += open
		}
	}
	return all
}

// TestEventLogs writes event logs in each form that Spark has, and asks the History server of the same version for each.
func TestEventLogs(t *testing.T) {
	onNode(t)
	t.Parallel()
	makeEventLogs(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			namespace := "events-" + line(version)
			makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
			apply(t, namespace, strings.NewReplacer("VERSION", version, "EVENTS", eventLogs).Replace(history()))
			server := "http://" + allReady(t, namespace, 1)["history"].Status.PodIP + ":18080/api/v1/applications"
			t.Run("log", func(t *testing.T) {
				for _, w := range eventLogsWritten(version) {
					t.Run(w.name, func(t *testing.T) {
						t.Parallel()
						w.write(t, version, namespace, server)
					})
				}
			})
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
	for name, data := range ask(t, server, id, !w.open) {
		files[filepath.Join("rest", name+".json")] = data
	}
	if err := w.check(files, id); err != nil {
		t.Error(err)
	}
	folder := filepath.Join("testdata", "eventlogs", version, w.name)
	if os.Getenv(keepEnv) != "" && !t.Failed() {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		if bytes.Contains(data, []byte(running.Token())) {
			t.Errorf("%s holds the token that Spark should have redacted", name)
		}
		if os.Getenv(keepEnv) != "" && !t.Failed() {
			keepFile(t, filepath.Join(folder, name), data)
		}
	}
}

// check says what is wrong with the files of an event log and the History server's answers about it, which stand in the folder rest.
func (w written) check(files map[string][]byte, id string) error {
	packed, logs, status, shown := 0, 0, 0, w.shows == ""
	expression := regexp.MustCompile(w.shows)
	for name, data := range files {
		if folder, rest := filepath.Split(name); folder == "rest/" {
			var form any
			if err := json.Unmarshal(data, &form); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if rest == "application.json" && strings.Contains(string(data), `"completed" : true`) == w.open {
				return fmt.Errorf("%s: %s", name, data)
			}
			shown = shown || expression.Match(data)
			continue
		}
		packed += gzipped(data)
		if !strings.Contains(name, id) || w.rolling != strings.Contains(name, "/") {
			return fmt.Errorf("%s: of %s, rolling %v", name, id, w.rolling)
		}
		if strings.Contains(name, "appstatus_") {
			if status++; strings.HasSuffix(name, ".inprogress") != w.open || len(data) > 0 {
				return fmt.Errorf("%s: %d bytes", name, len(data))
			}
			continue
		}
		if logs++; !strings.HasSuffix(name, w.suffix) || !bytes.HasPrefix(data, []byte(w.magic)) {
			return fmt.Errorf("%s begins with %q; wanted a name that ends with %q, and %q", name, data[:min(12, len(data))], w.suffix, w.magic)
		}
	}
	if packed > 300<<10 || logs == 0 || (status == 1) != w.rolling || len(files)-logs-status != len(answers()) || !shown {
		return fmt.Errorf("%d bytes compressed, at most 300 KiB are kept; %d logs, %d marks of a rolling log, %d answers; %q is shown: %v",
			packed, logs, status, len(files)-logs-status, w.shows, shown)
	}
	return nil
}

// TestKeptEventLogs: the test data has each log of both lines in its form, with the answers of the History server.
func TestKeptEventLogs(t *testing.T) {
	for _, version := range distribution.Always {
		for _, w := range eventLogsWritten(version) {
			folder, files, id := filepath.Join("testdata", "eventlogs", version, w.name), map[string][]byte{}, ""
			err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				name, err := filepath.Rel(folder, path)
				if err != nil {
					return err
				}
				if found := appID.FindString(name); found != "" {
					id = found
				}
				files[name], err = os.ReadFile(path)
				return err
			})
			if err == nil {
				err = w.check(files, id)
			}
			if err != nil {
				t.Errorf("%s: %v", folder, err)
			}
		}
	}
}

var appID = regexp.MustCompile(`spark-[0-9a-f]{32}`)

// killed starts a job that stays, and kills its driver when it has done its work.
func killed(t *testing.T, j job) (id string) {
	pod := stays(t, j)
	// A pod that is deleted is told to end first, and a driver that has the time for it ends its log.
	ended := false
	for _, p := range jvm.List() {
		if types.UID(p.Pod) == pod.UID {
			if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			ended = true
		}
	}
	if !ended {
		t.Fatalf("%s has no JVM", pod.Name)
	}
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
		if err != nil || d.IsDir() || !strings.Contains(path, id) || strings.HasSuffix(path, ".crc") {
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

// gzipped is the size of data when it is compressed.
func gzipped(data []byte) int {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return out.Len()
}

// answers are the paths of the History server's REST API below an application, by the name of the file that keeps the answer.
func answers() map[string]string {
	return map[string]string{"application": "", "jobs": "/jobs", "stages": "/stages?details=false&withSummaries=true", "executors": "/allexecutors",
		"environment": "/environment", "sql": "/sql?details=false", "storage": "/storage/rdd"}
}

// ask gives what the History server's REST API answers about an application, which it may have to find first, and its end.
func ask(t *testing.T, server, id string, ended bool) map[string][]byte {
	t.Helper()
	for start := time.Now(); ; time.Sleep(time.Second) {
		data, err := get(server + "/" + id)
		if err == nil && strings.Contains(string(data), `"completed" : true`) == ended {
			if _, err = get(server + "/" + id + "/jobs"); err == nil {
				break
			}
		}
		if time.Since(start) > patience {
			t.Fatalf("the History server does not show %s, ended %v: %v %s", id, ended, err, data)
		}
	}
	all := map[string][]byte{}
	for name, path := range answers() {
		data, err := get(server + "/" + id + path)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

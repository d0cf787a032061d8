//go:build draft

package e2e

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

// connectEnv names a folder below the cache with what a Python client of Spark Connect imports beside PySpark, as pip install
// --no-deps --target makes it: grpcio 1.78.0, grpcio-status 1.78.0, googleapis-common-protos 1.72.0, protobuf 6.33.5, pandas 2.3.3,
// numpy 2.3.5, pyarrow 22.0.0, python-dateutil 2.9.0.post0, pytz 2025.2, tzdata 2025.2, six 1.17.0, typing_extensions 4.15.0 and
// zstandard 0.25.0.
const connectEnv = "KUBECTL_SPARK_E2E_CONNECT"

var (
	//go:embed testdata/servers.yaml
	servers string
	//go:embed testdata/connect.yaml
	connect string
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

// serverNamespace makes a namespace whose servers are injected as standard has it.
func serverNamespace(t *testing.T, name string) {
	t.Helper()
	makeNamespace(t, name, map[string]string{rule.Prefix + "inject": "enabled"}, map[string]string{rule.Prefix + "profile": "standard"})
}

// serverPods are the pods of servers, by the pod's name without what its controller adds.
func serverPods(t *testing.T, namespace string) map[string]corev1.Pod {
	t.Helper()
	list, err := running.Client().CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app"})
	if err != nil {
		t.Fatal(err)
	}
	pods := map[string]corev1.Pod{}
	for _, pod := range list.Items {
		name := pod.Labels["app"]
		if name == "worker" {
			name = pod.Name
		}
		pods[name] = pod
	}
	return pods
}

func isReady(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
}

// jvmOf is the server's own JVM.
func jvmOf(t *testing.T, pod corev1.Pod) jvm.Process {
	t.Helper()
	for _, p := range jvm.List() {
		if p.Pod == string(pod.UID) && !p.Launcher() {
			return p
		}
	}
	t.Fatalf("%s: no JVM", pod.Name)
	return jvm.Process{}
}

// TestServers runs Spark's servers under standard.
func TestServers(t *testing.T) {
	onNode(t)
	withWebhook(t, true)
	makeEventLogs(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			namespace := "servers-" + line(version)
			serverNamespace(t, namespace)
			text := servers
			if line(version) == "s43" {
				text += "---\n" + connect
			}
			text = strings.NewReplacer("VERSION", version, "EVENTS", eventLogs).Replace(text)
			apply(t, namespace, text)
			pods := becomeReady(t, namespace)
			if t.Failed() {
				return
			}
			t.Run("the master gives both workers to a job", func(t *testing.T) { onWorkers(t, version, namespace) })
			t.Run("the History server shows a job's event log", func(t *testing.T) { inHistory(t, version, namespace, pods["history"]) })
			t.Run("Prometheus collects from master and worker", func(t *testing.T) {
				startPrometheus(t)
				collected(t, version, pods["master"], "master")
				collected(t, version, pods["worker-0"], "worker")
			})
			t.Run("beeline asks the Thrift server", func(t *testing.T) { beeline(t, version, pods["thrift"]) })
			if pod, has := pods["connect"]; has {
				t.Run("a Python client asks the Connect server", func(t *testing.T) { askConnect(t, version, pod) })
			}
			if quick() {
				return
			}
			t.Run("stopped", func(t *testing.T) {
				for _, name := range []string{"worker-1", "history", "connect"} {
					if pod, has := pods[name]; has {
						t.Run(name, func(t *testing.T) {
							t.Parallel()
							stopped(t, namespace, pod)
						})
					}
				}
			})
		})
	}
}

func apply(t *testing.T, namespace, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// becomeReady waits until all servers are, and asserts that each has the probes of the table of profile standard.
func becomeReady(t *testing.T, namespace string) map[string]corev1.Pod {
	t.Helper()
	start := time.Now()
	out, err := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "wait", "--for=condition=Ready", "pods", "--all", "--timeout=10m").CombinedOutput()
	if err != nil {
		describe, _ := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "describe", "pods").CombinedOutput() // only a message
		logs, _ := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "logs", "-l", "app", "--tail=30", "--prefix").CombinedOutput()
		t.Fatalf("servers did not become Ready: %v\n%s\n%s\n%s", err, out, last(string(describe)), last(string(logs)))
	}
	t.Logf("all Ready after %s", time.Since(start).Round(time.Second))
	pods := serverPods(t, namespace)
	if len(pods) < 5 {
		t.Fatalf("%d servers", len(pods))
	}
	for name, pod := range pods {
		t.Run("Ready/"+name, func(t *testing.T) {
			c := pod.Spec.Containers[0]
			if c.ReadinessProbe == nil || c.StartupProbe == nil || (c.LivenessProbe == nil) != (name == "connect") {
				t.Errorf("probes: readiness %v, startup %v, liveness %v", c.ReadinessProbe, c.StartupProbe, c.LivenessProbe)
			}
			if c.Resources.Limits.Memory().IsZero() {
				t.Error("no limit of memory")
			}
			if pod.Status.ContainerStatuses[0].RestartCount > 0 {
				t.Errorf("it was restarted: %+v", pod.Status.ContainerStatuses[0].LastTerminationState)
			}
			p := jvmOf(t, pod)
			for _, option := range strings.Fields(p.Env["SPARK_DAEMON_JAVA_OPTS"] + " " + p.Env["SPARK_SUBMIT_OPTS"]) {
				if !slices.Contains(p.Arguments, option) {
					t.Errorf("the JVM runs without %s: %q", option, p.Arguments)
				}
			}
			t.Logf("report %s", pod.Annotations[rule.ReportAnnotation])
		})
	}
	return pods
}

// onWorkers runs Pi on the standalone cluster, its driver on the node.
func onWorkers(t *testing.T, version, namespace string) {
	master, err := running.Client().CoreV1().Services(namespace).Get(t.Context(), "master", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := program(t, version, "bin/spark-submit", nil, "--master", "spark://"+master.Spec.ClusterIP+":7077", "--conf", "spark.executor.memory=600m",
		"--conf", "spark.driver.host="+node.Address, filepath.Join(given.Checkout, "test/e2e/jobs/pi.py"))
	if result := regexp.MustCompile(`(?m)^RESULT .*$`).FindString(out); result != "RESULT pi 3.14132" {
		t.Errorf("result %q: %s", result, last(out))
	}
	for _, worker := range []string{"worker-0", "worker-1"} {
		log := command(t, "kubectl", "-n", namespace, "logs", worker)
		if !strings.Contains(log, "Asked to launch executor") {
			t.Errorf("%s ran no executor: %s", worker, last(log))
		}
	}
}

// program runs a program of a Spark distribution on the node.
func program(t *testing.T, version, name string, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	home := filepath.Join(given.Spark[version], "deps")
	cmd := exec.CommandContext(ctx, filepath.Join(home, name), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=/tmp", "JAVA_HOME=" + setup.JavaHome, "SPARK_HOME=" + home, "PYSPARK_PYTHON=python3",
		"PYTHONPATH=" + pythonPath(t, version)}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, last(string(out)))
	}
	return string(out)
}

func pythonPath(t *testing.T, version string) string {
	t.Helper()
	zips, err := filepath.Glob(filepath.Join(given.Spark[version], "lib", "py4j-*-src.zip"))
	if err != nil || len(zips) != 1 {
		t.Fatalf("py4j of %s: %v, %v", version, zips, err)
	}
	return given.Spark[version] + ":" + zips[0]
}

// inHistory runs a job that writes an event log, and waits until the History server shows it as ended.
func inHistory(t *testing.T, version, namespace string, pod corev1.Pod) {
	j := workloads()[0].job(version, namespace)
	j.conf = eventLogConf(nil)
	o := j.run(t, patience)
	ends(t, o, "RESULT pi 3.14132")
	id := o.driver.Labels["spark-app-selector"]
	var app struct {
		ID       string
		Attempts []struct{ Completed bool }
	}
	for range int(patience.Seconds()) {
		if data, err := get("http://" + pod.Status.PodIP + ":18080/api/v1/applications/" + id); err == nil {
			if err := json.Unmarshal(data, &app); err != nil {
				t.Fatalf("%v: %s", err, data)
			}
			if app.ID == id && len(app.Attempts) == 1 && app.Attempts[0].Completed {
				return
			}
		}
		time.Sleep(time.Second)
	}
	t.Errorf("the History server shows %+v for %s", app, id)
}

// get is the answer to a request, which must be 200 and no page.
func get(url string) ([]byte, error) {
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || strings.Contains(kind, "html") {
		return nil, fmt.Errorf("%s: %s, %s", url, resp.Status, kind)
	}
	return body.Bytes(), nil
}

func beeline(t *testing.T, version string, pod corev1.Pod) {
	out := program(t, version, "bin/beeline", nil, "--outputformat=csv2", "--silent=true", "-u", "jdbc:hive2://"+pod.Status.PodIP+":10000", "-e", "select sum(id) from range(1000)")
	if !strings.Contains(out, "499500") {
		t.Errorf("it answers %s", last(out))
	}
}

func askConnect(t *testing.T, version string, pod corev1.Pod) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "python3", "-c", `import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
print("RESULT connect", spark.range(1000).selectExpr("sum(id)").first()[0])
`, "sc://"+pod.Status.PodIP+":15002")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "PYTHONPATH=" + os.Getenv(connectEnv) + ":" + pythonPath(t, version)}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "RESULT connect 499500") {
		t.Errorf("%v: %s", err, last(string(out)))
	}
}

// stopped stops a server's JVM as SIGSTOP does: a worker and a History server are restarted within what their probe states, a Connect server
// goes unready and is left alone.
func stopped(t *testing.T, namespace string, pod corev1.Pod) {
	p := jvmOf(t, pod)
	start := time.Now()
	if err := syscall.Kill(p.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(p.PID, syscall.SIGCONT) // ended by now, where it was restarted
	c := pod.Spec.Containers[0]
	limit := budget(c.ReadinessProbe)
	if c.LivenessProbe != nil {
		limit = budget(c.LivenessProbe) + time.Duration(*pod.Spec.TerminationGracePeriodSeconds)*time.Second
	}
	const full = time.Minute // a stopped JVM's kernel accepts until its backlog is full
	var unready time.Duration
	for time.Since(start) < limit+full {
		now, err := running.Client().CoreV1().Pods(namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if unready == 0 && !isReady(*now) {
			unready = time.Since(start)
			t.Logf("unready after %s", unready.Round(time.Second))
		}
		if c.LivenessProbe == nil && unready > 0 {
			return
		}
		if now.Status.ContainerStatuses[0].RestartCount > 0 {
			t.Logf("restarted after %s; the probe's budget with the grace period is %s", time.Since(start).Round(time.Second), limit)
			return
		}
		time.Sleep(time.Second)
	}
	t.Errorf("%s after it was stopped, it is neither restarted nor, without a liveness probe, unready (unready after %s); sockets that listen:\n%s",
		time.Since(start).Round(time.Second), unready, listening(p.PID))
}

// budget is how long a probe waits for a process that does not answer.
func budget(p *corev1.Probe) time.Duration {
	return time.Duration(p.PeriodSeconds)*time.Duration(p.FailureThreshold)*time.Second + time.Duration(p.TimeoutSeconds)*time.Second
}

// listening shows how many connections wait (Recv-Q) and how many may (Send-Q).
func listening(pid int) string {
	out, err := exec.Command("nsenter", "-t", fmt.Sprint(pid), "-n", "ss", "-ltn").CombinedOutput()
	return fmt.Sprintf("%s %v", out, err)
}

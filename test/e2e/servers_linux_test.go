package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

//go:embed testdata/connect.yaml
var connect string

// jvmOf is the server's own JVM: the oldest of its pod, which a worker shares with its executors.
func jvmOf(t *testing.T, pod corev1.Pod) jvm.Process {
	t.Helper()
	if p, found := oldest(pod); found {
		return p
	}
	t.Fatalf("%s: no JVM", pod.Name)
	return jvm.Process{}
}

func oldest(pod corev1.Pod) (p jvm.Process, found bool) {
	for _, one := range jvm.List() {
		if one.Pod == string(pod.UID) && !one.Launcher() && (!found || one.PID < p.PID) {
			p, found = one, true
		}
	}
	return p, found
}

// TestServers runs Spark's servers under standard, and stops them as a hang, a long garbage collection and a slow start do.
func TestServers(t *testing.T) {
	onNode(t)
	t.Parallel()
	withWebhook(t, true)
	makeEventLogs(t)
	prometheus := startPrometheus(t)
	t.Run("on", func(t *testing.T) { // until its end Prometheus runs
		for _, version := range versions() {
			t.Run(version, func(t *testing.T) {
				t.Parallel()
				testServers(t, version, prometheus)
			})
		}
	})
}

func testServers(t *testing.T, version string, prometheus prometheus) {
	namespace := "servers-" + line(version)
	// Pods without Spark's own labels are injected where the namespace says so.
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "enabled"}, map[string]string{rule.Prefix + "profile": "standard"})
	text, number := servers, 5
	if line(version) == "s43" {
		text, number = text+"---\n"+connect, 6
	}
	start := time.Now()
	apply(t, namespace, strings.NewReplacer("VERSION", version, "EVENTS", eventLogs).Replace(text))
	pods := allReady(t, namespace, number)
	t.Logf("all Ready after %s", time.Since(start).Round(time.Second))
	for name, pod := range pods {
		t.Run(name+" is injected", func(t *testing.T) { injectedServer(t, pod) })
	}
	t.Run("the master gives both workers to a job", func(t *testing.T) { onWorkers(t, version, namespace, pods) })
	t.Run("the History server shows a job's event log", func(t *testing.T) { inHistory(t, version, namespace, pods["history"]) })
	t.Run("Prometheus collects from master and worker", func(t *testing.T) {
		prometheus.collected(t, version, pods["master"], "master")
		prometheus.collected(t, version, pods["worker-0"], "worker")
	})
	t.Run("beeline asks the Thrift server", func(t *testing.T) { beeline(t, version, pods["thrift"]) })
	if pod, has := pods["connect"]; has {
		t.Run("a Python client asks the Connect server", func(t *testing.T) { askConnect(t, version, pod) })
	}
	t.Run("a pause of 30 seconds restarts none", func(t *testing.T) { paused(t, namespace, pods) })
	t.Run("at a time", func(t *testing.T) {
		t.Run("standalone", func(t *testing.T) {
			t.Parallel()
			t.Run("a job outlives a worker that is stopped", func(t *testing.T) { workerStopped(t, version, namespace, pods) })
			for _, name := range []string{"master", "worker-0"} {
				t.Run(name+" starts slowly", func(t *testing.T) {
					t.Parallel()
					startsSlowly(t, namespace, pods[name])
				})
			}
		})
		for _, name := range []string{"thrift", "history", "connect"} {
			pod, has := pods[name]
			if !has {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				t.Run("starts slowly", func(t *testing.T) { pod = startsSlowly(t, namespace, pod) })
				if name != "thrift" { // whose budget is ten minutes
					t.Run("is stopped", func(t *testing.T) { stopped(t, namespace, pod) })
				}
			})
		}
	})
}

// serverEdits are what the table in explain injection has under standard for the servers of testdata, written out here: they ask for
// CPU, and only a worker's cores are known.
func serverEdits(role string) []string {
	all := []string{"SPK-M012/readiness", "SPK-M012/startup", "SPK-M024/gcLog", "SPK-P017/mallocArenaMax", "SPK-P044/memory",
		"SPK-S011/allowPrivilegeEscalation", "SPK-S011/capabilities", "SPK-S011/runAsNonRoot", "SPK-S011/seccomp"}
	if role == "connect" || role == "thrift" { // spark.driver.memory may stand in a configuration that is not seen
		all = slices.DeleteFunc(all, func(code string) bool { return code == "SPK-P044/memory" })
	}
	if role != "connect" { // it holds its clients' sessions
		all = append(all, "SPK-M012/liveness")
	}
	if role == "master" || role == "worker" {
		all = append(all, "SPK-M023/annotations", "SPK-M023/endpoint")
	}
	if role == "worker" {
		all = append(all, "SPK-P011/activeProcessorCount")
	}
	slices.Sort(all)
	return all
}

// injectedServer asserts that the server has the edits of the table and no others, that its report says so, and that its JVM runs with
// them. It was not restarted.
func injectedServer(t *testing.T, pod corev1.Pod) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	images, err := catalogue.Parse([]byte(facts()))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	claims, had, err := set.ReadClaims(spark.Identify(&pod.ObjectMeta, &pod.Spec), raw, images)
	if err != nil || !had || claims.Profile != rule.Standard || len(claims.False) > 0 {
		t.Fatalf("report %v, %v: profile %q, not true: %v", had, err, claims.Profile, claims.False)
	}
	t.Logf("applied %s, refused %v", strings.Join(claims.Applied, " "), claims.Refused)
	role := roleOf(pod)
	got, want := slices.Sorted(slices.Values(claims.Applied)), serverEdits(role)
	if !slices.Equal(got, want) {
		t.Errorf("the report names\n%v, the table\n%v", got, want)
	}
	if n := pod.Status.ContainerStatuses[0].RestartCount; n > 0 {
		t.Errorf("it was restarted: %+v", pod.Status.ContainerStatuses[0].LastTerminationState)
	}
	c := pod.Spec.Containers[0]
	if c.ReadinessProbe == nil || c.StartupProbe == nil || (c.LivenessProbe == nil) != (role == "connect") || c.Resources.Limits.Memory().IsZero() == slices.Contains(want, "SPK-P044/memory") {
		t.Errorf("probes: readiness %v, startup %v, liveness %v; resources %v", c.ReadinessProbe, c.StartupProbe, c.LivenessProbe, c.Resources)
	}
	p := jvmOf(t, pod)
	for start := time.Now(); len(p.Flags) == 0; time.Sleep(time.Second) {
		if p.Ask(); time.Since(start) > patience {
			t.Fatalf("its JVM does not say what it runs with: %+v", p)
		}
	}
	options(t, &pod, p)
	for _, e := range edits() {
		if slices.Contains(want, e.code) && e.role == "" && !e.there(&pod, p) {
			t.Errorf("%s is not there: arguments %q, flags %q, log %q, %+v", e.code, p.Arguments, p.Flags, p.Log, p)
		}
	}
}

// onWorkers runs Pi on the standalone cluster, its driver on the node.
func onWorkers(t *testing.T, version, namespace string, pods map[string]corev1.Pod) {
	for start := time.Now(); len(workers(t, pods["master"], "ALIVE")) < 2; time.Sleep(time.Second) {
		if time.Since(start) > patience {
			t.Fatalf("the master knows of %v", workers(t, pods["master"], ""))
		}
	}
	out, err := standalone(t, version, namespace, "pi.py").CombinedOutput()
	if result := resultLine.FindString(string(out)); err != nil || result != "RESULT pi 3.14132" {
		t.Errorf("%v, result %q: %s", err, result, last(string(out)))
	}
	for _, worker := range []string{"worker-0", "worker-1"} {
		log := command(t, "kubectl", "-n", namespace, "logs", worker)
		if !strings.Contains(log, "Asked to launch executor") {
			t.Errorf("%s ran no executor: %s", worker, last(log))
		}
	}
}

var resultLine = regexp.MustCompile(`(?m)^RESULT .*$`)

// workers are the addresses of the workers in that state, of all where it is empty, as the master says.
func workers(t *testing.T, master corev1.Pod, state string) (addresses []string) {
	t.Helper()
	data, err := get("http://" + master.Status.PodIP + ":8080/json/")
	var answer struct {
		Workers []struct{ Host, State string }
	}
	if err == nil {
		err = json.Unmarshal(data, &answer)
	}
	if err != nil {
		t.Logf("master: %v", err)
		return nil
	}
	for _, w := range answer.Workers {
		if state == "" || w.State == state {
			addresses = append(addresses, w.Host)
		}
	}
	return addresses
}

// standalone is the command of a job on the standalone cluster, whose driver runs on the node. A later option of spark-submit replaces an
// earlier one. What follows the program's name is given to it.
func standalone(t *testing.T, version, namespace, name string, options ...string) *exec.Cmd {
	t.Helper()
	master, err := running.Client().CoreV1().Services(namespace).Get(t.Context(), "master", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	options = append([]string{"--master", "spark://" + master.Spec.ClusterIP + ":7077", "--conf", "spark.executor.memory=600m", "--conf", "spark.cores.max=2",
		"--conf", "spark.scheduler.minRegisteredResourcesRatio=1.0", "--conf", "spark.scheduler.maxRegisteredResourcesWaitingTime=120s",
		"--conf", "spark.driver.host=" + node.Address}, options...)
	words := strings.Fields(name)
	words[0] = filepath.Join(given.Checkout, "test/e2e/jobs", words[0])
	return program(t, version, "bin/spark-submit", append(options, words...)...)
}

// program is the command of a program of a Spark distribution on the node.
func program(t *testing.T, version, name string, args ...string) *exec.Cmd {
	t.Helper()
	home := filepath.Join(given.Spark[version], "deps")
	cmd := exec.CommandContext(t.Context(), filepath.Join(home, name), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "JAVA_HOME=" + setup.JavaHome, "SPARK_HOME=" + home, "PYSPARK_PYTHON=python3",
		"PYTHONPATH=" + pythonPath(t, version)}
	return cmd
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

func beeline(t *testing.T, version string, pod corev1.Pod) {
	out, err := program(t, version, "bin/beeline", "--outputformat=csv2", "--silent=true", "-u", "jdbc:hive2://"+pod.Status.PodIP+":10000",
		"-e", "select sum(id) from range(1000)").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "499500") {
		t.Errorf("%v, it answers %s", err, last(string(out)))
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
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "SPARK_HOME=" + filepath.Join(given.Spark[version], "deps"), "PYTHONPATH=" + given.Connect + ":" + pythonPath(t, version)}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "RESULT connect 499500") {
		t.Errorf("%v: %s", err, last(string(out)))
	}
}

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// aim is what tune must reach for a job.
type aim string

const (
	toEnd   aim = "runs to its end"                                              // it failed before
	better  aim = "costs a quarter less, or is a fifth faster and costs no more" // the cost is memory times time
	steps       = 3                                                              // of tune and run, at the most: memory grows and shrinks in steps
	spread      = .05                                                            // nothing may get worse by more
	tunedIn     = "KUBECTL_SPARK_E2E_TUNED"                                      // the only job to run, or all; empty: those that are quick
)

// bad is a job with a configuration that people really have.
type bad struct {
	name      string
	aim       aim
	app       string
	class     string
	arguments []string
	conf      map[string]string
	quick     bool // one that every run has
}

func badJobs() []bad {
	const py = "local:///opt/jobs/badly.py"
	set := func(pairs ...string) map[string]string {
		conf := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			conf[pairs[i]] = pairs[i+1]
		}
		return conf
	}
	return []bad{
		{name: "heap-too-small", aim: toEnd, app: py, arguments: []string{"heap"}},
		{name: "overhead-too-small", aim: toEnd, app: py, arguments: []string{"python", "700"}},
		{name: "python-memory-too-small", aim: toEnd, app: py, arguments: []string{"python", "450"}, conf: set("spark.executor.pyspark.memory", "400m")},
		{name: "far-too-large", aim: better, app: py, arguments: []string{"small"},
			conf: set("spark.executor.memory", "4g", "spark.executor.memoryOverhead", "2g", "spark.driver.memory", "2g")},
		{name: "too-many-cores", aim: better, app: py, arguments: []string{"slots"}, conf: set("spark.executor.cores", "8")},
		{name: "too-many-partitions", aim: better, app: py, arguments: []string{"partitions"},
			conf: set("spark.sql.shuffle.partitions", "1500", "spark.sql.adaptive.enabled", "false")},
		{name: "too-few-partitions", aim: better, app: py, arguments: []string{"rows"},
			conf: set("spark.sql.shuffle.partitions", "1", "spark.sql.adaptive.enabled", "false", "spark.executor.cores", "2")},
		{name: "cpu-limit-below-cores", aim: better, app: py, arguments: []string{"work", "720"},
			conf: set("spark.executor.cores", "2", "spark.kubernetes.executor.limit.cores", "1", "spark.executor.memory", "2g"), quick: true},
		// Below 1792 MiB the JVM takes SerialGC, whatever its processors.
		{name: "serial-by-accident", aim: better, app: "local:///opt/jobs/jobs.jar", class: "Churn", arguments: []string{"600000", "600000"},
			conf: set("spark.executor.cores", "2", "spark.executor.memory", "1200m")},
		{name: "wrong-collector", aim: better, app: "local:///opt/jobs/jobs.jar", class: "Churn", arguments: []string{"900000", "900000"},
			conf: set("spark.executor.cores", "2", "spark.executor.memory", "1800m", "spark.executor.extraJavaOptions", "-XX:+UseSerialGC")},
	}
}

// trial is one run of a job: what became of it, and what it cost.
type trial struct {
	outcome
	log     string // its event log
	seconds float64
	memory  float64 // GiB that the pods of driver and executors may take
}

// cost is memory times time, in GiB hours.
func (r trial) cost() float64 { return r.memory * r.seconds / 3600 }

func (r trial) ended() bool {
	return r.driver != nil && r.driver.Status.Phase == corev1.PodSucceeded && r.result != ""
}

func (r trial) String() string {
	end := "ended"
	if !r.ended() {
		end = "failed"
	}
	return fmt.Sprintf("%s after %.1f s with %.2f GiB: %.4f GiB hours", end, r.seconds, r.memory, r.cost())
}

// kept is the folder that keeps what was seen of each run: its event log, what tune says of it, and its record of what it changed. From them a recommendation can be made
// again without a node.
func kept(t *testing.T) string {
	t.Helper()
	cache, err := controlplane.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cmp.Or(os.Getenv(logsEnv), cache), "tuned", time.Now().UTC().Format("20060102-150405"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Logf("event logs of all runs, and what tune says of them: %s", folder)
	return folder
}

// TestTunedJobsRunBetter starts jobs that are badly configured, gives what ran to tune --apply, and runs them with what it wrote, until it
// has nothing more to change.
func TestTunedJobsRunBetter(t *testing.T) {
	onNode(t)
	makeEventLogs(t)
	const namespace, version = "tuned", "4.3.0"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	folder := kept(t)
	for _, b := range badJobs() {
		switch only := os.Getenv(tunedIn); {
		case only == "all", only == b.name, only == "" && b.quick:
		default:
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			given := eventLogConf(map[string]string{"spark.eventLog.rolling.enabled": "false", "spark.eventLog.logStageExecutorMetrics": "true",
				"spark.executor.processTreeMetrics.enabled": "true", "spark.executor.metrics.pollingInterval": "500ms"})
			maps.Copy(given, b.conf)
			begun := job{version: version, namespace: namespace, app: b.app, class: b.class, arguments: b.arguments, conf: given}
			first := b.once(t, begun, "0", folder)
			if first.ended() == (b.aim == toEnd) {
				t.Fatalf("nothing is shown by a job that %s\n%s", first, first.explain())
			}
			j, now := begun, first
			for step := 1; step <= steps && !b.reached(first, now); step++ {
				j.conf = maps.Clone(j.conf)
				if !tuneAndApply(t, now, j.conf) {
					break
				}
				now = b.once(t, j, fmt.Sprint(step), folder)
				if first.ended() && now.worse(first) {
					// How far runs of the same settings are apart shows whether it is these.
					again, then := b.once(t, j, fmt.Sprint(step)+"-again", folder), b.once(t, begun, "0-again", folder)
					if now, first = now.better(again), first.better(then); now.worse(first) {
						t.Errorf("it got worse: %s, then %s", first, now)
					}
				}
			}
			if !b.reached(first, now) {
				t.Errorf("it never %s: %s, then %s\n%s", b.aim, first, now, now.explain())
			}
			if first.result != "" && first.result != now.result {
				t.Errorf("its result was %q, then %q", first.result, now.result)
			}
		})
	}
}

// TestTunedWorkerHoldsItsExecutors has a standalone worker with a memory limit and without SPARK_WORKER_MEMORY, as many have: an executor of
// the memory that it offers is killed in its container. tune --apply makes room for it.
func TestTunedWorkerHoldsItsExecutors(t *testing.T) {
	onNode(t)
	const namespace, version = "tuned-worker", "4.3.0"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	docs := strings.Split(servers, "---\n")
	text := strings.NewReplacer("VERSION", version,
		"        - {name: SPARK_WORKER_MEMORY, value: 1g}\n", "", "replicas: 2", "replicas: 1",
		"resources: {requests: {cpu: 10m}}", "resources: {requests: {cpu: 10m}, limits: {memory: 1536Mi}}").Replace(strings.Join(docs[:3], "---\n"))
	apply(t, namespace, text)
	run := func(step string) (ended bool) {
		pods := allReady(t, namespace, 2)
		for start := time.Now(); len(workers(t, pods["master"], "ALIVE")) < 1; time.Sleep(time.Second) {
			if time.Since(start) > patience {
				t.Fatalf("the master knows of %v", workers(t, pods["master"], ""))
			}
		}
		start := time.Now()
		out, err := standalone(t, version, namespace, "badly.py python 1400", "--conf", "spark.cores.max=1", "--conf", "spark.executor.memory=1g").CombinedOutput()
		result := resultLine.FindString(string(out))
		t.Logf("%s: %v after %v: %q", step, err, time.Since(start).Round(time.Second), result)
		return err == nil && strings.HasPrefix(result, "RESULT python")
	}
	if run("before") {
		t.Fatal("nothing is shown by a job that ended")
	}
	tune := func() string {
		return command(t, "kubectl", "spark", "tune", "statefulset/worker", "-n", namespace, "--apply", "--allow-restart", "--record="+filepath.Join(t.TempDir(), "record.json"))
	}
	t.Log(tune())
	command(t, "kubectl", "-n", namespace, "rollout", "status", "statefulset/worker", "--timeout=180s")
	if !run("after tune --apply") {
		t.Error("it still does not end")
	}
	if again := tune(); !strings.Contains(again, "nothing") {
		t.Errorf("tune changes more the second time:\n%s", again)
	}
}

// worse says whether a run failed, or took more time or cost more than one before.
func (r trial) worse(before trial) bool {
	return !r.ended() || r.seconds > (1+spread)*before.seconds || r.cost() > (1+spread)*before.cost()
}

// better is the one of two runs of the same settings that took less time.
func (r trial) better(other trial) trial {
	if !r.ended() || other.ended() && other.seconds < r.seconds {
		return other
	}
	return r
}

func (b bad) reached(first, now trial) bool {
	if b.aim == toEnd {
		return now.ended()
	}
	return now.ended() && (now.cost() <= .75*first.cost() || now.seconds <= .8*first.seconds && now.cost() <= (1+spread)*first.cost())
}

// once runs the job and measures it. A folder keeps its event log.
func (b bad) once(t *testing.T, j job, step, folder string) trial {
	t.Helper()
	j.name = b.name + "-" + step
	r := trial{outcome: j.run(t, patience)}
	if r.driver == nil {
		t.Fatal(r.explain())
	}
	id := r.driver.Labels["spark-app-selector"]
	for name, data := range logFiles(t, id) {
		r.log = filepath.Join(folder, j.name+strings.TrimPrefix(filepath.Base(name), id))
		if err := os.WriteFile(r.log, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log, err := eventlog.Read(t.Context(), r.log, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.seconds = log.Run.Seconds
	// Executors that were lost were replaced, one after the other: what is asked for at one time counts.
	most := 0.
	for _, pod := range r.executors() {
		most = max(most, gibibytes(pod))
	}
	r.memory = most + gibibytes(r.driver)
	t.Logf("run %s %s", step, r)
	return r
}

func gibibytes(pod *corev1.Pod) (all float64) {
	for _, c := range pod.Spec.Containers {
		all += c.Resources.Limits.Memory().AsApproximateFloat64() / (1 << 30)
	}
	return all
}

// tuneAndApply lets tune see the run, and sets what it writes for the next one. It says whether that is anything new.
func tuneAndApply(t *testing.T, seen trial, conf map[string]string) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "job.properties")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"spark", "tune", seen.driver.Name, "-n", seen.driver.Namespace, "--event-log=" + seen.log, "--min-runs=1"}
	reasons := command(t, "kubectl", append(args, "--all", "-o", "wide")...)
	beside := strings.TrimSuffix(seen.log, filepath.Ext(seen.log))
	if err := os.WriteFile(beside+".txt", []byte(reasons), 0o644); err != nil {
		t.Fatal(err)
	}
	said := command(t, "kubectl", append(args, "--apply", "--properties-file="+file, "--record="+beside+".record.json")...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(conf)
	for one := range strings.Lines(string(text)) {
		one = strings.TrimSpace(one)
		if at := strings.IndexAny(one, " ="); at > 0 && !strings.HasPrefix(one, "#") {
			conf[one[:at]] = strings.TrimSpace(one[at+1:])
		}
	}
	t.Logf("tune changes %s", difference(before, conf))
	if maps.Equal(before, conf) {
		t.Logf("tune changes nothing:\n%s", said)
		return false
	}
	return true
}

//go:build draft

package e2e

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// bounds are the limits of a container as the kernel has them: processors in thousandths, memory in bytes.
type bounds struct{ cpu, memory int64 }

// boundsOf reads them in the container's cgroup, of version 2 or 1.
func boundsOf(t *testing.T, pod *corev1.Pod) (b bounds) {
	t.Helper()
	out := command(t, "kubectl", "-n", pod.Namespace, "exec", pod.Name, "-c", pod.Spec.Containers[0].Name, "--", "sh", "-c",
		"cd /sys/fs/cgroup; if [ -r cpu.max ]; then cat cpu.max memory.max; else cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us memory/memory.limit_in_bytes; fi")
	fields := strings.Fields(out)
	if len(fields) != 3 {
		t.Fatalf("the cgroup of %s says %q", pod.Name, out)
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil { // max
			return -1
		}
		return n
	}
	if quota := number(fields[0]); quota > 0 {
		b.cpu = quota * 1000 / number(fields[1])
	}
	b.memory = number(fields[2])
	return b
}

// runningExecutors are those of a job that run.
func runningExecutors(t *testing.T, j job) (all []corev1.Pod) {
	t.Helper()
	list, err := running.Client().CoreV1().Pods(j.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "spark-role=executor,spark-app-name=" + j.name})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range list.Items {
		if pod.Status.Phase == corev1.PodRunning {
			all = append(all, pod)
		}
	}
	return all
}

// TestRunningPodsAreResized: tune --live resizes the executors of a job that computes on a CPU limit and a memory limit that are too small. The
// limits of their cgroups change, nothing is restarted, and the job ends with the result that it has without.
func TestRunningPodsAreResized(t *testing.T) {
	onNode(t)
	startMetricsServer(t)
	const namespace = "live"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	j := job{version: "4.3.0", namespace: namespace, name: "resized", app: "local:///opt/jobs/badly.py", arguments: []string{"work"}, conf: map[string]string{
		"spark.executor.instances": "2", "spark.kubernetes.executor.limit.cores": "0.3", "spark.executor.memoryOverhead": "300m", "spark.kubernetes.driver.limit.cores": "1"}}
	alone := j
	alone.name = "alone"
	want := alone.run(t, patience)
	ends(t, want, "")

	defer slot()()
	conf := map[string]string{"spark.kubernetes.submission.waitAppCompletion": "false"}
	maps.Copy(conf, j.conf)
	j.conf = conf
	if out, err := j.command(t.Context()).CombinedOutput(); err != nil {
		t.Fatalf("spark-submit: %v\n%s", err, last(string(out)))
	}
	var pods []corev1.Pod
	for start := time.Now(); len(pods) < 2; time.Sleep(time.Second) {
		if pods = runningExecutors(t, j); time.Since(start) > patience {
			t.Fatalf("%d executors run", len(pods))
		}
	}
	before := map[string]bounds{}
	for i := range pods {
		before[pods[i].Name] = boundsOf(t, &pods[i])
	}
	t.Log(command(t, "kubectl", "spark", "tune", "--live", j.name, "-n", namespace, "-o", "wide"))

	// The limit of CPU grows once tasks compute. That of memory is below what Spark counts on from the start.
	record := filepath.Join(t.TempDir(), "record.json")
	grown := func(name string, now bounds) bool {
		return now.cpu > before[name].cpu && now.memory > before[name].memory
	}
	for start := time.Now(); ; time.Sleep(2 * time.Second) {
		said := command(t, "kubectl", "spark", "tune", "--live", j.name, "-n", namespace, "--apply", "--yes", "--record="+record)
		t.Log(said)
		left := slices.DeleteFunc(runningExecutors(t, j), func(pod corev1.Pod) bool { return grown(pod.Name, boundsOf(t, &pod)) })
		if len(left) == 0 {
			break
		}
		if time.Since(start) > patience {
			t.Fatalf("the limits of %d executors did not grow", len(left))
		}
	}
	pods = runningExecutors(t, j)
	if len(pods) != 2 {
		t.Fatalf("%d executors run when both were resized: the job is too short", len(pods))
	}
	for i := range pods {
		pod, now := &pods[i], boundsOf(t, &pods[i])
		spec := pod.Spec.Containers[0].Resources
		t.Logf("%s: %+v, then %+v", pod.Name, before[pod.Name], now)
		if limit := spec.Limits.Memory().Value(); now.memory != limit || now.memory < (600+384)<<20 {
			t.Errorf("%s: the kernel has a memory limit of %d, and the pod of %d", pod.Name, now.memory, limit)
		}
		if status := pod.Status.ContainerStatuses[0]; status.RestartCount != 0 || status.Resources == nil || status.Resources.Limits.Cpu().Cmp(*spec.Limits.Cpu()) != 0 {
			t.Errorf("%s: %+v", pod.Name, status)
		}
	}

	client := running.Client().CoreV1().Pods(namespace)
	for start := time.Now(); ; time.Sleep(time.Second) {
		driver, err := client.Get(t.Context(), j.name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if driver.Status.Phase == corev1.PodFailed || time.Since(start) > patience {
			t.Fatalf("the driver is %s", driver.Status.Phase)
		}
		if driver.Status.Phase == corev1.PodSucceeded {
			break
		}
	}
	log, err := client.GetLogs(j.name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result := regexp.MustCompile(`(?m)^RESULT .*$`).FindString(string(log)); result != want.result {
		t.Errorf("its result is %q, and %q without a resize", result, want.result)
	}
}

package e2e

import (
	"errors"
	"os/exec"
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

// waited is the exit code where a node has not resized a pod in time: cgroups tell what it did later.
const waited = 124

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
// limits of their cgroups change, nothing is restarted, the record gives them back, and the job ends with the result that it has without.
func TestRunningPodsAreResized(t *testing.T) {
	onNode(t)
	if !quick() { // a quick run has no metrics-server: it goes by cgroups alone
		startMetricsServer(t)
	}
	const namespace = "live"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	// A minute or two of a processor, which take more on the limits.
	j := job{version: "4.3.0", namespace: namespace, name: "resized", app: "local:///opt/jobs/badly.py", arguments: []string{"work", "600"}, conf: map[string]string{"spark.executor.instances": "2"}}
	alone := j
	alone.name = "alone"
	want := alone.run(t, patience)
	ends(t, want, "")

	defer slot()()
	j.conf = map[string]string{"spark.executor.instances": "2", "spark.kubernetes.executor.limit.cores": "0.3", "spark.executor.memoryOverhead": "300m",
		"spark.kubernetes.driver.limit.cores": "1", "spark.kubernetes.submission.waitAppCompletion": "false"}
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
	if first := before[pods[0].Name]; first != (bounds{300, (600 + 300) << 20}) {
		t.Fatalf("the cgroup of %s has %+v", pods[0].Name, first)
	}
	tune := func(args ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "kubectl", append([]string{"spark", "tune", "-n", namespace}, args...)...).CombinedOutput()
		t.Logf("%s: %v\n%s", strings.Join(args, " "), err, out)
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != waited) {
			t.FailNow()
		}
	}
	tune("--live", j.name, "-o", "wide")

	// The limit of CPU grows once tasks compute. That of memory is below what Spark counts on from the start.
	record := filepath.Join(t.TempDir(), "record.json")
	for start := time.Now(); ; time.Sleep(2 * time.Second) {
		tune("--live", j.name, "--apply", "--yes", "--record="+record)
		left := sameExecutors(t, j, before)
		left = slices.DeleteFunc(left, func(pod corev1.Pod) bool {
			now := boundsOf(t, &pod)
			return now.cpu > before[pod.Name].cpu && now.memory > before[pod.Name].memory
		})
		if len(left) == 0 {
			break
		}
		if time.Since(start) > patience {
			t.Fatalf("the limits of %d executors did not grow", len(left))
		}
	}
	for _, pod := range sameExecutors(t, j, before) {
		now, spec, status := boundsOf(t, &pod), pod.Spec.Containers[0].Resources, pod.Status.ContainerStatuses[0]
		t.Logf("%s: %+v, then %+v", pod.Name, before[pod.Name], now)
		if limit := spec.Limits.Memory().Value(); now.memory != limit || limit < (600+384)<<20 {
			t.Errorf("%s: the kernel has a memory limit of %d, and the pod of %d", pod.Name, now.memory, limit)
		}
		if limit := spec.Limits.Cpu().MilliValue(); now.cpu != limit {
			t.Errorf("%s: the kernel has a CPU limit of %d, and the pod of %d", pod.Name, now.cpu, limit)
		}
		if status.RestartCount != 0 || status.Resources == nil || status.Resources.Limits.Cpu().Cmp(*spec.Limits.Cpu()) != 0 {
			t.Errorf("%s: %+v", pod.Name, status)
		}
	}

	// The record gives the limits back. A kubelet sets no memory limit below what is in use, page cache included: it says so, and changes nothing.
	out, err := exec.CommandContext(t.Context(), "kubectl", "spark", "tune", "--rollback", record, "--yes").CombinedOutput()
	t.Logf("--rollback: %v\n%s", err, out)
	refused := strings.Contains(string(out), "cannot decrease memory limits")
	if (err != nil) != refused {
		t.Errorf("--rollback: %v", err)
	}
	for _, pod := range sameExecutors(t, j, before) {
		if now := boundsOf(t, &pod); now != before[pod.Name] && !refused {
			t.Errorf("%s: %+v before, and %+v when it was taken back", pod.Name, before[pod.Name], now)
		}
		if status := pod.Status.ContainerStatuses[0]; status.RestartCount != 0 {
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

// sameExecutors are those of a job that run, and fails the test where others have begun or one has ended.
func sameExecutors(t *testing.T, j job, before map[string]bounds) []corev1.Pod {
	t.Helper()
	pods := runningExecutors(t, j)
	for _, pod := range pods {
		if _, was := before[pod.Name]; !was {
			t.Fatalf("%s began meanwhile: an executor was lost", pod.Name)
		}
	}
	if len(pods) != len(before) {
		t.Fatalf("%d of %d executors run: one was lost, or the job is too short", len(pods), len(before))
	}
	return pods
}

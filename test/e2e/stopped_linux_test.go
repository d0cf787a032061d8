package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
)

// send sends a signal to a JVM.
func send(t *testing.T, p jvm.Process, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(p.PID, s); err != nil {
		t.Fatalf("process %d: %v", p.PID, err)
	}
}

// paused stops all servers for 30 seconds, as a full garbage collection of a large heap does. None is restarted.
func paused(t *testing.T, namespace string, pods map[string]corev1.Pod) {
	for _, pod := range pods {
		p := jvmOf(t, pod)
		send(t, p, syscall.SIGSTOP)
		defer func() { _ = syscall.Kill(p.PID, syscall.SIGCONT) }() // where this test fails before
	}
	time.Sleep(30 * time.Second)
	for _, pod := range pods {
		send(t, jvmOf(t, pod), syscall.SIGCONT)
	}
	time.Sleep(30 * time.Second) // what was about to be restarted
	unharmed(t, namespace, allReady(t, namespace, len(pods)), pods)
}

// unharmed asserts that the pods are those that were, with no restart.
func unharmed(t *testing.T, namespace string, now, before map[string]corev1.Pod) {
	t.Helper()
	for name, pod := range now {
		if pod.UID != before[name].UID || pod.Status.ContainerStatuses[0].RestartCount > 0 {
			t.Errorf("%s/%s was restarted: %+v", namespace, name, pod.Status.ContainerStatuses[0].LastTerminationState)
		}
	}
}

// startsSlowly replaces a server's pod, and stops the new JVM for three minutes as soon as it is there. It becomes Ready all the same, and is
// not restarted.
func startsSlowly(t *testing.T, namespace string, old corev1.Pod) corev1.Pod {
	client := running.Client().CoreV1().Pods(namespace)
	if err := client.Delete(t.Context(), old.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	key := roleOf(old)
	if key == "worker" {
		key = old.Name
	}
	var p jvm.Process
	var pod corev1.Pod
	for start, found := time.Now(), false; !found; time.Sleep(50 * time.Millisecond) {
		var there bool
		if pod, there = serverPods(t, namespace)[key]; there && pod.UID != old.UID {
			p, found = oldest(pod)
		}
		if time.Since(start) > patience {
			t.Fatalf("no JVM of a new %s", key)
		}
	}
	send(t, p, syscall.SIGSTOP)
	time.Sleep(3 * time.Minute)
	if now := serverPods(t, namespace)[key]; isReady(now) {
		t.Errorf("Ready before it listens: %+v", now.Status)
	}
	send(t, p, syscall.SIGCONT)
	for start := time.Now(); !isReady(pod); time.Sleep(time.Second) {
		pod = serverPods(t, namespace)[key]
		if time.Since(start) > patience {
			t.Fatalf("not Ready: %+v", pod.Status)
		}
	}
	if status := pod.Status.ContainerStatuses[0]; status.RestartCount > 0 {
		t.Errorf("it was restarted: %+v", status.LastTerminationState)
	}
	return pod
}

// stopped stops a server's JVM as a hang does. With a liveness probe it is restarted within the time that the probe states, from when the kernel
// takes no more connections for it; without one, it goes unready and is left alone. The two times are from the stop on.
func stopped(t *testing.T, namespace string, pod corev1.Pod) (unready, restarted time.Duration) {
	c := pod.Spec.Containers[0]
	probe, limit := c.ReadinessProbe, budget(c.ReadinessProbe)
	if c.LivenessProbe != nil {
		probe, limit = c.LivenessProbe, budget(c.LivenessProbe)+time.Duration(*pod.Spec.TerminationGracePeriodSeconds)*time.Second
	}
	p := jvmOf(t, pod)
	before := pod.Status.ContainerStatuses[0].RestartCount
	send(t, p, syscall.SIGSTOP)
	start := time.Now()
	defer func() { _ = syscall.Kill(p.PID, syscall.SIGCONT) }() // ended by now, where it was restarted
	queue := waiting(t, p.PID, probe.TCPSocket.Port.IntValue())
	t.Logf("the kernel takes %d connections for the stopped %s", queue, roleOf(pod))
	if queue > 10 { // what the probes do not fill within minutes, clients do
		for i := range queue + 10 {
			conn, err := net.DialTimeout("tcp", net.JoinHostPort(pod.Status.PodIP, probe.TCPSocket.Port.String()), 2*time.Second)
			if err != nil {
				t.Logf("%d connections filled it after %s", i, time.Since(start).Round(time.Second))
				break
			}
			conn.Close()
		}
	}
	const slack = 90 * time.Second // for the probes to fill the queue, and for the kubelet
	for time.Since(start) < limit+slack {
		now, err := running.Client().CoreV1().Pods(namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if unready == 0 && !isReady(*now) {
			unready = time.Since(start)
			t.Logf("unready after %s", unready.Round(time.Second))
		}
		if c.LivenessProbe == nil && unready > 0 {
			return unready, 0
		}
		if now.Status.ContainerStatuses[0].RestartCount > before {
			restarted = time.Since(start)
			t.Logf("restarted after %s; the probe states %s with the grace period", restarted.Round(time.Second), limit)
			return unready, restarted
		}
		time.Sleep(time.Second)
	}
	t.Errorf("%s after it was stopped, it is neither restarted nor, without a liveness probe, unready (unready after %s); the kernel takes %d more",
		time.Since(start).Round(time.Second), unready, waiting(t, p.PID, probe.TCPSocket.Port.IntValue()))
	return unready, restarted
}

// budget is how long a probe waits for a process that does not answer.
func budget(p *corev1.Probe) time.Duration {
	return time.Duration(p.PeriodSeconds)*time.Duration(p.FailureThreshold)*time.Second + time.Duration(p.TimeoutSeconds)*time.Second
}

// waiting is how many connections the kernel takes at a port for a process that accepts none.
func waiting(t *testing.T, pid, port int) int {
	t.Helper()
	out, err := exec.Command("nsenter", "-t", fmt.Sprint(pid), "-n", "ss", "-ltnH", fmt.Sprintf("sport = :%d", port)).CombinedOutput()
	words := strings.Fields(string(out)) // state, how many wait, how many may
	if err != nil || len(words) < 3 {
		t.Fatalf("%v: %s", err, out)
	}
	wait, err1 := strconv.Atoi(words[1])
	may, err2 := strconv.Atoi(words[2])
	if err1 != nil || err2 != nil {
		t.Fatalf("%s", out)
	}
	return may + 1 - wait
}

// workerStopped stops a worker while a job of two executors runs. The master gives the worker up before its probe restarts it, so the restart
// costs no executor; the job ends with all its tasks done.
func workerStopped(t *testing.T, version, namespace string, pods map[string]corev1.Pod) {
	const name = "worker-1"
	worker := pods[name]
	type end struct {
		out  []byte
		err  error
		took time.Duration
	}
	cmd, ended, start := standalone(t, version, namespace, "tasks.py"), make(chan end, 1), time.Now()
	go func() {
		out, err := cmd.CombinedOutput()
		ended <- end{out, err, time.Since(start)}
	}()
	for executors(worker) == 0 || executors(pods["worker-0"]) == 0 {
		if time.Sleep(time.Second); time.Since(start) > patience {
			t.Fatal("there are no executors on both workers")
		}
	}
	time.Sleep(20 * time.Second) // the job runs on both
	stop, dead := time.Now(), make(chan time.Duration, 1)
	go func() {
		for ; time.Since(stop) < patience; time.Sleep(time.Second) {
			if slices.Contains(workers(t, pods["master"], "DEAD"), worker.Status.PodIP) {
				break
			}
		}
		dead <- time.Since(stop)
	}()
	_, restarted := stopped(t, namespace, worker)
	up, job := <-dead, <-ended
	if result := resultLine.FindString(string(job.out)); job.err != nil || result != "RESULT tasks 75 2775" {
		t.Errorf("the job: %v, %q\n%s", job.err, result, last(string(job.out)))
	}
	t.Logf("the master gave the worker up after %s, the probe restarted it after %s; the job took %s, and lost %d tasks", up.Round(time.Second),
		restarted.Round(time.Second), job.took.Round(time.Second), strings.Count(string(job.out), "Lost task "))
	if up >= restarted {
		t.Error("the restart ended executors that the master still counted on")
	}
	for start := time.Now(); len(workers(t, pods["master"], "ALIVE")) < 2; time.Sleep(time.Second) {
		if time.Since(start) > patience {
			t.Fatal("the restarted worker did not come back")
		}
	}
}

// executors are how many executors of a standalone cluster run in the worker's pod.
func executors(worker corev1.Pod) (number int) {
	for _, p := range jvm.List() {
		if p.Pod == string(worker.UID) && slices.Contains(p.Arguments, "org.apache.spark.executor.CoarseGrainedExecutorBackend") {
			number++
		}
	}
	return number
}

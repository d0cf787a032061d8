package integration

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/fleet/job"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// storeOfLogs starts a server of S3 with logs of real Spark in s3a://logs/spark, and sets the variables by which it is reached.
func storeOfLogs(t *testing.T) {
	t.Helper()
	address := controlplane.S3ForTest(t)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	logs := 0
	for _, pattern := range []string{"eventlogs/4.3.0/*/spark-*", "eventlogs/4.3.0/*/eventlog_v2_*", "scaling/4.3.0/*/*"} {
		all, err := filepath.Glob("../e2e/testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, log := range all {
			err := filepath.WalkDir(log, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				data, err := os.ReadFile(path)
				if err != nil || len(data) == 0 { // the emulator takes no empty object
					return err
				}
				name := filepath.Base(filepath.Dir(log)) + "-" + filepath.Base(log)
				if log != path {
					name = filepath.Base(log) + "/" + filepath.Base(path)
				}
				return source.Put(t.Context(), "s3a://logs/spark/"+name, data, source.Options{})
			})
			if err != nil {
				t.Fatal(err)
			}
			logs++
		}
	}
	if logs < 20 {
		t.Fatalf("only %d logs", logs)
	}
}

// kubelet runs the containers of a namespace's pods as processes of this machine, each once, with the arguments and variables that the pod
// states, and reports their end as a kubelet does. env adds variables to those of a pod; nil leaves its pod waiting.
type kubelet struct {
	cp        *controlplane.ControlPlane
	namespace string
	program   string
	env       func(pod *corev1.Pod) []string

	mu  sync.Mutex
	ran map[string]int // by Job and index
}

func (k *kubelet) start(t *testing.T) {
	k.ran = map[string]int{}
	var wait sync.WaitGroup
	stop, seen := make(chan struct{}), map[string]bool{}
	wait.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
			pods, err := k.cp.Client().CoreV1().Pods(k.namespace).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				continue // the test ends
			}
			for _, pod := range pods.Items {
				if seen[pod.Name] || pod.Status.Phase != corev1.PodPending {
					continue
				}
				env := k.env(&pod)
				if env == nil {
					continue
				}
				seen[pod.Name] = true
				wait.Go(func() { k.run(t, &pod, env) })
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		wait.Wait()
	})
}

func (k *kubelet) run(t *testing.T, pod *corev1.Pod, env []string) {
	c := &pod.Spec.Containers[0]
	for _, e := range c.Env {
		value := e.Value
		if e.ValueFrom != nil && e.ValueFrom.FieldRef != nil {
			path := e.ValueFrom.FieldRef.FieldPath
			key := strings.TrimSuffix(path[strings.Index(path, "'")+1:], "']")
			value = map[bool]string{true: pod.Labels[key], false: pod.Annotations[key]}[strings.HasPrefix(path, "metadata.labels")]
		}
		env = append(env, e.Name+"="+value)
	}
	cmd := exec.CommandContext(t.Context(), k.program, c.Args...)
	cmd.Env, cmd.Dir = append([]string{"AWS_ENDPOINT_URL=" + os.Getenv("AWS_ENDPOINT_URL"), "AWS_REGION=us-east-1"}, env...), t.TempDir()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	k.mu.Lock()
	k.ran[pod.Labels[batchv1.JobNameLabel]+"-"+pod.Annotations[batchv1.JobCompletionIndexAnnotation]]++
	k.mu.Unlock()
	now := metav1.Now()
	ended := &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}
	pod.Status.Phase = corev1.PodSucceeded
	if err != nil {
		pod.Status.Phase = corev1.PodFailed
		ended.Reason, ended.ExitCode, ended.Message = "Error", int32(cmd.ProcessState.ExitCode()), said.String()
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: c.Name, Image: c.Image, State: corev1.ContainerState{Terminated: ended}}}
	if _, err := k.cp.Client().CoreV1().Pods(k.namespace).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{}); err != nil && t.Context().Err() == nil {
		t.Errorf("%s: %v", pod.Name, err)
	}
}

// TestAJobReadsAFleet: in a namespace that enforces Pod Security "restricted" the Job controller makes the pods of tune --fleet --job. What
// they read and write is put together to what one process says of the same logs, byte for byte. A share that fails is named with its
// reason, and an interrupted command leaves the Job, which it finds again.
func TestAJobReadsAFleet(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true})
	namespace := cp.NewNamespace(t, "pod-security.kubernetes.io/enforce", "restricted")
	storeOfLogs(t)
	program := filepath.Join(buildPlugin(t), "kubectl-spark")
	tune := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, append([]string{"tune", "--fleet=s3a://logs/spark"}, args...)...)
		cmd.Env = append(os.Environ(), "KUBECONFIG="+cp.Kubeconfig())
		return cmd
	}
	run := func(code int, args ...string) (out, errs string) {
		t.Helper()
		var said bytes.Buffer
		cmd := tune(args...)
		cmd.Stderr = &said
		text, err := cmd.Output()
		if err != nil && !errors.As(err, new(*exec.ExitError)) || cmd.ProcessState.ExitCode() != code {
			t.Fatalf("%v: %v, exit code %d\n%s%s", args, err, cmd.ProcessState.ExitCode(), text, said.String())
		}
		return string(text), said.String()
	}
	want, _ := run(0)
	if !strings.Contains(want, "applications with ") {
		t.Fatal(want)
	}
	broken, held := "", ""
	k := &kubelet{cp: cp, namespace: namespace, program: program, env: func(pod *corev1.Pod) []string {
		index, name := pod.Annotations[batchv1.JobCompletionIndexAnnotation], pod.Labels[batchv1.JobNameLabel]
		env := []string{"AWS_ACCESS_KEY_ID=AKIATEST", "JOB_COMPLETION_INDEX=" + index}
		switch {
		case name == held:
			return nil
		case name == broken && index == "1":
			return env
		}
		return append(env, "AWS_SECRET_ACCESS_KEY=s3cr3t")
	}}
	broken, held = "broken", "held"
	k.start(t)
	flags := []string{"--job", "--image=registry.example/kubectl-spark:1", "--completions=3", "-n", namespace}
	if out, _ := run(0, append(flags, "--dry-run=server")...); !regexp.MustCompile(`^job.batch/spark-fleet-[0-9a-f]{8} created \(server dry run\)\n$`).MatchString(out) {
		t.Error(out)
	}
	got, said := run(0, flags...)
	if got != want {
		t.Errorf("pods say\n%s\nand one process\n%s", got, want)
	}
	if !strings.Contains(said, "of namespace "+namespace+" reads the logs in 3 pods") {
		t.Error(said)
	}
	jobs, err := cp.Client().BatchV1().Jobs(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: manifests.NameLabel + "=" + manifests.FleetName})
	if err != nil || len(jobs.Items) != 1 || jobs.Items[0].Status.CompletedIndexes != "0-2" {
		t.Fatalf("%v, %+v", err, jobs)
	}
	if again, said := run(0, flags...); again != want || !strings.Contains(said, "has ended, and its results are shown; to read the logs anew, delete it: kubectl delete job spark-fleet-") {
		t.Errorf("%s%s", said, again)
	}
	if merged, _ := run(0, "--merge"); merged != want {
		t.Error(merged)
	}
	if _, said := run(2, append(flags, "--completions=4")...); !strings.Contains(said, "reads with other flags: delete it, or give another name with --job-name") {
		t.Error(said)
	}

	got, _ = run(3, append(flags, "--job-name=broken")...)
	if !strings.Contains(got, "not read: index 1 of 3, and its applications: ") || !strings.Contains(got, "no credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY): it lacks a key") || !strings.Contains(got, "1 share of the applications is missing") {
		t.Error(got)
	}
	if k.ran["broken-0"] != 1 || k.ran["broken-1"] != 3 || k.ran["broken-2"] != 1 {
		t.Errorf("pods ran so often: %v", k.ran)
	}

	if runtime.GOOS == "windows" {
		return // it has no interrupt that a process could send
	}
	cmd := tune(append(flags, "--job-name=held")...)
	var words lockedBuffer
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "the Job is started", func() bool { return strings.Contains(words.String(), "reads the logs in 3 pods") })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != plugin.ExitInterrupted || !strings.Contains(words.String(), "Job held goes on. The same command waits for it again.") || !strings.Contains(words.String(), "kubectl spark tune --fleet=s3a://logs/spark --job-name=held --merge") {
		t.Errorf("exit code %d: %s", code, words.String())
	}
	if _, said := run(3, "--job-name=held", "--merge"); !strings.Contains(said, "it holds no result: wait for the Job") {
		t.Error(said)
	}
}

// TestAJobWhosePodsDoNotStartIsNoEndlessWait: why pods do not start is said at once, once for each reason. The wait ends where none can start
// until somebody changes something, and goes on where a node may come.
func TestAJobWhosePodsDoNotStartIsNoEndlessWait(t *testing.T) {
	cp := shared.Get(t)
	namespace := cp.NewNamespace(t)
	reader, err := cluster.New(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status corev1.PodStatus
		says   string
		ends   bool
	}{
		"pull": {corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{Name: "tune", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "Back-off pulling image: not found"}}}}},
			"the image registry.example/kubectl-spark:1 of pod pull-0 cannot be pulled: ImagePullBackOff Back-off pulling image: not found", true},
		"secret": {corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{Name: "tune", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CreateContainerConfigError", Message: `secret "keys" not found`}}}}},
			`pod secret-0 cannot start: CreateContainerConfigError secret "keys" not found`, true},
		"full": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/3 nodes are available: 3 Insufficient cpu."}}},
			"no node takes pod full-0: 0/3 nodes are available: 3 Insufficient cpu.", false},
		"mounts": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour))}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "tune", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}},
			"kubectl describe pod mounts-0 -n " + namespace + " says why", false},
	} {
		t.Run(name, func(t *testing.T) {
			want := &manifests.FleetJob{Name: name, Namespace: namespace, Image: "registry.example/kubectl-spark:1", Shares: 1, AtOnce: 1, Args: []string{"tune"}}
			var said []string
			run := &job.Run{Reader: reader, Pause: 10 * time.Millisecond, Patience: time.Second, Progress: func(int, int) {}, Say: func(note string) { said = append(said, note) }}
			have, created, err := run.Start(t.Context(), want.Object())
			if err != nil || !created {
				t.Fatal(err)
			}
			// No controller runs here.
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name + "-0", Namespace: namespace, Labels: map[string]string{batchv1.ControllerUidLabel: string(have.UID)}}, Spec: have.Spec.Template.Spec}
			if pod, err = cp.Client().CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			pod.Status = c.status
			if _, err := cp.Client().CoreV1().Pods(namespace).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), map[bool]time.Duration{true: 10 * time.Second, false: 2 * time.Second}[c.ends])
			defer stop()
			_, err = run.Wait(ctx, have)
			if errors.As(err, new(*job.StuckError)) != c.ends || err == nil {
				t.Errorf("%v", err)
			}
			if len(said) != 1 || !strings.Contains(said[0], c.says) || c.ends && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q, %v", said, err)
			}
		})
	}
}

// TestAnAccountWithoutRightsStartsNoJob: one line says which rights it lacks.
func TestAnAccountWithoutRightsStartsNoJob(t *testing.T) {
	cp := shared.Get(t)
	namespace := cp.NewNamespace(t)
	config, err := cp.UserConfig("somebody")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := cluster.New(config)
	if err != nil {
		t.Fatal(err)
	}
	want := (&manifests.FleetJob{Name: "weekly", Namespace: namespace, Image: "registry.example/kubectl-spark:1", Shares: 1, AtOnce: 1, Args: []string{"tune"}}).Object()
	_, _, err = (&job.Run{Reader: reader}).Start(t.Context(), want)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), `User "somebody" cannot get resource "jobs"`) || !strings.HasSuffix(err.Error(), "grant: create,get jobs.batch and list pods") {
		t.Error(err)
	}
	if _, err = (&job.Run{Reader: reader}).Create(t.Context(), want, true); err == nil || strings.Contains(err.Error(), "\n") || !strings.HasSuffix(err.Error(), "grant: create,get jobs.batch and list pods") {
		t.Error(err)
	}
}

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
)

// keepEnv makes TestFaults and TestJobs write what they saw into testdata: test data of the packages that read it.
const keepEnv = "KUBECTL_SPARK_E2E_KEEP"

// sight is what a cluster shows of a fault.
type sight struct {
	pods   []corev1.Pod
	events []corev1.Event
	log    string // of the driver
	said   string // by the executor's container, where the fault asks it
}

// ended says whether a container of that role's pods ended with that code, now or before its restart.
func (s sight) ended(role string, code int32, reason string) bool {
	for _, pod := range s.pods {
		for _, c := range pod.Status.ContainerStatuses {
			for _, state := range []corev1.ContainerState{c.State, c.LastTerminationState} {
				if pod.Labels["spark-role"] == role && state.Terminated != nil && state.Terminated.ExitCode == code && (reason == "" || state.Terminated.Reason == reason) {
					return true
				}
			}
		}
	}
	return false
}

// waiting says whether a container of that role's pods waits for that reason.
func (s sight) waiting(role, reason string) bool {
	for _, pod := range s.pods {
		for _, c := range pod.Status.ContainerStatuses {
			if pod.Labels["spark-role"] == role && c.State.Waiting != nil && c.State.Waiting.Reason == reason {
				return true
			}
		}
	}
	return false
}

// runs says whether a pod of that role runs.
func (s sight) runs(role string) bool {
	return slices.ContainsFunc(s.pods, func(pod corev1.Pod) bool {
		return pod.Labels["spark-role"] == role && pod.Status.Phase == corev1.PodRunning
	})
}

// event says whether there is an Event of that reason whose message holds the text.
func (s sight) event(reason, text string) bool {
	for _, e := range s.events {
		if e.Reason == reason && strings.Contains(e.Message, text) {
			return true
		}
	}
	return false
}

// fault is a job that goes wrong, and how the cluster shows it.
type fault struct {
	name      string
	app       string
	arguments []string
	conf      map[string]string
	quota     corev1.ResourceList
	claim     string // a claim that no volume can satisfy
	reads     string // a command in the executor's container whose output shows the fault
	shown     func(sight) bool
	// What doctor finds, and a word of its remedy; empty where no status and no Event tells of the fault.
	code, remedy string
}

func faults() []fault {
	const pi = "local:///opt/jobs/pi.py"
	return []fault{
		{name: "executor-killed-by-the-kernel", app: "local:///opt/jobs/direct.py", arguments: []string{"executor"},
			conf:  map[string]string{"spark.executor.extraJavaOptions": "-XX:MaxDirectMemorySize=3g"},
			shown: func(s sight) bool { return s.ended("executor", 137, "OOMKilled") },
			code:  "SPK-P001", remedy: "memoryOverhead"},
		{name: "driver-killed-by-the-kernel", app: "local:///opt/jobs/direct.py", arguments: []string{"driver"},
			conf:  map[string]string{"spark.driver.extraJavaOptions": "-XX:MaxDirectMemorySize=3g"},
			shown: func(s sight) bool { return s.ended("driver", 137, "OOMKilled") },
			code:  "SPK-P001", remedy: "memoryOverhead"},
		{name: "executor-heap", app: "local:///opt/jobs/heap.py",
			shown: func(s sight) bool { return s.ended("executor", 52, "") && s.ended("driver", 1, "") },
			code:  "SPK-P043", remedy: "spark.executor.memory"},
		{name: "executor-unschedulable", app: pi, conf: map[string]string{"spark.kubernetes.executor.request.cores": "64"},
			shown: func(s sight) bool { return s.event("FailedScheduling", "Insufficient cpu") },
			code:  "SPK-P038", remedy: "request.cores"},
		{name: "image-missing", app: pi, conf: map[string]string{"spark.kubernetes.container.image": image.Repository + ":missing", "spark.kubernetes.container.image.pullPolicy": "IfNotPresent"},
			shown: func(s sight) bool { return s.waiting("driver", "ImagePullBackOff") },
			code:  "SPK-I022", remedy: "registry"},
		{name: "image-never-pulled", app: pi, conf: map[string]string{"spark.kubernetes.executor.container.image": image.Repository + ":missing"},
			shown: func(s sight) bool { return s.waiting("executor", "ErrImageNeverPull") },
			code:  "SPK-I022", remedy: "IfNotPresent"},
		{name: "image-name-invalid", app: pi, conf: map[string]string{"spark.kubernetes.container.image": "Registry.test/Spark"},
			shown: func(s sight) bool { return s.waiting("driver", "InvalidImageName") },
			code:  "SPK-I022", remedy: "correct the image name"},
		{name: "quota-refuses-executors", app: pi, quota: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")},
			shown: func(s sight) bool { return strings.Contains(s.log, "exceeded quota") }},
		{name: "account-without-rights", app: pi, conf: map[string]string{"spark.kubernetes.authenticate.driver.serviceAccountName": "default"},
			shown: func(s sight) bool { return s.ended("driver", 1, "") && strings.Contains(s.log, "is forbidden") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "main-file-missing", app: "local:///opt/jobs/none.py",
			shown: func(s sight) bool { return s.ended("driver", 2, "") || s.ended("driver", 1, "") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "fails-before-the-context", app: "local:///opt/jobs/early.py",
			shown: func(s sight) bool { return s.ended("driver", 1, "") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "executor-option-invalid", app: pi, conf: map[string]string{"spark.executor.extraJavaOptions": "-XX:MaxRAMPercentage=many"},
			shown: func(s sight) bool { return s.ended("executor", 1, "") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "driver-ended-by-a-signal", app: "local:///opt/jobs/abort.py", arguments: []string{"driver"},
			shown: func(s sight) bool { return s.ended("driver", 134, "") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "executor-ended-by-a-signal", app: "local:///opt/jobs/abort.py", arguments: []string{"executor"},
			shown: func(s sight) bool { return s.ended("executor", 134, "") },
			code:  "SPK-P058", remedy: "kubectl logs"},
		{name: "executor-fills-its-disk", app: "local:///opt/jobs/scratch.py",
			conf: map[string]string{"spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1.mount.path": "/scratch",
				"spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1.options.sizeLimit": "16Mi"},
			shown: func(s sight) bool { return s.event("Evicted", "emptyDir") || s.event("Evicted", "EmptyDir") },
			code:  "SPK-P027", remedy: "sizeLimit"},
		{name: "claim-stays-pending", app: pi, claim: "data",
			conf: map[string]string{"spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.path": "/data",
				"spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName": "data"},
			shown: func(s sight) bool { return s.event("FailedScheduling", "unbound immediate PersistentVolumeClaims") },
			code:  "SPK-P038", remedy: "PersistentVolumeClaims"},
		{name: "executor-throttled", app: pi, conf: map[string]string{"spark.kubernetes.executor.limit.cores": "0.2"},
			reads: "cat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu.stat",
			shown: func(s sight) bool { return regexp.MustCompile(`nr_throttled [1-9]`).MatchString(s.said) }},
		{name: "driver-hangs", app: "local:///opt/jobs/hang.py",
			shown: func(s sight) bool {
				return s.runs("driver") && strings.Contains(s.log, "Successfully stopped SparkContext")
			}},
	}
}

// TestFaults provokes each fault without the webhook, and waits until the cluster shows it as package life reads it.
func TestFaults(t *testing.T) {
	onNode(t)
	t.Parallel()
	for _, f := range faults() {
		for _, version := range versions() {
			t.Run(f.name+"/"+version, func(t *testing.T) {
				t.Parallel()
				f.provoke(t, version)
			})
		}
	}
}

func (f fault) provoke(t *testing.T, version string) {
	done := sync.OnceFunc(slot())
	defer done()
	namespace := f.name + "-" + line(version)
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	client := running.Client()
	if f.quota != nil {
		quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "pods"}, Spec: corev1.ResourceQuotaSpec{Hard: f.quota}}
		if _, err := client.CoreV1().ResourceQuotas(namespace).Create(t.Context(), quota, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if f.claim != "" {
		none := ""
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: f.claim}, Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &none, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}}}}
		if _, err := client.CoreV1().PersistentVolumeClaims(namespace).Create(t.Context(), claim, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	j := job{version: version, namespace: namespace, name: "job", app: f.app, arguments: f.arguments,
		conf: map[string]string{"spark.kubernetes.submission.waitAppCompletion": "false", "spark.task.maxFailures": "1"}}
	for key, value := range f.conf {
		j.conf[key] = value
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if out, err := j.command(ctx).CombinedOutput(); err != nil {
		t.Fatalf("spark-submit: %v\n%s", err, last(string(out)))
	}
	var before sight
	for {
		s, err := look(ctx, namespace, f.reads)
		if err != nil {
			text, _ := json.MarshalIndent(map[string]any{"pods": before.pods, "events": before.events}, "", " ") // only a message
			t.Fatalf("the cluster does not show it: %v\n%s\n%s", err, text, last(before.log))
		}
		if before = s; f.shown(s) {
			if os.Getenv(keepEnv) != "" {
				time.Sleep(5 * time.Second) // a pod's phase follows the state of its container
				if s, err = look(ctx, namespace, f.reads); err != nil {
					t.Fatal(err)
				}
				s.keep(t, f.name, version)
			}
			done()
			f.found(t, namespace)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// found waits until doctor, with the rights of view, finds what happened and names what helps. It says nothing of a pod that is pending for less than
// two minutes.
func (f fault) found(t *testing.T, namespace string) {
	for start := time.Now(); f.code != ""; time.Sleep(5 * time.Second) {
		r := doctor(t, namespace)
		if slices.ContainsFunc(r.Findings, func(one report.Finding) bool {
			return one.Code == f.code && one.Happened && one.Fix != nil && strings.Contains(one.Fix.Summary, f.remedy)
		}) {
			return
		}
		if time.Since(start) > patience {
			text, _ := json.MarshalIndent(r.Findings, "", " ") // only a message
			t.Fatalf("doctor finds no %s whose remedy names %s\n%s", f.code, f.remedy, text)
		}
	}
}

// look reads what is in the namespace, and what the executor's container answers to a command, unless that is empty.
func look(ctx context.Context, namespace, command string) (s sight, err error) {
	client := running.Client().CoreV1()
	pods, err := client.Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return s, err
	}
	events, err := client.Events(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return s, err
	}
	s.pods, s.events = pods.Items, events.Items
	// A driver that waits for its image has no log.
	if log, err := client.Pods(namespace).GetLogs("job", &corev1.PodLogOptions{}).DoRaw(ctx); err == nil {
		s.log = string(log)
	}
	for _, pod := range s.pods {
		if command != "" && pod.Labels["spark-role"] == "executor" && pod.Status.Phase == corev1.PodRunning {
			// A container that has ended meanwhile says nothing.
			out, _ := exec.CommandContext(ctx, "kubectl", "-n", namespace, "exec", pod.Name, "--", "sh", "-c", command).Output()
			s.said = string(out)
		}
	}
	return s, nil
}

// keep writes it into testdata, without what is of no use there: managed fields, and the middle of a long log.
func (s sight) keep(t *testing.T, name, version string) {
	t.Helper()
	dir := filepath.Join("testdata", "faults", version, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range s.pods {
		s.pods[i].ManagedFields = nil
	}
	for i := range s.events {
		s.events[i].ManagedFields = nil
	}
	const half = 16 << 10
	if len(s.log) > 2*half {
		s.log = s.log[:half] + "\n[...]\n" + s.log[len(s.log)-half:]
	}
	keepJSON(t, filepath.Join(dir, "pods.json"), corev1.PodList{TypeMeta: listOf("Pod"), Items: s.pods})
	keepJSON(t, filepath.Join(dir, "events.json"), corev1.EventList{TypeMeta: listOf("Event"), Items: s.events})
	texts := map[string]string{"driver.log": s.log}
	if s.said != "" {
		texts["executor.txt"] = s.said
	}
	for file, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func listOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: "v1", Kind: kind + "List"}
}

func keepJSON(t *testing.T, file string, object any) {
	t.Helper()
	data, err := json.MarshalIndent(object, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

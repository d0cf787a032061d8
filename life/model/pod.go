package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Exit codes: of a process that a signal ended, 128 and its number; of Spark, SparkExitCode.scala.
const (
	exitKilled     = 137 // SIGKILL
	exitTerminated = 143 // SIGTERM: the pod was deleted, or an executor was decommissioned
	exitHeap       = 52  // SparkExitCode.OOM
)

// Read tells what happened to one pod by its status; nothing where it is well. A container that was started again shows its last
// end. Of a pod's containers only those that keep it from working are told.
func Read(pod *corev1.Pod) (all []Happening) {
	role := spark.Role(pod.Labels[spark.LabelRole])
	status := &pod.Status
	add := func(h Happening) {
		h.Role, h.Pods, h.Times, h.Example.Pod = role, 1, max(h.Times, 1), pod.Name
		h.Example.Namespace = pod.Namespace
		all = append(all, h)
	}
	if status.Reason == string(Evicted) {
		add(Happening{Kind: Evicted, Cause: evictedFor(status.Message), Ended: true, Example: Example{Reason: status.Reason, Message: Text(status.Message), At: ended(status)}})
		return all // how its containers ended follows from it
	}
	if status.Phase == corev1.PodPending {
		for _, c := range status.Conditions {
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
				since := c.LastTransitionTime
				if since.IsZero() {
					since = pod.CreationTimestamp
				}
				add(Happening{Kind: Unschedulable, Cause: lackingOf(c.Message), Example: Example{Reason: c.Reason, Message: Text(c.Message), At: since.Time}})
			}
		}
	}
	for i := range status.InitContainerStatuses {
		if h, is := container(pod, &status.InitContainerStatuses[i], status.Phase == corev1.PodPending || status.Phase == corev1.PodFailed); is {
			add(h)
		}
	}
	for i := range status.ContainerStatuses {
		if h, is := container(pod, &status.ContainerStatuses[i], true); is {
			add(h)
		}
	}
	if len(all) == 0 && status.Phase == corev1.PodFailed && pod.DeletionTimestamp == nil {
		if h, is := failed(status, role); is {
			add(h)
		}
	}
	return all
}

// failed tells of a pod that failed and whose containers show no error: none was started, or they were stopped from outside. Spark
// stops executors that it needs no more: without a disruption that is no failure.
func failed(status *corev1.PodStatus, role spark.Role) (h Happening, is bool) {
	h = Happening{Kind: Failed, Cause: status.Reason, Ended: true, Example: Example{Reason: status.Reason, Message: Text(status.Message), At: ended(status)}}
	disrupted := false
	for _, c := range status.Conditions {
		if c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue {
			disrupted = true
			h.Kind, h.Cause, h.Example.Reason, h.Example.Message = Stopped, c.Reason, c.Reason, Text(c.Message)
		}
	}
	for i := range status.ContainerStatuses {
		c := &status.ContainerStatuses[i]
		t := c.State.Terminated
		if t == nil || t.ExitCode != exitTerminated {
			continue
		}
		if role == spark.Executor && !disrupted {
			return Happening{}, false
		}
		h.Kind, h.Container = Stopped, c.Name
		h.Example.ExitCode, h.Example.At, h.Example.Ran = t.ExitCode, t.FinishedAt.Time, ran(t)
		break
	}
	return h, true
}

// ran is how long a container ran; 0 where its status does not say it.
func ran(t *corev1.ContainerStateTerminated) time.Duration {
	if t.StartedAt.IsZero() || !t.FinishedAt.After(t.StartedAt.Time) {
		return 0
	}
	return t.FinishedAt.Sub(t.StartedAt.Time)
}

// StatusOf decodes the status of a pod, which stands by itself; nil is an empty one. The error names the field that cannot be read.
func StatusOf(status json.RawMessage) (corev1.PodStatus, error) {
	var read struct {
		Status corev1.PodStatus `json:"status"`
	}
	if status == nil {
		return read.Status, nil
	}
	if err := json.Unmarshal(slices.Concat([]byte(`{"status":`), status, []byte("}")), &read); err != nil {
		return corev1.PodStatus{}, unread(err)
	}
	return read.Status, nil
}

// marks are words of a pod's text in JSON that one to which nothing happened has none of.
var marks = [][]byte{[]byte(`"terminated"`), []byte(`"waiting"`), []byte(`"Failed"`), []byte(`"Pending"`)}

// Happened says whether a pod's text in JSON may tell that something happened to it, without decoding it.
func Happened(raw []byte) bool {
	return slices.ContainsFunc(marks, func(mark []byte) bool { return bytes.Contains(raw, mark) })
}

// starting is the container of a pod on a node that the kubelet has not created yet, and since when the pod is there; "" where it
// waits for nothing.
func starting(pod *corev1.Pod) (container string, since time.Time) {
	if pod.Status.Phase != corev1.PodPending {
		return "", since
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil && (w.Reason == "ContainerCreating" || w.Reason == "PodInitializing") {
			since = pod.CreationTimestamp.Time
			for _, scheduled := range pod.Status.Conditions {
				if scheduled.Type == corev1.PodScheduled && !scheduled.LastTransitionTime.IsZero() {
					since = scheduled.LastTransitionTime.Time
				}
			}
			return c.Name, since
		}
	}
	return "", since
}

// container tells what happened to one container; ends says that how it ended matters.
func container(pod *corev1.Pod, c *corev1.ContainerStatus, ends bool) (h Happening, is bool) {
	if w := c.State.Waiting; w != nil && notPulled[w.Reason] {
		return Happening{Kind: ImagePull, Container: c.Name, Cause: PullCause(w.Reason, w.Message),
			Example: Example{Reason: w.Reason, Message: Text(w.Message), Image: Text(c.Image), At: pod.CreationTimestamp.Time}}, true
	} else if w != nil && notCreated[w.Reason] {
		return Happening{Kind: NotStarted, Container: c.Name, Cause: w.Reason, Example: Example{Reason: w.Reason, Message: Text(w.Message), At: pod.CreationTimestamp.Time}}, true
	}
	last, again := c.State.Terminated, false
	if last == nil {
		last, again = c.LastTerminationState.Terminated, true
	}
	if last == nil || !ends {
		return Happening{}, false
	}
	kind, cause := kindOf(last)
	if kind == "" {
		return Happening{}, false
	}
	h = Happening{Kind: kind, Container: c.Name, Cause: cause, Times: int(c.RestartCount), Ended: pod.Status.Phase == corev1.PodFailed,
		Example: Example{ExitCode: last.ExitCode, Reason: Text(last.Reason), Message: MainLine(last.Message), Image: Text(c.Image), At: last.FinishedAt.Time}}
	h.Again = c.State.Running != nil
	if !again {
		h.Times++
	}
	h.Example.Ran = ran(last)
	return h, true
}

// kindOf is what the end of a container was; "" where it ended well, or was stopped from outside.
func kindOf(t *corev1.ContainerStateTerminated) (kind Kind, cause string) {
	switch {
	case t.Reason == "OOMKilled":
		return OOMKilled, ""
	case t.Reason == "ContainerStatusUnknown": // the kubelet found no container any more, and writes 137
		return Failed, t.Reason
	case t.ExitCode == 0 || t.ExitCode == exitTerminated:
		return "", ""
	case MemoryOf(t.Message) != "":
		return Failed, fmt.Sprintf("exit code %d (OutOfMemoryError: %s)", t.ExitCode, MemoryOf(t.Message))
	case t.ExitCode == exitHeap || strings.Contains(t.Message, "java.lang.OutOfMemoryError"):
		return HeapExhausted, ""
	case t.ExitCode == exitKilled:
		return Killed, ""
	case refusedByQuota(t.Message):
		return QuotaRefused, quotaOf(t.Message)
	case forbidden(t.Message):
		return Forbidden, deniedOf(t.Message)
	}
	return Failed, exitText(t)
}

// notCreated are the reasons for which a container waits that the kubelet cannot create.
var notCreated = map[string]bool{"CreateContainerConfigError": true, "CreateContainerError": true, "RunContainerError": true, "PreCreateHookError": true,
	"PostStartHookError": true, "CreatePodSandboxError": true}

// ended is when a pod ended, by the last of its conditions; the zero time where none says it.
func ended(status *corev1.PodStatus) (at time.Time) {
	last := metav1.Time{}
	for _, c := range status.Conditions {
		if last.Before(&c.LastTransitionTime) {
			last = c.LastTransitionTime
		}
	}
	return last.Time
}

// evictedFor is what the kubelet had too little of, or which limit the pod exceeded; "" where its message names nothing. The messages
// stand in pkg/kubelet/eviction.
func evictedFor(message string) string {
	for _, what := range []string{"EmptyDir volume", "emptyDir", "ephemeral local storage", "local ephemeral storage limit"} {
		if strings.Contains(message, what) && strings.Contains(message, "exceed") {
			return DiskLimit
		}
	}
	for _, what := range []string{"ephemeral-storage", "DiskPressure", "inodes"} {
		if strings.Contains(message, what) {
			return Disk
		}
	}
	if strings.Contains(message, "low on resource: memory") || strings.Contains(message, "MemoryPressure") {
		return "memory"
	}
	return ""
}

// Causes of an eviction: the node's disk was full, or what the pod wrote exceeded a limit of its own.
const (
	Disk      = "disk"
	DiskLimit = "disk limit"
)

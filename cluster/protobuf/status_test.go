package protobuf

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
)

// statuses of pods, and whether something happened to them.
var statuses = map[string]struct {
	status   corev1.PodStatus
	happened bool
}{
	"running": {corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "c", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}}, false},
	"restarted after a good end": {corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}}}}, false},
	"succeeded": {corev1.PodStatus{Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}}}}, false},
	"killed before": {corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
		{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}}}}}, true},
	"waits":   {corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}}}}, true},
	"evicted": {corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted"}, true},
	"pending": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable}}}, true},
}

// TestWhatHappenedIsSeenInTheBytes: a pod that is well is not decoded, and of another no spec is. What the status tells is never missed.
func TestWhatHappenedIsSeenInTheBytes(t *testing.T) {
	for name, c := range statuses {
		pod := pods(t)[0]
		pod.Status = c.status
		raw := bytesOf(t, &pod)
		if got := Happened(raw); got != c.happened {
			t.Errorf("%s: %v", name, got)
		}
		var read corev1.Pod
		if err := Status(raw, &read); err != nil || read.Name != pod.Name || len(read.Spec.Containers) != 0 {
			t.Errorf("%s: %v, %+v", name, err, read)
		}
		if found := len(model.Read(&read)) > 0; found != c.happened || found != (len(model.Read(&pod)) > 0) {
			t.Errorf("%s: found %v", name, found)
		}
		for cut := range len(raw) { // no bytes make it fail
			Happened(raw[:cut])
		}
	}
}

// TestAPodThatIsWellCostsNoMemory, whatever its size.
func TestAPodThatIsWellCostsNoMemory(t *testing.T) {
	pod := pods(t)[0]
	pod.Status = statuses["running"].status
	raw := bytesOf(t, &pod)
	if n := testing.AllocsPerRun(100, func() { Happened(raw) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHappened(b *testing.B) {
	pod := corev1.Pod{Status: statuses["running"].status}
	raw, err := pod.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Happened(raw)
	}
}

package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func resizes(t *change.Target) bool {
	return t.Subresource == change.ResizePod && t.Kind == "Pod" && t.APIVersion == "v1"
}

// Resizes says that containers of a running pod are resized in place.
func (o *Object) Resizes() bool { return resizes(&o.Target) }

// resized says what a resize does to the containers of a pod: those whose resizePolicy wants it are restarted.
func resized(o *Object) Impact {
	var pod corev1.Pod
	if json.Unmarshal(o.live, &pod) != nil {
		return Impact{"", "resized in place"}
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, p := range c.ResizePolicy {
			changes := slices.ContainsFunc(o.Fields, func(f Field) bool {
				return strings.HasPrefix(f.Path, "/spec/containers/"+byName+c.Name+"/") && strings.HasSuffix(f.Path, "/"+string(p.ResourceName))
			})
			if p.RestartPolicy == corev1.RestartContainer && changes {
				return Impact{spark.Replaces, fmt.Sprintf("restarts container %s: its resizePolicy for %s is RestartContainer", c.Name, p.ResourceName)}
			}
		}
	}
	return Impact{"", "resized in place, nothing is restarted"}
}

// maxMessage bounds what is shown of a kubelet's message, in bytes.
const maxMessage = 300

// Resize is what the node made of a resize that was written.
type Resize struct {
	State   ResizeState
	Message string // as the kubelet words it
}

// ResizeState is how far a resize is.
type ResizeState string

// The states.
const (
	Resized    ResizeState = "resized"
	UnderWay   ResizeState = "under way"
	Deferred   ResizeState = "deferred"   // until the node has room
	Infeasible ResizeState = "infeasible" // the node never has as much, or cannot resize this pod
	NotMade    ResizeState = "failed"     // the kubelet tried, and tries again
	Unanswered ResizeState = "unanswered" // the kubelet has said nothing yet
	Ended      ResizeState = "ended"      // the pod is gone
)

// Await waits until the node has resized a pod or says why it does not, and no longer than to a time. With an error it is what was read last.
func (o *Object) Await(ctx context.Context, end time.Time) (Resize, error) {
	last := Resize{State: Unanswered}
	for {
		live, err := o.now(ctx)
		if err != nil {
			return last, err
		}
		if live == nil {
			return Resize{State: Ended}, nil
		}
		var pod corev1.Pod
		if err := json.Unmarshal(live, &pod); err != nil {
			return last, fmt.Errorf("read pod %s: %w", o.Target.Name, err)
		}
		if last = resizeOf(&pod); last.State != UnderWay && last.State != Unanswered || time.Now().After(end) {
			return last, nil
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}

// resizeOf reads a pod's status: what its node says of the last resize, and whether containers have what the pod asks for.
func resizeOf(pod *corev1.Pod) Resize {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return Resize{State: Ended}
	}
	underWay := false
	for _, c := range pod.Status.Conditions {
		if c.Status != corev1.ConditionTrue || c.ObservedGeneration > 0 && c.ObservedGeneration < pod.Generation {
			continue
		}
		text := strings.ToValidUTF8(c.Message[:min(len(c.Message), maxMessage)], "")
		switch {
		case c.Type == corev1.PodResizePending && c.Reason == corev1.PodReasonInfeasible:
			return Resize{Infeasible, text}
		case c.Type == corev1.PodResizePending && c.Reason == corev1.PodReasonDeferred:
			return Resize{Deferred, text}
		case c.Type == corev1.PodResizeInProgress && c.Reason == corev1.PodReasonError:
			return Resize{NotMade, text}
		}
		underWay = underWay || c.Type == corev1.PodResizeInProgress || c.Type == corev1.PodResizePending
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, s := range pod.Status.ContainerStatuses {
			if s.Name == c.Name && s.State.Running != nil && (s.Resources == nil || !has(s.Resources.Limits, c.Resources.Limits) || !has(s.Resources.Requests, c.Resources.Requests)) {
				if underWay {
					return Resize{State: UnderWay}
				}
				return Resize{State: Unanswered}
			}
		}
	}
	if underWay {
		return Resize{State: UnderWay}
	}
	return Resize{State: Resized}
}

// has says whether a container has the processors and the memory that its pod asks for.
func has(actual, wanted corev1.ResourceList) bool {
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if want, is := wanted[name]; is && want.Cmp(actual[name]) != 0 {
			return false
		}
	}
	return true
}

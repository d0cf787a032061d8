package job

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/life/model"
)

// span is a range of indexes, both ends included.
type span struct{ from, to int }

type spans []span

// indexes reads indexes as the status of a Job has them, "1,3-5,7". What is beyond the number of completions is left out.
func indexes(text string, completions int) (all spans) {
	for one := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(one, "-")
		from, err := strconv.Atoi(first)
		to := from
		if ranged && err == nil {
			to, err = strconv.Atoi(last)
		}
		if err == nil && from >= 0 && from <= to && to < completions {
			all = append(all, span{from, to})
		}
	}
	return all
}

func (s spans) has(i int) bool {
	for _, one := range s {
		if one.from <= i && i <= one.to {
			return true
		}
	}
	return false
}

func (s spans) count() (n int) {
	for _, one := range s {
		n += one.to - one.from + 1
	}
	return n
}

// pods visits the pods of a Job.
func (r *Run) pods(ctx context.Context, j *batchv1.Job, visit func(*corev1.Pod)) error {
	gap, err := r.Reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: j.Namespace, Selector: batchv1.ControllerUidLabel + "=" + string(j.UID)}, func(raw []byte) error {
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return err
		}
		visit(&pod)
		return nil
	})
	if err == nil && gap != nil {
		err = fmt.Errorf("the pods of Job %s cannot be listed: it %s; grant: %s", j.Name, gap.Reason(), gap.Grant())
	}
	return err
}

// ends are the last words of the newest failed pod of each index.
func (r *Run) ends(ctx context.Context, j *batchv1.Job) (map[int]string, error) {
	said, when := map[int]string{}, map[int]time.Time{}
	err := r.pods(ctx, j, func(pod *corev1.Pod) {
		index, err := strconv.Atoi(pod.Annotations[batchv1.JobCompletionIndexAnnotation])
		if err != nil || pod.Status.Phase != corev1.PodFailed || pod.CreationTimestamp.Time.Before(when[index]) {
			return
		}
		said[index], when[index] = end(pod), pod.CreationTimestamp.Time
	})
	return said, err
}

// longestEnd bounds what a pod says of its end.
const longestEnd = 500

// end is why a pod failed: the last line that its container wrote, or else what Kubernetes says.
func end(pod *corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		ended := status.State.Terminated
		if ended == nil {
			continue
		}
		lines := strings.Split(strings.TrimSpace(ended.Message), "\n")
		text := strings.TrimPrefix(lines[len(lines)-1], "error: ")
		if len(text) > longestEnd {
			text = strings.ToValidUTF8(text[:longestEnd], "") + "..."
		}
		switch {
		case ended.Reason == "OOMKilled":
			return "its pod was killed at its memory limit (OOMKilled)"
		case text != "":
			return text
		}
		return fmt.Sprintf("its pod ended with exit code %d (%s)", ended.ExitCode, ended.Reason)
	}
	return "its pod failed: " + strings.TrimSpace(pod.Status.Reason+" "+pod.Status.Message)
}

// StuckError is the error of a Job none of whose pods can start until somebody changes something.
type StuckError struct{ why string }

func (e *StuckError) Error() string { return e.why }

// look says once for each reason why pods do not start. The error is that of a Job none of whose pods has started for too long, and none of
// which can. What cannot be read is said when the Job has ended.
func (r *Run) look(ctx context.Context, j *batchv1.Job) error {
	if r.said == nil {
		r.said = map[string]bool{}
	}
	note := func(of, why string) {
		if !r.said[of] {
			r.said[of] = true
			r.Say(why)
		}
	}
	if j.Spec.Suspend != nil && *j.Spec.Suspend {
		note("suspended", fmt.Sprintf("Job %s is suspended: no pod starts until that ends", j.Name))
	}
	started, stuck := j.Status.Succeeded+j.Status.Failed > 0, ""
	_ = r.pods(ctx, j, func(pod *corev1.Pod) {
		if pod.Status.Phase != corev1.PodPending {
			started = true
			return
		}
		all := model.Read(pod)
		for _, h := range all {
			switch why := fmt.Sprintf("%s %s", h.Example.Reason, h.Example.Message); h.Kind {
			case model.Unschedulable:
				note(string(h.Kind)+h.Cause, fmt.Sprintf("no node takes pod %s: %s", pod.Name, h.Example.Message))
			case model.ImagePull:
				stuck = fmt.Sprintf("the image %s of pod %s cannot be pulled: %s", pod.Spec.Containers[0].Image, pod.Name, why)
				note(string(h.Kind), stuck)
			default:
				stuck = fmt.Sprintf("pod %s cannot start: %s", pod.Name, why)
				note(string(h.Kind)+h.Cause, stuck)
			}
		}
		if on := scheduled(pod); len(all) == 0 && !on.IsZero() && time.Since(on) > slow {
			note("slow", fmt.Sprintf("pod %s does not start since %s: kubectl describe pod %[1]s -n %[3]s says why", pod.Name, on.UTC().Format(time.TimeOnly+"Z"), j.Namespace))
		}
	})
	// Pods that are not created at all, as where a policy refuses them, are in the Job's Events alone.
	if j.Status.Active == 0 && !started && j.Status.StartTime != nil && time.Since(j.Status.StartTime.Time) > time.Minute {
		note("none", fmt.Sprintf("no pod of Job %s was created: kubectl describe job %s -n %s says why", j.Name, j.Name, j.Namespace))
	}
	switch now := time.Now(); {
	case started || stuck == "":
		r.stuck = time.Time{}
	case r.stuck.IsZero():
		r.stuck = now
	case now.Sub(r.stuck) >= cmp.Or(r.Patience, patience):
		return &StuckError{stuck}
	}
	return nil
}

// scheduled is since when a pod is on a node; the zero time where it is on none.
func scheduled(pod *corev1.Pod) time.Time {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

package job

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestIndexesOfAJob(t *testing.T) {
	for text, want := range map[string]string{"": "[] 0", "1,3-5,7": "[1 3 4 5 7] 5", "0": "[0] 1", "6-9,2-1,-1,x,8": "[8] 1", "0-8": "[0 1 2 3 4 5 6 7 8] 9"} {
		all := indexes(text, 9)
		var has []int
		for i := range 20 {
			if all.has(i) {
				has = append(has, i)
			}
		}
		if got := fmt.Sprint(has, all.count()); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestWhatAFailedPodSays(t *testing.T) {
	for want, ended := range map[string]*corev1.ContainerStateTerminated{
		"s3a://logs/x: access denied (403)":                       {ExitCode: 2, Reason: "Error", Message: "note: a\nerror: s3a://logs/x: access denied (403)\n"},
		"its pod was killed at its memory limit (OOMKilled)":      {ExitCode: 137, Reason: "OOMKilled", Message: "note: a"},
		"its pod ended with exit code 1 (Error)":                  {ExitCode: 1, Reason: "Error"},
		strings.Repeat("x", longestEnd) + "...":                   {ExitCode: 1, Message: strings.Repeat("x", 2000)},
		"its pod failed: Evicted The node was low on resource: x": nil,
	} {
		pod := &corev1.Pod{Status: corev1.PodStatus{Reason: "Evicted", Message: "The node was low on resource: x", ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: ended}}}}}
		if got := end(pod); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

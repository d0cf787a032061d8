package source

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// TestThePodOfAClaim passes Pod Security "restricted", has no token and no writable file, ends by itself, and is not injected.
func TestThePodOfAClaim(t *testing.T) {
	pod := readerPod("payments", "logs", PodOptions{Image: "spark:1", User: 185})
	checks, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if result := policy.AggregateCheckResults(checks.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec)); !result.Allowed {
		t.Errorf("%+v", result)
	}
	c, s := pod.Spec.Containers[0], pod.Spec
	if *s.AutomountServiceAccountToken || *s.ActiveDeadlineSeconds != 3600 || s.RestartPolicy != corev1.RestartPolicyNever || *s.SecurityContext.RunAsUser != 185 {
		t.Errorf("%+v", s)
	}
	if !c.VolumeMounts[0].ReadOnly || !s.Volumes[0].PersistentVolumeClaim.ReadOnly || s.Volumes[0].PersistentVolumeClaim.ClaimName != "logs" || !*c.SecurityContext.ReadOnlyRootFilesystem || len(s.Volumes) != 1 {
		t.Errorf("%+v", c)
	}
	if pod.Labels["kubectl-spark.io/inject"] != "disabled" || pod.Namespace != "payments" || c.Image != "spark:1" || s.SecurityContext.FSGroup != nil {
		t.Errorf("%+v", pod)
	}
}

// TestWhyAPodWaits: what will not change is told from what may.
func TestWhyAPodWaits(t *testing.T) {
	waiting := func(reason, message string) corev1.PodStatus {
		return corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}}}
	}
	for _, c := range []struct {
		status corev1.PodStatus
		why    string
		final  bool
	}{
		{corev1.PodStatus{}, "no node has started it", false},
		{waiting("ContainerCreating", ""), "ContainerCreating", false},
		{waiting("ImagePullBackOff", "s"), "its image cannot be pulled (ImagePullBackOff)", true},
		{waiting("CreateContainerConfigError", "no"), "CreateContainerConfigError: no", true},
		{corev1.PodStatus{Phase: corev1.PodFailed}, "it ended at once: its image needs sleep, sh, stat, xargs, cat and tail", true},
		{corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/1 nodes"}}}, "no node takes it: 0/1 nodes", false},
	} {
		if why, final := stuck(&corev1.Pod{Status: c.status}); why != c.why || final != c.final {
			t.Errorf("%q %v, not %q", why, final, c.why)
		}
	}
}

// TestWhatStatSaysIsRead: files, folders, names with any byte but a line break; and a path leaves the volume nowhere.
func TestWhatStatSaysIsRead(t *testing.T) {
	var got []string
	stats("regular file|12|a b|c\ndirectory|4096|d\nregular empty file|0|e\nsymbolic link|3|l\nbroken\nregular file|x|y\n", func(name string, size int64, dir bool) bool {
		got = append(got, name)
		return true
	})
	if strings.Join(got, ",") != "a b|c,d,e" {
		t.Error(got)
	}
	for key, want := range map[string]string{"": "/logs", "a/b": "/logs/a/b", "../../etc/passwd": "/logs/etc/passwd", "a/../..": "/logs"} {
		if got := inPod(key); got != want {
			t.Errorf("%s: %s", key, got)
		}
	}
}

package manifests_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestTheJobOfAFleetHasNoRights: no token, nothing that Pod Security "restricted" refuses, no file that can be written but those of a
// claim, and a bound on everything.
func TestTheJobOfAFleetHasNoRights(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]manifests.FleetJob{
		"plain": {},
		"all":   {PullSecret: "pull", ServiceAccount: "logs", Secret: "keys", Claim: "claim", ClaimUser: 185},
	} {
		f.Name, f.Namespace, f.Image, f.Shares, f.AtOnce, f.Args = "weekly", "team", "example.org/kubectl-spark:1", 4, 2, []string{"tune"}
		if err := f.Validate(); err != nil {
			t.Fatal(err)
		}
		j := f.Object()
		pod, c := &j.Spec.Template, &j.Spec.Template.Spec.Containers[0]
		for _, r := range evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec) {
			if !r.Allowed {
				t.Errorf("%s: %s: %s", name, r.ForbiddenReason, r.ForbiddenDetail)
			}
		}
		if token := pod.Spec.AutomountServiceAccountToken; token == nil || *token || pod.Spec.ServiceAccountName != f.ServiceAccount {
			t.Errorf("%s: account %q, token %v", name, pod.Spec.ServiceAccountName, token)
		}
		if !*c.SecurityContext.ReadOnlyRootFilesystem || c.Resources.Limits.Memory().IsZero() || c.Resources.Limits.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() {
			t.Errorf("%s: %+v", name, c.Resources)
		}
		for _, m := range c.VolumeMounts {
			if !m.ReadOnly && m.MountPath != manifests.ClaimFolder {
				t.Errorf("%s: %s can be written", name, m.MountPath)
			}
		}
		s := j.Spec
		if *s.CompletionMode != "Indexed" || *s.Completions != 4 || *s.Parallelism != 2 || *s.BackoffLimitPerIndex != 2 || *s.TTLSecondsAfterFinished == 0 || *s.ActiveDeadlineSeconds == 0 {
			t.Errorf("%s: %+v", name, s)
		}
		for _, of := range []metav1.ObjectMeta{j.ObjectMeta, pod.ObjectMeta} {
			if of.Labels[manifests.NameLabel] != manifests.FleetName || of.Labels[manifests.PartOfLabel] != manifests.FieldManager {
				t.Errorf("%s: labels %v", name, of.Labels)
			}
		}
		if c.TerminationMessagePolicy != corev1.TerminationMessageFallbackToLogsOnError || !slices.Equal(c.Args, f.Args) || c.Image != f.Image || len(c.Command) > 0 {
			t.Errorf("%s: %+v", name, c)
		}
		if want := map[string]int64{"plain": 65532, "all": 185}[name]; *pod.Spec.SecurityContext.RunAsUser != want {
			t.Errorf("%s: runs as %d", name, *pod.Spec.SecurityContext.RunAsUser)
		}
	}
	for says, f := range map[string]manifests.FleetJob{
		`name of the Job "Weekly"`:          {Name: "Weekly", Image: "x", Shares: 1, AtOnce: 1},
		"and at most 61 characters":         {Name: strings.Repeat("a", 62), Image: "x", Shares: 1, AtOnce: 1},
		"no image is named":                 {Name: "a", Shares: 1, AtOnce: 1},
		"0 pods at a time":                  {Name: "a", Image: "x", Shares: 1},
		`name of the service account "A_B"`: {Name: "a", Image: "x", Shares: 1, AtOnce: 1, ServiceAccount: "A_B"},
		"10001 shares: must be 1 to 10000":  {Name: "a", Image: "x", Shares: 10_001, AtOnce: 1},
	} {
		if err := f.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

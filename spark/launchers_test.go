package spark

import (
	"slices"
	"testing"
)

// TestLaunchersAreToldByTheirMarks: each kind's pods name their resource, and are the launcher's.
func TestLaunchersAreToldByTheirMarks(t *testing.T) {
	groups := map[string]bool{}
	for _, l := range Launchers(nil) {
		traits := l.Traits()
		if traits.Holds {
			for _, k := range traits.Kinds {
				if HolderOf(traits.Group, k.Kind) != l || LauncherOfGroup(traits.Group) != "" {
					t.Errorf("%s does not hold its %s", l, k.Kind)
				}
			}
		} else if traits.Group != "" && (LauncherOfGroup(traits.Group) != l || groups[traits.Group]) {
			t.Errorf("%s: group %s is %s's", l, traits.Group, LauncherOfGroup(traits.Group))
		}
		groups[traits.Group] = true
		for _, k := range traits.Kinds {
			if len(k.Versions) == 0 {
				t.Errorf("%s %s has no version", l, k.Kind)
			}
			if k.Label == "" {
				continue
			}
			labels := map[string]string{k.Label: "a"}
			if k.Mark != "" {
				if _, _, _, ok := ResourceOf(labels); ok {
					t.Errorf("%s %s is told without its mark", l, k.Kind)
				}
				labels[k.Mark] = k.Value
			}
			if launcher, kind, name, ok := ResourceOf(labels); !ok || launcher != l || kind != k.Kind || name != "a" || !traits.marked(labels) {
				t.Errorf("%v is %s %s %s, want %s %s", labels, launcher, kind, name, l, k.Kind)
			}
		}
	}
	if got := Launchers(OnKubernetes); !slices.Contains(got, Native) || slices.Contains(got, Standalone) {
		t.Errorf("on Kubernetes: %v", got)
	}
	if Launcher("other").Traits().Kubernetes || LauncherOfGroup("") != "" || HolderOf("", "Workflow") != "" || HolderOf("argoproj.io", "Rollout") != "" {
		t.Error("what is not known has traits")
	}
}

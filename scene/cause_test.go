package scene_test

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// TestAFindingNamesTheOneWhoseFixTakesItAway, and no other does.
func TestAFindingNamesTheOneWhoseFixTakesItAway(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]string{
		"../test/fixtures/cases/03-quota-limits-cpu.yaml": {"SPK-P011": "SPK-P020"},
		"../examples/faulty/namespace.yaml":               {"SPK-S010": "SPK-S011"},
		"../test/fixtures/cases/r-bad.yaml":               {},
		"../test/demo/story/kubeflow.yaml":                {}, // the raised limit only rewords what a flag does
	} {
		sc, err := scene.Files(t.Context(), scene.Input{Names: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		caused := map[string]string{}
		for _, w := range sc.Workloads {
			for _, s := range w.Judged() {
				for _, f := range s.Judge(scene.Wanted{Set: set}).Findings {
					if f.Cause != "" {
						caused[f.Code] = f.Cause
					}
				}
			}
		}
		if len(caused) != len(want) {
			t.Errorf("%s: %v, want %v", name, caused, want)
		}
		for code, cause := range want {
			if caused[code] != cause {
				t.Errorf("%s: %s goes away with %q, want %s", name, code, caused[code], cause)
			}
		}
	}
}

// TestPlacesNameTheFileThatHoldsASetting, its line and column: of a pod's configuration the ConfigMap's.
func TestPlacesNameTheFileThatHoldsASetting(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scene.Files(t.Context(), scene.Input{Names: []string{"testdata/places"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, w := range sc.Workloads {
		for _, s := range w.Judged() {
			for _, f := range s.Judge(scene.Wanted{Set: set}).Findings {
				for _, p := range s.Places(f) {
					got[f.Code+" "+p.String()] = true
				}
			}
		}
	}
	for _, want := range []string{"SPK-S013 testdata/places/conf.yaml:7", "SPK-P053 testdata/places/driver.yaml:9:1", "SPK-S013 testdata/places/alone.conf:2:1"} {
		if !got[want] {
			t.Errorf("%s is not in %v", want, got)
		}
	}
}

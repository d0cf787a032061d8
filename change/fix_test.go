package change

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestSettingsThatNoObjectHoldsAreForTheSubmitCommand: they are told once, however often the rules run.
func TestSettingsThatNoObjectHoldsAreForTheSubmitCommand(t *testing.T) {
	f := rule.Finding{Code: "SPK-P900", Summary: "set it", Carried: true, Edits: []rule.Edit{{Conf: []spark.Change{{Key: "spark.a", Value: "1"}}}}}
	s := newSet(&scene.Scene{}, &scene.LeftOut{})
	for range 2 {
		fates := make([]fate, 1)
		edited, err := s.configure("a/b", nil, rule.Fixed{Diagnosis: rule.Diagnosis{Findings: []rule.Finding{f}}, Changes: f.Edits[0].Conf}, fates)
		if edited || err != nil || !fates[0].submit {
			t.Fatalf("%v, %v, %+v", edited, err, fates)
		}
	}
	if len(s.Submit) != 1 || len(s.Submit[0].Changes) != 1 {
		t.Errorf("told more than once: %+v", s.Submit)
	}
}

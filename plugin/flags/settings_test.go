package flags

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// TestTunesCodesAreThoseOfRules: each that a setting answers is a rule of performance.
func TestTunesCodesAreThoseOfRules(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range tuner.Rules() {
		if r := set.Rule(code); r == nil || r.Area != "performance" {
			t.Errorf("%s: %+v", code, r)
		}
	}
}

package diagnosis

import (
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestAFaultIsLookedForAmongItsOwn: however many workloads there are, a finding is compared with the outcomes of its own
// workload and code alone.
func TestAFaultIsLookedForAmongItsOwn(t *testing.T) {
	var all []change.Outcome
	for i := range 40 {
		for _, code := range []string{"SPK-P006", "SPK-S011"} {
			all = append(all, change.Outcome{Title: fmt.Sprintf("lab/a%d", i/2), Finding: &rule.Finding{Code: code}})
		}
	}
	index := byFault(all)
	if len(index) != 40 {
		t.Errorf("%d faults", len(index))
	}
	for fault, outcomes := range index {
		if len(outcomes) != 2 {
			t.Errorf("%v is compared with %d outcomes", fault, len(outcomes))
		}
	}
}

// TestWhatOnlyASubmitterCanChangeIsNotCountedAsFixed: it is counted apart from what was edited.
func TestWhatOnlyASubmitterCanChangeIsNotCountedAsFixed(t *testing.T) {
	all := []change.Outcome{{Fate: change.Submit, Submit: true}, {Fate: change.Partly, Submit: true}, {Fate: change.Manual, Why: "no form"}}
	for i, want := range []Tally{{submit: 1}, {fixed: 1, submit: 1}, {manual: 1}} {
		var n Tally
		if n.take(all[i]); n != want {
			t.Errorf("%v: %+v", all[i].Fate, n)
		}
	}
	for want, n := range map[string]Tally{
		"nothing to fix": {},
		"nothing was fixed: 2 findings are manual":                           {total: 2, manual: 2},
		"1 finding fixed in the submit command":                              {total: 1, submit: 1},
		"6 findings fixed in 1 file":                                         {total: 6, fixed: 6},
		"1 of 3 findings fixed in 1 file, 2 in the submit command, 1 manual": {total: 3, fixed: 1, submit: 2, manual: 1},
		"2 of 5 findings fixed in 1 file, 1 of them in part, 3 manual":       {total: 5, fixed: 2, part: 1, manual: 3},
		"1 finding fixed in 1 file, 2 more found behind them":                {total: 1, fixed: 1, behind: 2},
	} {
		if got := n.Verdict(1, false, true); got != want {
			t.Errorf("%+v: %q, not %q", n, got, want)
		}
	}
}

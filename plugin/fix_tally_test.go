package plugin

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
			all = append(all, change.Outcome{Title: fmt.Sprintf("lab/a%d", i/2), Finding: rule.Finding{Code: code}})
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

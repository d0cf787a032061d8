package law

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// maxTitle is what a table of 80 columns has for a title next to the number of workloads. A longer one is cut there.
const maxTitle = 52

func TestTitlesFitInATable(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules() {
		if n := len([]rune(r.Doc.Title)); n == 0 || n > maxTitle {
			t.Errorf("%s: the title %q has %d characters, and at most %d are allowed", r.Code, r.Doc.Title, n, maxTitle)
		}
	}
}

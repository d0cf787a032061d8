package source

import (
	"runtime"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Lines are told rightly after the nodes that tell them were dropped.
func TestLinesOutliveTheNodes(t *testing.T) {
	f, err := Open("x.yaml", []byte("# first\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: i\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := patch.Path{"spec", "containers", "0", "image"}
	for range 3 {
		if line := f.Docs[0].LineOf(at); line != 10 {
			t.Errorf("line %d, want 10", line)
		}
		runtime.GC()
	}
}

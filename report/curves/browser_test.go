package curves

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/browser"
)

// TestAPageInABrowser shows its charts and all of their labels.
func TestAPageInABrowser(t *testing.T) {
	calm := input()
	calm.Run.Application.Name, calm.Run.Application.Version, calm.Log.Name = "orders", "4.3.0", "spark-1.zstd"
	for name, in := range map[string]Input{"hostile": input(), "calm": calm} {
		for _, seen := range browser.Looks(t, page(t, in)) {
			if seen.Shown == 0 || seen.Texts < 10 {
				t.Errorf("%s: %+v", name, seen)
			}
		}
	}
}

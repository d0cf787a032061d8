package change

import (
	"context"
	"errors"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// TestFixEndsWithItsContext, so that a signal ends it however much there is to fix.
func TestFixEndsWithItsContext(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scene.Files(t.Context(), scene.Input{Names: []string{"../examples/faulty"}, Edit: true})
	if err != nil || len(sc.Workloads) == 0 {
		t.Fatal(len(sc.Workloads), err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Fix(ended, sc, scene.Wanted{Set: set}, rule.Advice, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

package cluster

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

// TestAServerThatDoesNotAnswerInTheMiddle: what was done before is said, and never that nothing was changed.
func TestAServerThatDoesNotAnswerInTheMiddle(t *testing.T) {
	r, err := New(&rest.Config{Host: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Delete(t.Context(), Path("v1", "ConfigMap", "a"), "b", false)
	if err == nil || !strings.HasSuffix(err.Error(), "; nothing was changed: check the network and --context") {
		t.Errorf("at first: %v", err)
	}
	if _, err := r.Get(t.Context(), Path("v1", "ConfigMap", "a"), "b", &struct{}{}); err == nil || strings.Contains(err.Error(), "nothing was changed") || !strings.HasSuffix(err.Error(), ": check the network and --context") {
		t.Errorf("of what only reads: %v", err)
	}
	after := After(err, "2 objects were deleted before it", "run uninstall again to go on").Error()
	if !strings.HasPrefix(after, "the server at http://127.0.0.1:1 did not answer: ") || strings.Contains(after, "nothing was changed") ||
		!strings.HasSuffix(after, "; 2 objects were deleted before it: check the network and --context, then run uninstall again to go on") {
		t.Errorf("in the middle: %s", after)
	}
	if got := After(errors.New("delete b: it is forbidden"), "1 object was deleted before it", "run uninstall again to go on").Error(); got != "delete b: it is forbidden; 1 object was deleted before it: run uninstall again to go on" {
		t.Errorf("refused: %s", got)
	}
}

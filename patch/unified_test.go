package patch

import (
	"strings"
	"testing"
)

func TestUnifiedIsEmptyForTheSame(t *testing.T) {
	t.Parallel()
	if got := Unified("x.yaml", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("got %q", got)
	}
	want := "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a\n+b\n"
	if got := Unified("x.yaml", []byte("a\n"), []byte("b\n")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnifiedShowsOnlyWhatChangedAmongLinesThatRepeat: manifests are made of lines that stand in every container.
func TestUnifiedShowsOnlyWhatChangedAmongLinesThatRepeat(t *testing.T) {
	container := "    - name: NAME\n      limits:\n        cpu: 1\n        memory: 4Gi\n      env:\n      - name: A\n        value: b\n      ports: []\n"
	before := strings.ReplaceAll(container, "NAME", "x") + strings.ReplaceAll(container, "NAME", "y")
	after := strings.ReplaceAll(strings.ReplaceAll(before, "        cpu: 1\n", ""), "        value: b\n", "        value: b\n      - name: M\n        value: 2\n")
	removed, added := 0, 0
	for line := range strings.Lines(Unified("x.yaml", []byte(before), []byte(after))) {
		switch {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		case line[0] == '-':
			removed++
		case line[0] == '+':
			added++
		}
	}
	if removed != 2 || added != 4 {
		t.Errorf("%d lines are shown as removed and %d as added, want 2 and 4", removed, added)
	}
}

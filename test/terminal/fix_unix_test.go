//go:build unix

package terminal

import (
	"strings"
	"testing"
)

// TestHeadingsOfADiffTakeTheTerminalsWidth, and each hunk names codes.
func TestHeadingsOfADiffTakeTheTerminalsWidth(t *testing.T) {
	for _, width := range []int{60, 80, 200} {
		s := start(t, width, nil, "fix", "--all", "-f", faulty+"kubeflow.yaml")
		if code := s.end(); code != 0 {
			t.Fatalf("exit code %d: %s", code, s.text())
		}
		headings, hunks := 0, 0
		difference := false
		for _, line := range s.lines() {
			switch {
			case strings.HasPrefix(line, "--- "):
				difference = true
			case strings.HasPrefix(line, "@@ "):
				if hunks++; !strings.Contains(line, "@@ SPK-") {
					t.Errorf("%d columns: %q names no code", width, line)
				}
			case !difference && !strings.HasPrefix(line, "note: "):
				if headings++; len([]rune(line)) > width && breakable(line, width) {
					t.Errorf("%d columns: a line of %d: %q", width, len([]rune(line)), line)
				}
			}
		}
		if headings < 10 || hunks < 2 {
			t.Errorf("%d columns: %d lines of headings, %d hunks", width, headings, hunks)
		}
	}
}

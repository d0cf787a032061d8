//go:build unix

package terminal

import (
	"strings"
	"testing"
)

// TestWhatIsSaidAboutADiffTakesTheTerminalsWidth, before it and after it, each hunk names codes, and it is coloured.
func TestWhatIsSaidAboutADiffTakesTheTerminalsWidth(t *testing.T) {
	for _, width := range []int{60, 80, 120, 200} {
		s := start(t, width, nil, "fix", "--all", "-f", faulty+"kubeflow.yaml")
		if code := s.end(); code != 0 {
			t.Fatalf("exit code %d: %s", code, s.text())
		}
		for _, want := range []string{"\x1b[31m-", "\x1b[32m+", "\x1b[2m@@ ", "@@\x1b[0m\x1b[1m SPK-"} {
			if !strings.Contains(s.text(), want) {
				t.Errorf("%d columns: the diff has no %q", width, want)
			}
		}
		said, hunks, after := 0, 0, false
		difference := false
		for _, line := range s.lines() {
			if strings.HasPrefix(line, "manual  ") {
				difference, after = false, true
			}
			switch {
			case strings.HasPrefix(line, "--- "):
				difference = true
			case strings.HasPrefix(line, "@@ "):
				if hunks++; !strings.Contains(line, "@@ SPK-") {
					t.Errorf("%d columns: %q names no code", width, line)
				}
			case !difference:
				if said++; len([]rune(line)) > width && breakable(line, width) {
					t.Errorf("%d columns: a line of %d: %q", width, len([]rune(line)), line)
				}
			}
		}
		if said < 15 || hunks < 1 || !after {
			t.Errorf("%d columns: %d lines besides the diff, %d hunks", width, said, hunks)
		}
	}
}

package layout

import (
	"slices"
	"testing"
)

func TestWrapKeepsWhatBelongsTogether(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want []string
	}{
		{"it ran 52.7 s, and took 64 KiB of 168 MiB", 9, []string{"it ran", "52.7 s,", "and took", "64 KiB of", "168 MiB"}},
		{"stages 10, 16 ran", 9, []string{"stages", "10, 16", "ran"}},
		{"next: kubectl spark fix -f a.yaml", 8, []string{"next:", "kubectl spark fix -f a.yaml"}},
		{"", 8, []string{""}},
	} {
		if got := Wrap(c.text, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestNarrowLeavesOneBlankOfAGap(t *testing.T) {
	lines := []string{"  stage     tasks    time", "  0            16  47.9 s", "  1 (2)       160     –"}
	want := []string{"  stage tasks   time", "  0        16 47.9 s", "  1 (2)   160    –"}
	if got := Narrow(lines); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for width, narrow := range map[int]bool{25: true, 26: false} {
		if got := (&Table{Width: width}).Fit(lines, 1); slices.Equal(got, want) != narrow || slices.Equal(got, lines) == narrow {
			t.Errorf("%d columns: %q", width, got)
		}
	}
}

// TestOnlyPathsOfFieldsAreBroken, before a name; what a user copies is whole, however long it is.
func TestOnlyPathsOfFieldsAreBroken(t *testing.T) {
	for text, want := range map[string][]string{
		"set spec.driver.template.spec.containers[spark].securityContext.runAsUser 185": {"set spec.driver.template.spec.", "containers[spark].", "securityContext.runAsUser 185"},
		"spec.driver.memory 1g":                                   {"spec.driver.memory 1g"},
		"--conf spark.driver.extraJavaOptions=-XX:+UseParallelGC": {"--conf", "spark.driver.extraJavaOptions=-XX:+UseParallelGC"},
		"spec.anameoffortylettersthatholdsnodotatallinit x":       {"spec.", "anameoffortylettersthatholdsnodotatallinit", "x"},
	} {
		if got := Wrap(text, 30); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

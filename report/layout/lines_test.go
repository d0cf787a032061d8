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

package spelling

import (
	"strings"
	"testing"
)

func TestSlips(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		a, b       string
		most, want int
	}{
		{"", "", 2, 0}, {"memory", "memory", 2, 0}, {"memory", "memroy", 2, 1}, {"memory", "memor", 2, 1}, {"memory", "mmory", 2, 1},
		{"memory", "nemory", 2, 1}, {"memory", "memories", 2, 3}, {"ab", "ba", 2, 1}, {"abc", "ca", 3, 3}, {"abcd", "dcba", 2, 3},
		{"memory", "nenory", 1, 2}, {"", "abc", 2, 3}, {"", "ab", 2, 2}, {long, long + "y", 2, 1}, {long, "y" + long, 0, 1},
	} {
		if got, back := Distance(c.a, c.b, c.most), Distance(c.b, c.a, c.most); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

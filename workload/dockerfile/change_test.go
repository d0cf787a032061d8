package dockerfile

import "testing"

// TestEditKeepsEnds: each line keeps its own end, also where a file has both forms, and a last line without one has none afterwards.
func TestEditKeepsEnds(t *testing.T) {
	for _, c := range []struct {
		text, want string
		change     Change
	}{
		{"a\r\nb\nc\r\n", "a\r\nB\nc\r\n", Change{2, 2, []string{"B"}}},
		{"a\r\nb\r\nc", "a\r\nb\r\nc\r\nd", Insert(4, "d")},
		{"a\nb", "a\nB\nd", Change{2, 2, []string{"B", "d"}}},
		{"a\nb\n\n", "a\n\n", Remove(2, 2)},
		{"", "a\n", Insert(1, "a")},
	} {
		if got, err := Edit([]byte(c.text), Operations([]Change{c.change})); err != nil || string(got) != c.want {
			t.Errorf("%q became %q, not %q (%v)", c.text, got, c.want, err)
		}
	}
}

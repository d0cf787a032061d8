package yaml

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// TestNullIsWrittenAsAsked, and what stood there is gone; a comment on the line stays.
func TestNullIsWrittenAsAsked(t *testing.T) {
	for _, c := range []struct {
		doc  string
		as   patch.Null
		want string
	}{
		{"a:\n- x\nb: 1\n", patch.NullWord, "a: null\nb: 1\n"},
		{"a: []\nb: 1\n", patch.NullEmpty, "a:\nb: 1\n"},
		{"a: {} # c\nb: 1\n", patch.NullEmpty, "a: # c\nb: 1\n"},
		{"a:\n  - x\nb: 1\n", patch.NullEmpty, "a:\nb: 1\n"},
		{"a: 1\n", patch.NullTilde, "a: ~\n"},
		{"a:\n", patch.NullEmpty, "a:\n"},
		{"{a: [1], b: 1}\n", patch.NullUpper, "{a: NULL, b: 1}\n"},
		{`{"a": [1]}`, patch.NullTilde, `{"a": null}`}, // JSON has one spelling
	} {
		got, err := Apply([]byte(c.doc), []patch.Op{{Op: patch.Replace, Path: "/a", Value: []byte("null"), Null: c.as}})
		if err != nil || string(got) != c.want {
			t.Errorf("%q as %q is %q, want %q, %v", c.doc, c.as, got, c.want, err)
		}
	}
}

package yaml

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// TestBlocksStayBlocks: the style, the indentation and, where the end of the text allows it, the indicators of a literal
// block are kept, and putting the former text back gives the same bytes.
func TestBlocksStayBlocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, add, want string }{
		"clipped":                 {"a: |\n  x\n  y\nb: 1\n", "z\n", "a: |\n  x\n  y\n  z\nb: 1\n"},
		"stripped":                {"a: |-\n  x\n", "\nz", "a: |-\n  x\n  z\n"},
		"kept":                    {"a: |+\n  x\n\nb: 1\n", "z\n", "a: |+\n  x\n\n  z\nb: 1\n"},
		"kept, blank behind":      {"a: |+\n  x\n\n \n", "z\n", "a: |+\n  x\n\n \n  z\n"},
		"blank lines behind":      {"a: |\n  x\n\n   \nb: 1\n", "z\n", "a: |\n  x\n\n   \n  z\nb: 1\n"},
		"no break at the end":     {"a: |\n  x", "\nz", "a: |\n  x\n  z"},
		"no break, stripped":      {"a: |-\n  x", "\nz", "a: |-\n  x\n  z"},
		"a last line of blanks":   {"a: |\n  x\n    \nb: 1\n", "z\n", "a: |\n  x\n    \n  z\nb: 1\n"},
		"blanks without a break":  {"a: |\n  x\n    ", "\nz", "a: |\n  x\n    \n  z"},
		"an indent of its own":    {"a:\n  b: |2-\n     x\n  c: 1\n", "\nz", "a:\n  b: |2-\n     x\n    z\n  c: 1\n"},
		"indicators in disorder":  {"a: |-2 # why\n   x\n", "\nz", "a: |-2 # why\n   x\n  z\n"},
		"a comment on the header": {"a: | # why\n     x\n# behind\n", "z\n", "a: | # why\n     x\n     z\n# behind\n"},
		"windows":                 {"a: |-\r\n  x\r\n\r\n", "\nz", "a: |-\r\n  x\r\n  z\r\n\r\n"},
		"empty":                   {"a:\n  b: |\n  c: 1\n", "z\n", "a:\n  b: |\n    z\n  c: 1\n"},
		"in a list":               {"a:\n- b: |\n    x\n- c\n", "z\n", "a:\n- b: |\n    x\n    z\n- c\n"},
		"as an element":           {"a:\n- |-\n  x\n- c\n", "\nz", "a:\n- |-\n  x\n  z\n- c\n"},
		"folded":                  {"a: >-\n  x\n  y\nb: 1\n", " z", "a: >-\n  x\n  y z\nb: 1\n"},
		"folded, with its break":  {"a: >\n  x\n  y\nb: 1\n", "", "a: >\n  x\n  y\nb: 1\n"},
		"quoted over lines":       {"a: \"x \\\n  y\" # c\n", "\nz", "a: \"x \\\n  y\\nz\" # c\n"},
		"single over lines":       {"a: 'x\n  y'\n", " it's", "a: 'x\n  y it''s'\n"},
		"plain over lines":        {"a: x\n  y\nb: 1\n", " z", "a: x\n  y z\nb: 1\n"},
		"spelled its own way":     {"a: \"\\x41\"\n", "z", "a: \"\\x41z\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, text := theText(t, c.doc)
			got, err := Apply([]byte(c.doc), []patch.Op{op(patch.Replace, at, string(scan.Quote(text+c.add)))})
			if err != nil || string(got) != c.want {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			if back, err := Apply(got, []patch.Op{op(patch.Replace, at, string(scan.Quote(text)))}); err != nil || string(back) != c.doc {
				t.Errorf("back: %q, %v, want %q", back, err, c.doc)
			}
		})
	}
}

// theText finds the text that a case is about.
func theText(t *testing.T, doc string) (at, text string) {
	t.Helper()
	var held map[string]any
	if err := yaml.Unmarshal([]byte(doc), &held); err != nil {
		t.Fatal(err)
	}
	switch a := held["a"].(type) {
	case string:
		return "/a", a
	case map[string]any:
		return "/a/b", a["b"].(string)
	case []any:
		if text, ok := a[0].(string); ok {
			return "/a/0", text
		}
		return "/a/0/b", a[0].(map[string]any)["b"].(string)
	}
	t.Fatal("no text")
	return "", ""
}

func TestTheEndOfABlockDecidesItsIndicators(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, text, want string }{
		"no break any more":        {"a: |\n  x\n  y\nb: 1\n", "x", "a: |-\n  x\nb: 1\n"},
		"one more":                 {"a: |-\n  x\nb: 1\n", "x\n", "a: |\n  x\nb: 1\n"},
		"blank lines":              {"a: |\n  x\n\n  y\n\n\nb: 1\n", "x\n\n", "a: |+\n  x\n\nb: 1\n"},
		"fewer blank lines":        {"a: |+\n  x\n\n\nb: 1\n", "x\n", "a: |+\n  x\nb: 1\n"},
		"none of them":             {"a: |+\n  x\n\n\nb: 1\n", "x", "a: |-\n  x\n\n\nb: 1\n"},
		"a break at the end":       {"a: |\n  x", "x\n", "a: |\n  x\n"},
		"nothing":                  {"a: |-\n  x\nb: 1\n", "", "a: |-\nb: 1\n"},
		"a first line with blanks": {"a: |\n   x\n", "  x\n", "a: |3\n     x\n"},
		"blank line in the middle": {"a: |\n  x\n \n  y\n  z\n", "x\n\nz\n", "a: |\n  x\n \n  z\n"},
		"quoted, in the middle":    {"a: \"x\n  \\  y\\n\n\n  \\tz\\\n  \\\"\"\n", "x  wy\n\n\tz\"", "a: \"x\n  \\ wy\\n\n\n  \\tz\\\n  \\\"\"\n"},
		"quoted, blanks at breaks": {"a: \"x\n  y\"\n", "x  w  y", "a: \"x\n  \\ w  y\"\n"},
		"quoted, blanks at a fold": {"a: \"x\n  y\"\n", "xw  y", "a: \"xw\\ \n  y\"\n"},
		"single, in the middle":    {"a: 'x\n  it''s\n\n  z'\n", "x it's y\nz", "a: 'x\n  it''s y\n\n  z'\n"},
		"plain, in the middle":     {"a: x\n  y\n\n  z # c\n", "x\nz", "a: x\n\n  z # c\n"},
		"part of folded text":      {"a: >-\n  x y\n  z\n", "x w z", "a: >-\n  x w\n  z\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(c.doc), []patch.Op{op(patch.Replace, "/a", string(scan.Quote(c.text)))})
			if err != nil || string(got) != c.want {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestTextThatWouldLoseItsStyleIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, text, want string }{
		"a block and a bell": {"a: |\n  x\n", "x\a\n", "cannot hold the characters"},
		"folded":             {"a: >\n  x\n  y\n", "z\nw\n", "line 1: refused: the text goes over several lines"},
		"plain, a break":     {"a: x\n  y\n", "x y\nz", "goes over several lines"},
		"a block as anchor":  {"a: &x |\n  x\n", "z\n", "the value is the anchor &x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(c.doc), []patch.Op{op(patch.Replace, "/a", string(scan.Quote(c.text)))})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			if reason := patch.Reason(err); strings.Contains(reason, "operation") || !strings.Contains(reason, c.want) {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

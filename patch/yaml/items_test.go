package yaml

import (
	"strings"
	"testing"
)

// TestItemsFollowEachOther: each begins with its dash, and none reaches beyond the list.
func TestItemsFollowEachOther(t *testing.T) {
	for doc, want := range map[string][]string{
		"items:\n- a: 1\n- b: 2\n":                                          {"- a: 1\n", "- b: 2\n"},
		"# c\n---\nkind: L\nitems: # d\n  # e\n  - a: 1\n\n  # f\n  - 7":    {"  - a: 1\n\n  # f\n", "  - 7"},
		"items:\r\n-   a: |+\r\n      - x\r\n\r\n- b: 2\r\nkind: L\r\n":     {"-   a: |+\r\n      - x\r\n\r\n", "- b: 2\r\n"},
		" items:\n - a: {b: [1]}\n   c:\n   - d\n # e\n kind: L\n x: [1]\n": {" - a: {b: [1]}\n   c:\n   - d\n # e\n"},
	} {
		items, ok := Items([]byte(doc), "items")
		var got []string
		for i, at := range items {
			got = append(got, doc[at.Start:at.End])
			if line := strings.Count(doc[:at.Start], "\n") + 1; at.Line != line {
				t.Errorf("%q: item %d on line %d, not %d", doc, i, at.Line, line)
			}
			if _, err := readYAML([]byte(at.Before + got[i] + at.After)); err != nil {
				t.Errorf("%q: item %d by itself: %v", doc, i, err)
			}
		}
		if !ok || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: %q, %v", doc, got, ok)
		}
	}
}

// TestItemsThatAreNotCut: where an element cannot be read without the others, or its edit would be written otherwise.
func TestItemsThatAreNotCut(t *testing.T) {
	for _, doc := range []string{
		"", "- a\n", "items: []\n", "items:\n", "items: [{a: 1}, {b: 2}]\n", "{items: [1, 2]}\n", `{"items": [1, 2]}`, "kind: L\n",
		"items:\n- &a {b: 1}\n- *a\n", "x: &a {b: 1}\nitems:\n- <<: *a\n", "items:\n- <<: {a: 1}\n", "items:\n- !x 1\n", "items: !!seq\n- 1\n",
		"items:\n-\n  a: 1\n- b: 2\n", "items:\n- # c\n  a: 1\n", "? items\n: - a: 1\n", "items:\n- a: 1\n? b\n: 2\n",
		"x:\n  - 1\nitems:\n- a:\n  - 1\n", "items:\n- a: [\n", "\ufeffitems:\n- a: 1\n", "items:\n- 1\n---\nitems:\n- 2\n",
	} {
		if items, ok := Items([]byte(doc), "items"); ok {
			t.Errorf("%q was cut: %+v", doc, items)
		}
	}
}

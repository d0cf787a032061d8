package json

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func TestOffsetsAreThoseOfKeysAndElements(t *testing.T) {
	const doc = ` {"a": [1, {"b": "x"}], "c\u0064": {"e": null}, "a": [7, [8]]}`
	for pointer, want := range map[string]string{
		"":         `{"a": [1`,
		"/a":       `"a": [7`,
		"/a/1/0":   `8]]}`,
		"/a/1/9":   `[8]]}`,
		"/cd/e":    `"e": null`,
		"/cd/none": `"c\u0064"`,
		"/none":    `{"a": [1`,
		"/a/x":     `"a": [7`,
	} {
		path, err := patch.ParsePointer(pointer)
		if err != nil {
			t.Fatal(err)
		}
		if got := doc[Offset([]byte(doc), path):]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", pointer, got, want)
		}
	}
	for pointer, want := range map[string]string{"/a": "[54 57]", "/cd": "[]", "/none": "[]"} {
		path, _ := patch.ParsePointer(pointer)
		if got := fmt.Sprint(Elements([]byte(doc), path)); got != want {
			t.Errorf("elements of %s: %s, want %s", pointer, got, want)
		}
	}
}

func TestKeysThatStandTwiceAreFoundWhereverTheyStand(t *testing.T) {
	many := `"k0":0`
	for i := range 30 {
		many += fmt.Sprintf(`,"k%d":0`, i+1)
	}
	for doc, want := range map[string]string{
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}`: "",
		`{"a":1,"b":2,"\u0061":3}`:                  `a 1 13`,
		`[{"x":{"y":1,"z":[{"q":1,"q":2}]}}]`:       `q 19 25`,
		`{` + many + `}`:                            "",
		`{` + many + `,"k17":1}`:                    fmt.Sprintf("k17 %d %d", strings.Index(many, `"k17"`)+1, len(many)+2),
		`{` + many + `,"k3":1}`:                     fmt.Sprintf("k3 %d %d", strings.Index(many, `"k3"`)+1, len(many)+2),
		`"a"`:                                       "",
		`{}`:                                        "",
	} {
		got := ""
		if key, first, again, found := Twice([]byte(doc)); found {
			got = fmt.Sprint(key, " ", first, " ", again)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

// FuzzOffset: no offset is outside of the text, whatever the text is.
func FuzzOffset(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":1}],"a":2}`), "/a/0/b")
	f.Fuzz(func(t *testing.T, raw []byte, pointer string) {
		path, err := patch.ParsePointer(pointer)
		if err != nil {
			return
		}
		if at := Offset(raw, path); at < 0 || at > len(raw) {
			t.Fatalf("%d of %d", at, len(raw))
		}
		Elements(raw, path)
		Twice(raw)
	})
}

package yaml

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

func TestReplacedScalarsKeepTheirQuotesAndComeBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, value, back, want string }{
		"plain":             {"a: x # c\n", `"y z"`, `"x"`, "a: y z # c\n"},
		"double":            {"a: \"x\" # c\n", `"y"`, `"x"`, "a: \"y\" # c\n"},
		"single":            {"a: 'it''s'\n", `"no'pe"`, `"it's"`, "a: 'no''pe'\n"},
		"number":            {"a: 1\r\n", `2.5`, `1`, "a: 2.5\r\n"},
		"no line break":     {"a: \"1\"", `"true"`, `"1"`, "a: \"true\""},
		"below its key":     {"a:\n  x\n", `"w"`, `"x"`, "a:\n  w\n"},
		"flow":              {"a: x\nb: [a, 'b', \"c\"]\n", `"z"`, `"x"`, "a: z\nb: [a, 'b', \"c\"]\n"},
		"multi-byte before": {"{é: ü, a: x}\n", `"w"`, `"x"`, "{é: ü, a: w}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(c.doc), []patch.Op{op(patch.Replace, "/a", c.value)})
			if err != nil || string(got) != c.want {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			if back, err := Apply(got, []patch.Op{op(patch.Replace, "/a", c.back)}); err != nil || string(back) != c.doc {
				t.Errorf("back: %q, %v, want %q", back, err, c.doc)
			}
		})
	}
}

func TestStringsThatYAMLWouldMisreadAreQuoted(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"true", "1", "0x1", "0o7", "1_000", "12:30", "1e3", ".5", "2024-01-01", "2024-01-01T00:00:00Z", " a", "a ", "yes", "On", "n", "~", "null", "",
		"a: b", "a:", "a #b", "#a", "- a", "-", "---", "? a", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a", "\"a", "{a", "[a", ",a", "a\nb", "a\tb", "\u0085", "\ufeff", "=", "<<", ".inf", "-.NaN"} {
		got, err := Apply([]byte("b: 1\n"), []patch.Op{op(patch.Add, "/a", string(scan.Quote(s)))})
		if err != nil || !strings.HasPrefix(string(got), "b: 1\na: \"") {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"a", "512Mi", "1g", "500m", "apache/spark:4.0.1", "-XX:+UseG1GC", "--conf", "k8s://https://x", "$(VAR)", "a, b", "v1.2.3", "it's", "/tmp"} {
		if got, err := Apply([]byte("b: 1\n"), []patch.Op{op(patch.Add, "/a", string(scan.Quote(s)))}); err != nil || string(got) != "b: 1\na: "+s+"\n" {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
}

func TestWhatCannotBeEditedSafelyIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, path, want string }{
		"inside an anchor": {"a: &x\n  b: {}\nc: *x\n", "/a/b/d", "line 1: refused: the place is inside the anchor &x"},
		"behind an alias":  {"a: &x {b: {}}\nc: *x\n", "/c/b/d", "line 2: refused: the place is behind the alias *x"},
		"merge key":        {"a: &x {b: 1}\nc:\n  <<: *x\n", "/c/d", "line 3: refused: the place is in a mapping with a merge key"},
		"tag":              {"a: !x {b: 1}\n", "/a/c", "line 1: refused: the place is under the tag !x"},
		"explicit key":     {"? a\n: b\n", "/c", "line 1: refused: an explicit key"},
		"repeated key":     {"a: 1\nb:\n  c: 1\n  c: 2\n", "/d", `line 4: key "c" is already on line 3`},
		"two documents":    {"a: 1\n---\nb: 1\n", "/c", "line 2: a second document begins"},
		"tabs":             {"a:\n\tb: 1\n", "/a/c", "line 2"},
		"not UTF-8":        {"a: \xff\n", "/c", "not UTF-8"},
		"absent":           {"a: 1\n", "/b/c", `parent "/b" is absent`},
		"null":             {"a:\n", "/a/c", `parent "/a" is null, not an object or list`},
		"empty":            {"# none\n", "/a", `parent "" is null`},
		"billion laughs": {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", "/g", "aliases make the document too large"},
		"a loop":       {"a: &a [*a]\n", "/g", ""},
		"a deep one":   {strings.Repeat("[", 5000), "/g", ""},
		"a deeper one": {strings.Repeat("[", 1000) + "a" + strings.Repeat("]", 1000), "/0", "nested more than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(c.doc), []patch.Op{op(patch.Add, c.path, "1")})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestDocumentsWithAnchorsStayEditableElsewhere(t *testing.T) {
	t.Parallel()
	const doc = "a: &x {b: 1}\nc: *x\nd:\n- e: 1\n  f: &y z\n"
	got, err := Apply([]byte(doc), []patch.Op{op(patch.Add, "/d/0/g", "2"), op(patch.Replace, "/c", `"own"`), op(patch.Remove, "/a", "")})
	if want := "c: own\nd:\n- e: 1\n  f: &y z\n  g: 2\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := Apply([]byte(doc), []patch.Op{op(patch.Remove, "/a", "")}); err == nil {
		t.Errorf("an anchor in use was removed: %q", got)
	}
}

func TestJSONTextIsEditedAsJSON(t *testing.T) {
	t.Parallel()
	got, err := Apply([]byte("{\n\t\"a\": 1\n}\n"), []patch.Op{op(patch.Add, "/b", `"x"`)})
	if want := "{\n\t\"a\": 1,\n\t\"b\": \"x\"\n}\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestPositionOfKeysItemsAndAncestors(t *testing.T) {
	t.Parallel()
	const doc = "# c\nspec:\n  é: {ü: 1, x: 2}\n  list:\n  - name: a\n"
	for pointer, want := range map[string][2]int{
		"": {2, 1}, "/spec": {2, 1}, "/spec/é/x": {3, 13}, "/spec/list/0": {5, 5}, "/spec/list/0/name/none": {5, 5},
		"/spec/list/7": {4, 3}, "/none": {2, 1},
	} {
		path, _ := patch.ParsePointer(pointer)
		if line, column, ok := Position([]byte(doc), path); !ok || line != want[0] || column != want[1] {
			t.Errorf("%s: got %d:%d, %v, want %v", pointer, line, column, ok, want)
		}
	}
	if line, column, ok := Position([]byte("{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}"), patch.Path{"a", "b"}); !ok || line != 3 {
		t.Errorf("JSON with tabs: got %d:%d, %v", line, column, ok)
	}
	if _, _, ok := Position([]byte("a: [\n"), nil); ok {
		t.Error("a broken document has no positions")
	}
}

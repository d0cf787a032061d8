package source

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

const pair = `# Two objects.
apiVersion: v1
kind: List
items: # both
# the first
- apiVersion: v1
  kind: Pod
  metadata:
    name: a # its name
  spec:
    containers:
      - name: c
        image: apache/spark:3.5.6
        args: ["- x", 'y']
# the second

- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
  data:
    # settings
    spark-defaults.conf: |+
      spark.a 1
      - apiVersion: v1

    plain: say
- null
- apiVersion: v1
  kind: Pod
  metadata:
    name: d
  spec:
    containers:
    - name: c
      image: i
    # the end
# of all
metadata:
  resourceVersion: ""
`

// lists are texts with the same list, laid out in many ways.
func lists() map[string]string {
	inset := strings.NewReplacer("\n- ", "\n  - ", "\n  ", "\n    ", "\n# ", "\n  # ").Replace(pair)
	body, _, _ := strings.Cut(pair, "# of all")
	return map[string]string{
		"kubectl":   pair,
		"inset":     strings.ReplaceAll(inset, "\n    resourceVersion", "\n  resourceVersion"),
		"crlf":      strings.ReplaceAll(pair, "\n", "\r\n"),
		"last":      body,
		"no break":  strings.TrimSuffix(body, "\n    # the end\n"),
		"marked":    "%YAML 1.1\n--- # start\n" + body + "...\n# behind\n",
		"documents": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\n" + pair + "---\n" + strings.ReplaceAll(pair, "name: ", "name: x"),
		"typed":     "kind: PodList\napiVersion: v1\nitems:\n- metadata: {name: a}\n  spec:\n    containers: [{name: c}]\n- metadata: {name: b}\n  spec: {containers: []}\n",
		"nested":    "kind: List\nitems:\n- kind: List\n  items:\n  - kind: Pod\n    metadata: {name: a}\n  - kind: Pod\n    metadata: {name: b}\n- kind: Pod\n  metadata: {name: c}\n",
		"anchors":   "kind: List\nitems:\n- kind: Pod\n  metadata: &m {name: a}\n- kind: Pod\n  metadata: *m\n  spec: {}\n- kind: Pod\n  metadata: {name: b}\n",
		"json":      "{\n    \"kind\": \"List\",\n    \"items\": [\n" + jsonItems("        ", "\n") + "\n    ],\n    \"apiVersion\": \"v1\"\n}\n",
		"compact":   `{"kind":"List","items":[` + strings.NewReplacer("\n", "", " ", "").Replace(jsonItems("", "")) + `]}`,
		"json crlf": strings.ReplaceAll("{\n\t\"kind\": \"List\",\n\t\"items\": [\n"+jsonItems("\t\t", "\n")+"]}", "\n", "\r\n"),
		"one line":  "{\n  \"kind\": \"List\",\n  \"items\": [" + jsonItems("", " ") + "]\n}\n",
		"no unit":   "{\n\n\"kind\": \"List\", \"items\": [\n" + jsonItems("  ", "\n") + "]}\n",
		"flow":      "kind: List\nitems: [{kind: Pod, metadata: {name: a}}, {kind: Pod, metadata: {name: b}}]\n",
	}
}

// jsonItems are a Pod, a ConfigMap, nothing and a Pod, each behind an indent and some of them over several lines.
func jsonItems(indent, end string) string {
	lines := []string{
		`{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i", "args": []}]}},`,
		"{" + end + indent + `  "kind": "ConfigMap",` + end + indent + `  "metadata": {` + end + indent + `    "name": "b"` + end + indent + "  }," + end +
			indent + `  "data": {"spark-defaults.conf": "spark.a 1\n", "plain": "say"}` + end + indent + "},",
		"null,",
		"{" + end + indent + `  "kind": "Pod",` + end + indent + `  "metadata": {"name": "d"},` + end + indent + `  "spec": {` + end + indent + `    "containers": [` + end +
			indent + `      {"name": "c", "image": "i"}` + end + indent + "    ]" + end + indent + "  }" + end + indent + "}",
	}
	return indent + strings.Join(lines, end+indent)
}

// edits are what is done to each document in turn; what a document does not take must be told in the same words.
var edits = [][]patch.Op{
	{add(patch.Path{"metadata", "labels"}, `{"x":"y","z":"1\n2"}`)},
	{add(patch.Path{"spec", "tolerations"}, `[{"key":"a","operator":"Exists"}]`), add(patch.Path{"spec", "containers", "0", "env"}, `[{"name":"A","value":"b\nc\n"}]`)},
	{add(patch.Path{"data", "spark-defaults.conf", "spark.b"}, `"2"`)},
	{{Op: patch.Replace, Path: "/data/plain", Value: []byte(`"no\n"`)}},
	{{Op: patch.Replace, Path: "/data/plain", Value: []byte(`"a\nb"`)}},
	{{Op: patch.Replace, Path: "/metadata/name", Value: []byte(`"- q: r"`)}},
	{remove(patch.Path{"spec", "containers", "0", "image"})},
	{remove(patch.Path{"spec", "containers"})},
	{remove(patch.Path{"spec", "nothing"})},
	{remove(patch.Path{"metadata"})},
	{{Op: patch.Replace, Path: "/spec", Value: []byte(`7`)}},
}

// TestAListThatIsCutIsEditedLikeTheWhole: to the same bytes, documents and errors, wherever and in whatever order.
func TestAListThatIsCutIsEditedLikeTheWhole(t *testing.T) {
	texts := lists()
	for _, name := range all(t) {
		if f := open(t, name); len(f.Docs) > 1 {
			texts[name] = string(f.Raw)
		}
	}
	cuts := 0
	for name, text := range texts {
		for n := range edits {
			cut, whole := opened(t, name, text), opened(t, name, text)
			for i := range whole.parts {
				whole.parts[i].cut = nil
			}
			parts := len(cut.parts)
			for step := range cut.Docs {
				i := (step*7 + n) % len(cut.Docs)
				ops := edits[(n+step)%len(edits)]
				wrong := fmt.Sprint(cut.Docs[i].Takes(ops))
				a, b := cut.Edit(cut.Docs[i], ops), whole.Edit(whole.Docs[i], ops)
				if why(a) != why(b) || a == nil && wrong != "<nil>" {
					t.Errorf("%s, %d: %v, but of the whole %v; it takes them: %s", name, i, a, b, wrong)
				}
				if !bytes.Equal(cut.Bytes(), whole.Bytes()) {
					t.Fatalf("%s, %d, %v:\n%s", name, i, ops, patch.Unified(name, whole.Bytes(), cut.Bytes()))
				}
				for j, d := range cut.Docs {
					if w := whole.Docs[j]; !bytes.Equal(d.Raw, w.Raw) || d.At.Pointer() != w.At.Pointer() || d.Kind != w.Kind {
						t.Fatalf("%s, %d: %s %s at %s, but of the whole %s %s at %s", name, j, d.Kind, d.Raw, d.At.Pointer(), w.Kind, w.Raw, w.At.Pointer())
					}
				}
			}
			cuts += min(1, len(cut.parts)-parts)
		}
	}
	if cuts < 14*len(edits) {
		t.Errorf("only %d lists were cut", cuts)
	}
}

func opened(t *testing.T, name, text string) *File {
	t.Helper()
	f, err := Open(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// counts are the numbers in an error that tell of the part: its lines, which are the file's where it was not edited, and objects.
var counts = regexp.MustCompile(`(:|line |make |objects of )[0-9]+`)

func why(err error) string { return counts.ReplaceAllString(fmt.Sprint(err), "$1") }

// TestLinesOfAListAreThoseOfTheFile as it was opened, whatever was edited above; so are those of errors, and their places.
func TestLinesOfAListAreThoseOfTheFile(t *testing.T) {
	f := opened(t, "a.yaml", pair)
	if err := f.Edit(f.Docs[0], edits[0]); err != nil {
		t.Fatal(err)
	}
	if line := f.Docs[2].LineOf(patch.Path{"metadata", "name"}); line != 31 || f.Docs[2].Line != 28 {
		t.Errorf("the name is said to be on line %d of the document on line %d", line, f.Docs[2].Line)
	}
	err := f.Edit(f.Docs[2], []patch.Op{remove(patch.Path{"metadata", "name", "x"})})
	if err == nil || !strings.Contains(err.Error(), "a.yaml:28: ") || !strings.Contains(err.Error(), "/items/3/metadata/name") {
		t.Errorf("got %v", err)
	}
	err = f.SetSettings(f.Docs[1], "spark.a \x01", true)
	if want := `a.yaml:17: operation 1, replace "/items/1/data/spark-defaults.conf": line 22: refused: a block`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	broken := []patch.Op{{Op: patch.Replace, Path: "/spec", Value: []byte(`7`)}}
	if err = f.Edit(f.Docs[2], broken); err == nil || !strings.Contains(err.Error(), "a.yaml:32: Pod \"d\": spec is a number") {
		t.Errorf("got %v", err)
	}
	explicit := opened(t, "b.yaml", "kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n- kind: Pod\n  metadata: {name: b}\n  spec:\n    ? nodeName\n    : x\n")
	if got := Reason(explicit.Edit(explicit.Docs[1], []patch.Op{add(patch.Path{"spec", "priority"}, "1")})); got != "line 8: refused: an explicit key (?)" {
		t.Errorf("got %s", got)
	}
}

// TestPlacesInAJSONListAreThoseOfTheFile as it was opened, columns too: those in front of what was edited.
func TestPlacesInAJSONListAreThoseOfTheFile(t *testing.T) {
	for _, name := range []string{"json", "compact", "json crlf", "one line", "no unit"} {
		f := opened(t, name+".json", lists()[name])
		at := patch.Path{"metadata", "name"}
		line, column := f.Docs[2].Position(at)
		if err := f.Edit(f.Docs[2], []patch.Op{add(patch.Path{"spec", "priority"}, "1")}); err != nil {
			t.Fatal(err)
		}
		if l, c := f.Docs[2].Position(at); l != line || c != column || len(f.parts) < 2 {
			t.Errorf("%s: the name stood at %d:%d and stands at %d:%d, in %d parts", name, line, column, l, c, len(f.parts))
		}
	}
}

// TestTextsOfAListAreAskedForAndSetInItsElement.
func TestTextsOfAListAreAskedForAndSetInItsElement(t *testing.T) {
	f := opened(t, "a.yaml", pair)
	d := f.Docs[1]
	if plain := f.Plain(d); !plain(patch.Path{"data", "plain"}) || plain(patch.Path{"data", "spark-defaults.conf"}) {
		t.Error("plain is not plain")
	}
	if err := f.Returns(d, patch.Path{"data", "plain"}, " x"); err != nil {
		t.Error(err)
	}
	if err := f.SetSettings(d, "spark.a 7\n- apiVersion: v1\n\n", true); err != nil {
		t.Fatal(err)
	}
	if got, want := string(f.Bytes()), strings.Replace(pair, "spark.a 1", "spark.a 7", 1); got != want {
		t.Errorf("%s", patch.Unified("a.yaml", []byte(want), []byte(got)))
	}
	quoted := strings.Replace(pair, "plain: say", `plain: "say"`, 1)
	f = opened(t, "a.yaml", quoted)
	if err := f.Unquote(f.Docs[1], patch.Path{"data", "plain"}); err != nil || string(f.Bytes()) != pair {
		t.Errorf("%v:\n%s", err, patch.Unified("a.yaml", []byte(pair), f.Bytes()))
	}
}

// TestThePiecesOfAListAreItsElements: they are whole lines, so that a difference of many elements is made of those of each.
func TestThePiecesOfAListAreItsElements(t *testing.T) {
	const elements = 300
	var yaml, json strings.Builder
	for i := range elements {
		fmt.Fprintf(&yaml, "- kind: Pod\n  metadata: {name: a%d}\n  spec:\n    containers: []\n", i)
		fmt.Fprintf(&json, ",\n        {\n            \"kind\": \"Pod\",\n            \"metadata\": {\"name\": \"a%d\"},\n            \"spec\": {\"containers\": []}\n        }", i)
	}
	for name, text := range map[string]string{"a.yaml": "kind: List\nitems:\n" + yaml.String(), "a.json": "{\n    \"kind\": \"List\",\n    \"items\": [" + strings.TrimPrefix(json.String(), ",") + "\n    ]\n}\n"} {
		f := opened(t, name, text)
		for i, d := range f.Docs {
			if i%3 == 0 {
				continue
			}
			if err := f.Edit(d, []patch.Op{add(patch.Path{"spec", "priority"}, "1")}); err != nil {
				t.Fatal(err)
			}
		}
		var before, after []byte
		pieces := f.View(nil).Pieces()
		for i, p := range pieces {
			if before, after = append(before, p.Before...), append(after, p.After...); i < len(pieces)-1 && (!bytes.HasSuffix(p.Before, []byte("\n")) || !bytes.HasSuffix(p.After, []byte("\n"))) {
				t.Fatalf("%s: %q and %q are no whole lines", name, p.Before, p.After)
			}
		}
		if string(before) != text || !bytes.Equal(after, f.Bytes()) || len(pieces) < elements*2/3 {
			t.Errorf("%s: %d pieces of %d elements, or not their text", name, len(pieces), elements)
		}
	}
}

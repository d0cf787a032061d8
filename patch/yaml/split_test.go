package yaml

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestSplitCutsAtMarkersOnly(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"one":                    {"a: 1\n"},
		"marker first":           {"---\na: 1\n"},
		"comments before":        {"# c\n\n---\na: 1\n", "--- # next\nb: 2\n"},
		"empty documents":        {"---\n", "---\n", "--- \n"},
		"end markers":            {"a: 1\n...\n", "# c\n---\nb: 2\n...\n# tail\n"},
		"directives":             {"%YAML 1.1\n---\na: 1\n...\n", "%YAML 1.1\n# c\n---\nb: 2\n"},
		"CRLF":                   {"a: 1\r\n", "---\r\nb: |\r\n  x\r\n"},
		"inside a block scalar":  {"a: |\n  ---\n  x\n", "---\nb: 1\n"},
		"inside quotes":          {"a: \"x\n  ---\n  y\"\n"},
		"longer words":           {"a:\n----\n---x\n"},
		"no final line break":    {"a: 1\n", "---"},
		"JSON":                   {"{\"a\":\n1}\n{\"b\":2}\n"},
		"content on the marker":  {"--- {a: 1}\n", "--- |\n x\n"},
		"byte order mark":        {"\ufeff---\na: 1\n", "---\nb: 1\n"},
		"comments only":          {"# nothing\n\n"},
		"end without a document": {"...\n---\na: 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := strings.Join(want, "")
			var got []string
			for _, d := range Split([]byte(file)) {
				got = append(got, file[d.Start:d.End])
				if line := strings.Count(file[:d.Start], "\n") + 1; d.Line != line {
					t.Errorf("%q: line %d, want %d", file[d.Start:d.End], d.Line, line)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	if got := Split(nil); len(got) != 0 {
		t.Errorf("an empty file: %v", got)
	}
}

// FuzzSplit: the ranges are the file, and the file can be read exactly if all its documents can, as the same values.
func FuzzSplit(f *testing.F) {
	for _, doc := range manifests(f) {
		f.Add(slices.Concat(doc, []byte("\n---\n"), doc))
	}
	f.Add([]byte("# c\n%YAML 1.1\n--- a\n...\n%TAG ! !\n---\n- b\n...\n...\n---\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		end, parts, broken := 0, []string{}, error(nil)
		for _, d := range Split(file) {
			if d.Start != end || d.End <= d.Start {
				t.Fatalf("%q: range %v after %d", file, d, end)
			}
			end = d.End
			part, err := stream(file[d.Start:d.End])
			if err != nil {
				broken = err
			}
			parts = append(parts, part...)
		}
		if end != len(file) {
			t.Fatalf("%q: ends at %d", file, end)
		}
		whole, err := stream(file)
		if (err == nil) != (broken == nil) {
			t.Fatalf("%q: whole %v, parts %v", file, err, broken)
		}
		if err == nil && !slices.Equal(drop(whole), drop(parts)) {
			t.Fatalf("%q: whole %q, parts %q", file, whole, parts)
		}
	})
}

// drop leaves out empty documents, of which a file of comments has one or none.
func drop(docs []string) []string {
	return slices.DeleteFunc(slices.Clone(docs), func(s string) bool { return s == "null\n" })
}

func stream(file []byte) (docs []string, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the parser panics")
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(string(file)))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, outline(&n, 0)+"\n")
	}
}

func outline(n *yaml.Node, depth int) string {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 && isEmpty(n.Content[0]) {
		return "null"
	}
	out := n.Tag + n.Value + n.Anchor
	for _, child := range n.Content {
		out += "(" + outline(child, depth+1) + ")"
	}
	return out
}

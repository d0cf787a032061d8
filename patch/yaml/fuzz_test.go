package yaml

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	kube "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// FuzzApply: no panic; what kubectl reads from the result is what it read before with the JSON operation
// applied; an addition undone gives the bytes back.
func FuzzApply(f *testing.F) {
	for _, doc := range manifests(f) {
		f.Add(doc, uint8(0), "/spec/x", `{"a":["1"]}`)
		f.Add(doc, uint8(0), "/spec/containers/0", `{"a":["1"]}`)
		f.Add(doc, uint8(1), "/metadata/name", `"yes"`)
		f.Add(doc, uint8(2), "/spec", ``)
	}
	f.Add([]byte("a: &a [*a, *a]\nb: &b [*a,*a]"), uint8(0), "/c", `1`)
	f.Add([]byte("a: |\n  x\n\n\nb: {c: [1 ,2 ], }\n"), uint8(0), "/b/c/1", `"x"`)
	f.Fuzz(func(t *testing.T, doc []byte, verb uint8, path, v string) {
		o := op([]string{patch.Add, patch.Replace, patch.Remove}[verb%3], path, v)
		got, err := Apply(doc, []patch.Op{o})
		Position(doc, patch.Path{"spec", "0"})
		if err != nil || !utf8.ValidString(path) || !utf8.ValidString(v) {
			return
		}
		parsed, err := patch.ParsePointer(path)
		if err != nil {
			t.Fatalf("carried an operation on %q", path)
		}
		sameForKubectl(t, doc, got, o)
		if o.Op != patch.Add || len(parsed) == 0 {
			return
		}
		says := doc
		if !json.Valid(doc) {
			says = decoded(t, []byte(strings.TrimPrefix(string(doc), "\ufeff")))
		}
		holder := parsed[:len(parsed)-1]
		n, list := patch.Len(says, holder)
		if list && parsed[len(parsed)-1] == "-" {
			parsed = holder.With(strconv.Itoa(n))
		}
		if _, existed := patch.Lookup(says, parsed); existed && !list {
			return
		}
		back, err := Apply(got, []patch.Op{{Op: patch.Remove, Path: parsed.Pointer()}})
		if err != nil || string(back) != string(doc) {
			t.Fatalf("add %s, then remove: %q became %q, then %q, %v", path, doc, got, back, err)
		}
	})
}

func sameForKubectl(t *testing.T, doc, got []byte, o patch.Op) {
	t.Helper()
	before, err := kube.YAMLToJSONStrict(doc)
	if err != nil || strings.Contains(string(doc), "<<") {
		return
	}
	want, err := patchjson.Apply(before, []patch.Op{o})
	if err != nil {
		return
	}
	after, err := kube.YAMLToJSONStrict(got)
	if err != nil {
		t.Fatalf("%s %s: %q became %q, which kubectl cannot read: %v", o.Op, o.Path, doc, got, err)
	}
	if equal, err := patch.SameJSON(after, want); err != nil || !equal {
		t.Fatalf("%s %s %s: %q became %q, kubectl reads %s, want %s, %v", o.Op, o.Path, o.Value, doc, got, after, want, err)
	}
}

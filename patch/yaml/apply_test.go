package yaml

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func op(verb, path, value string) patch.Op {
	return patch.Op{Op: verb, Path: path, Value: json.RawMessage(value)}
}

func manifests(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/manifests/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("manifests: %v, %v", files, err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".yaml")] = raw
	}
	return out
}

// paths lists every place of a document.
func paths(t testing.TB, doc []byte) []patch.Path {
	t.Helper()
	var out []patch.Path
	var visit func(v *value, at patch.Path)
	visit = func(v *value, at patch.Path) {
		out = append(out, at)
		for i, child := range v.values {
			if v.kind == '{' {
				visit(child, at.With(v.keys[i]))
			} else {
				visit(child, at.With(strconv.Itoa(i)))
			}
		}
	}
	tree, err := readValue(decoded(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	visit(tree, patch.Path{})
	return out
}

func decoded(t testing.TB, doc []byte) []byte {
	t.Helper()
	root, err := readYAML(doc)
	if err != nil {
		t.Fatal(err)
	}
	says, err := treeJSON(doc, root)
	if err != nil {
		t.Fatal(err)
	}
	return says
}

// guarded tells whether an error is one of the announced refusals.
func guarded(err error) bool {
	for _, reason := range []string{"alias", "anchor", "merge key", "under the tag", "a mapping without braces", "not an object or list", "starts on its parent's line", "a comment stands between", "an explicit key"} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	return false
}

var additions = map[string]string{
	"scalar": `"on"`,
	"map":    `{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"},"list":[{"name":"A","value":"1"},[],{}]}`,
	"list":   `["x",{"name":"y","z":[[1,2],"a: b"]}]`,
}

func TestAddThenRemoveGivesTheBytesBack(t *testing.T) {
	t.Parallel()
	for name, doc := range manifests(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := 0
			for _, at := range paths(t, doc) {
				last := "new/key"
				if n, ok := patch.Len(decoded(t, doc), at); ok {
					last = strconv.Itoa(n)
				}
				for kind, v := range additions {
					if addAndRemove(t, doc, at.With(last), at.With(last), v, kind) {
						done++
					}
					if last != "new/key" {
						addAndRemove(t, doc, at.With("-"), at.With(last), v, kind)
						addAndRemove(t, doc, at.With("0"), at.With("0"), v, kind)
						addAndRemove(t, doc, at.With("1"), at.With("1"), v, kind)
					}
				}
			}
			if done < 6 {
				t.Errorf("only %d additions were carried", done)
			}
		})
	}
}

func addAndRemove(t *testing.T, doc []byte, add, remove patch.Path, v, kind string) bool {
	t.Helper()
	got, err := Apply(doc, []patch.Op{op(patch.Add, add.Pointer(), v)})
	if err != nil {
		if !guarded(err) && !strings.Contains(err.Error(), "out of range") {
			t.Errorf("%s %s: %v", kind, add.Pointer(), err)
		}
		return false
	}
	back, err := Apply(got, []patch.Op{op(patch.Remove, remove.Pointer(), "")})
	if err != nil || string(back) != string(doc) {
		t.Errorf("%s %s: %v\n%s", kind, add.Pointer(), err, patch.Unified("x", doc, got)+patch.Unified("back", doc, back))
		return false
	}
	return true
}

func TestEveryPlaceCanBeRemovedAndReplaced(t *testing.T) {
	t.Parallel()
	for name, doc := range manifests(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, at := range paths(t, doc)[1:] {
				ops := []patch.Op{op(patch.Remove, at.Pointer(), "")}
				for _, v := range additions {
					ops = append(ops, op(patch.Replace, at.Pointer(), v))
				}
				for _, o := range append(ops, op(patch.Replace, at.Pointer(), "5"), op(patch.Replace, at.Pointer(), "{}")) {
					if got, err := Apply(doc, []patch.Op{o}); err != nil && !guarded(err) && !strings.Contains(err.Error(), "unknown anchor") && !strings.Contains(err.Error(), "goes over several lines") {
						t.Errorf("%v\n%s", err, got)
					}
				}
			}
		})
	}
}

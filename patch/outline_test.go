package patch_test

import (
	"encoding/json"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func TestOutlineIsTheDocumentAlongItsPaths(t *testing.T) {
	raw := []byte(`{"a":{"x":[1,2]},"l":[{"n":"p","v":1},{"n":"q","v":{"deep":[true]}},"s"], "a":{"y~/":null,"z":"{\"}"},"big":[[[[1,2,3]]]]}`)
	paths := []patch.Path{{"l", "1", "v"}, {"l", "-"}, {"a", "y~/"}, {"a", "absent"}, {"l", "7", "v"}, {"big"}, {"l", "2", "under"}}
	for n := range len(paths) + 1 {
		out := patch.Outline(raw, paths[:n])
		if !json.Valid(out) || len(out) > len(raw) {
			t.Fatalf("outline %s", out)
		}
		for _, p := range paths[:n] {
			want, wantOK := patch.Lookup(raw, p)
			got, ok := patch.Lookup(out, p)
			if string(got) != string(want) || ok != wantOK {
				t.Errorf("%v: %s %v, want %s %v in %s", p, got, ok, want, wantOK, out)
			}
			wantN, _ := patch.Len(raw, p[:len(p)-1])
			if gotN, _ := patch.Len(out, p[:len(p)-1]); gotN != wantN {
				t.Errorf("length above %v: %d, want %d", p, gotN, wantN)
			}
			op := patch.Op{Op: patch.Add, Path: p.Pointer(), Value: json.RawMessage(`{"new":1}`)}
			_, err := patch.Apply(raw, []patch.Op{op})
			if _, outErr := patch.Apply(out, []patch.Op{op}); (err == nil) != (outErr == nil) {
				t.Errorf("add at %v: %v on the document, %v on its outline", p, err, outErr)
			}
		}
	}
	if got := patch.Outline([]byte(`{"a":`), paths); string(got) != `{"a":` {
		t.Errorf("not JSON: %s", got)
	}
}

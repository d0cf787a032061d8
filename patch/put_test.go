package patch_test

import (
	"encoding/json"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

func TestPutBringsTheParentsThatAreMissingAndReplacesWhatStands(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{}`, `{"a":{"b":{"c":1}}}`},
		{`{"a":null}`, `{"a":{"b":{"c":1}}}`},
		{`{"a":{"x":2}}`, `{"a":{"x":2,"b":{"c":1}}}`},
		{`{"a":{"b":{"c":7,"d":8}}}`, `{"a":{"b":{"c":1,"d":8}}}`},
	} {
		got, err := patchjson.Apply([]byte(c.raw), []patch.Op{patch.Put([]byte(c.raw), patch.Path{"a", "b", "c"}, json.RawMessage("1"))})
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if same, err := patch.SameJSON(got, []byte(c.want)); err != nil || !same {
			t.Errorf("%s became %s, want %s (%v)", c.raw, got, c.want, err)
		}
	}
}

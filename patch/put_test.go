package patch

import (
	"encoding/json"
	"testing"
)

func TestPutBringsTheParentsThatAreMissingAndReplacesWhatStands(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{}`, `{"a":{"b":{"c":1}}}`},
		{`{"a":null}`, `{"a":{"b":{"c":1}}}`},
		{`{"a":{"x":2}}`, `{"a":{"x":2,"b":{"c":1}}}`},
		{`{"a":{"b":{"c":7,"d":8}}}`, `{"a":{"b":{"c":1,"d":8}}}`},
	} {
		got, err := Apply([]byte(c.raw), []Op{Put([]byte(c.raw), Path{"a", "b", "c"}, json.RawMessage("1"))})
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if same, err := SameJSON(got, []byte(c.want)); err != nil || !same {
			t.Errorf("%s became %s, want %s (%v)", c.raw, got, c.want, err)
		}
	}
}

func TestFieldIsWrittenAsKubernetesDoes(t *testing.T) {
	for want, at := range map[string]Path{"": {}, "spec.containers[0].image": {"spec", "containers", "0", "image"}, "[1]": {"1"}, "env.-": {"env", "-"}} {
		if got := at.Field(); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

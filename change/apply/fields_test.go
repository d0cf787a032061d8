package apply

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// TestUndoGivesTheBytesBack, also where somebody put other elements into a list since.
func TestUndoGivesTheBytesBack(t *testing.T) {
	for _, c := range []struct{ before, after, since, want string }{
		{`{"a":{"b":"1"}}`, `{"a":{"b":"2","c":"3"}}`, "", ""},
		{`{"a":{"b":"1","c":"3"}}`, `{"a":{"b":"2"}}`, "", ""},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"},{"name":"B","value":"3"}]}`, "", ""},
		{`{"env":[{"name":"A","value":"1"},{"name":"B","value":"3"},{"name":"C","value":"4"}]}`, `{"env":[{"name":"A","value":"1"},{"name":"C","value":"4"}]}`, "", ""},
		{`{"l":{"cpu":"1"},"x":1}`, `{"x":1}`, "", ""},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"}]}`, `{"env":[{"name":"Z","value":"0"},{"name":"A","value":"2"}]}`, `{"env":[{"name":"Z","value":"0"},{"name":"A","value":"1"}]}`},
		{`{"a":{"b":"1"}}`, `{"a":{"b":"2"}}`, `{"a":{"b":"3"}}`, "changed a.b"},
		{`{"a":{"b":"1"}}`, `{"a":{}}`, `{"a":{"b":"1"}}`, "changed a.b"},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"}]}`, `{"env":[]}`, "changed env[A].value"},
	} {
		ops, err := patch.Diff([]byte(c.before), []byte(c.after))
		if err != nil {
			t.Fatal(err)
		}
		fields, err := fieldsOf([]byte(c.before), ops)
		if err != nil {
			t.Fatal(err)
		}
		now, want := c.since, c.want
		if now == "" {
			now, want = c.after, c.before
		}
		back, changed := undo([]byte(now), fields)
		if len(changed) > 0 {
			if got := "changed " + changed[0]; got != want {
				t.Errorf("%s to %s: %q, want %q", c.before, now, got, want)
			}
			continue
		}
		got, err := pjson.Apply([]byte(now), back)
		if equal, _ := patch.SameJSON(got, []byte(want)); err != nil || !equal {
			t.Errorf("%s to %s: %s, want %s (%v)", c.before, now, got, want, err)
		}
	}
}

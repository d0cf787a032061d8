package apply

import (
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// TestUndoGivesTheBytesBack, also where somebody moved the elements of a list or put others into it since.
func TestUndoGivesTheBytesBack(t *testing.T) {
	for _, c := range []struct{ before, after, since, want string }{
		{`{"a":{"b":"1"}}`, `{"a":{"b":"2","c":"3"}}`, "", ""},
		{`{"a":{"b":"1","c":"3"}}`, `{"a":{"b":"2"}}`, "", ""},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"},{"name":"B","value":"3"}]}`, "", ""},
		{`{"env":[{"name":"A","value":"1"},{"name":"B","value":"3"},{"name":"C","value":"4"}]}`, `{"env":[{"name":"A","value":"1"},{"name":"C","value":"4"}]}`, "", ""},
		{`{"env":[{"name":"A"},{"name":"B"},{"name":"C"},{"name":"D"}]}`, `{"env":[{"name":"N"},{"name":"A"},{"name":"D"}]}`, "", ""},
		{`{"env":[{"name":"A"},{"name":"B"}]}`, `{"env":[{"name":"B"},{"name":"A"}]}`, "", ""},
		{`{"args":["a","b","c"]}`, `{"args":["a","c"]}`, "", ""},
		{`{"args":["a","b","c"]}`, `{"args":["a","x","c"]}`, "", ""},
		{`{"l":{"cpu":"1"},"x":1}`, `{"x":1}`, "", ""},
		{`{"a":null,"b":[{"x":1}]}`, `{"a":1,"b":[{"x":2},{"y":3}]}`, "", ""},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"}]}`, `{"env":[{"name":"Z","value":"0"},{"name":"A","value":"2"}]}`, `{"env":[{"name":"Z","value":"0"},{"name":"A","value":"1"}]}`},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"},{"name":"B","value":"3"}]}`, `{"env":[{"name":"B","value":"3"},{"name":"Z","value":"0"},{"name":"A","value":"2"}]}`, `{"env":[{"name":"Z","value":"0"},{"name":"A","value":"1"}]}`},
		{`{"env":[{"name":"A"},{"name":"B"}]}`, `{"env":[{"name":"A"}]}`, `{"env":[{"name":"A"},{"name":"B","value":"x"}]}`, "changed env[B]"},
		{`{"env":[{"name":"A"},{"name":"B"}]}`, `{"env":[{"name":"A"}]}`, `{}`, "changed env[B]"},
		{`{"args":["a","b"]}`, `{"args":["a"]}`, `{"args":["a","b"]}`, "changed args"},
		{`{"a":{"b":"1"}}`, `{"a":{"b":"2"}}`, `{"a":{"b":"3"}}`, "changed a.b"},
		{`{"a":{"b":"1"}}`, `{"a":{}}`, `{"a":{"b":"1"}}`, "changed a.b"},
		{`{"env":[{"name":"A","value":"1"}]}`, `{"env":[{"name":"A","value":"2"}]}`, `{"env":[]}`, "changed env[A].value"},
	} {
		fields, err := fieldsOf([]byte(c.before), []byte(c.after))
		if err != nil {
			t.Fatal(err)
		}
		now, want := c.since, c.want
		if now == "" {
			now, want = c.after, c.before
		}
		got, changed := undo([]byte(now), fields)
		if len(changed) > 0 {
			if got := "changed " + changed[0]; got != want {
				t.Errorf("%s to %s: %q, want %q", c.before, now, got, want)
			}
			continue
		}
		if equal, err := patch.SameJSON(got, []byte(want)); err != nil || !equal {
			t.Errorf("%s to %s: %s, want %s (%v)", c.before, now, got, want, err)
		}
	}
}

// TestAChangeThatWasNeverMadeIsNotTakenBack: its run was cut off before the write.
func TestAChangeThatWasNeverMadeIsNotTakenBack(t *testing.T) {
	for _, c := range []struct{ before, after string }{
		{`{"env":[{"name":"A"},{"name":"B"}]}`, `{"env":[{"name":"A"}]}`},
		{`{"args":["a","b","c"]}`, `{"args":["a","c"]}`},
		{`{"a":"1"}`, `{"a":"2"}`},
	} {
		fields, err := fieldsOf([]byte(c.before), []byte(c.after))
		if err != nil {
			t.Fatal(err)
		}
		for _, now := range []string{c.before, c.after} {
			out, unmade, changed := takeBack([]byte(now), []*Entry{{State: Begun, Fields: fields}})
			if equal, _ := patch.SameJSON(out, []byte(c.before)); !equal || len(changed) > 0 || (len(unmade) == 1) != (now == c.before) {
				t.Errorf("%s to %s, now %s: %s, %d unmade, changed %v", c.before, c.after, now, out, len(unmade), changed)
			}
		}
	}
}

// TestWhatWasTakenBackIsNotChangedSince: two changes of a field are taken back by one write, after which the run was cut off.
func TestWhatWasTakenBackIsNotChangedSince(t *testing.T) {
	states := []string{`{"a":"1"}`, `{"a":"2","b":"1"}`, `{"a":"3","b":"1"}`}
	for now, want := range map[string]string{states[0]: "2 unmade", states[2]: "0 unmade", `{"a":"4"}`: "changed [a]"} {
		var entries []*Entry
		for i := 2; i > 0; i-- {
			fields, err := fieldsOf([]byte(states[i-1]), []byte(states[i]))
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, &Entry{State: Reverting, Fields: fields})
		}
		out, unmade, changed := takeBack([]byte(now), entries)
		got := fmt.Sprintf("%d unmade", len(unmade))
		if len(changed) > 0 {
			got = fmt.Sprint("changed ", changed)
		} else if equal, err := patch.SameJSON(out, []byte(states[0])); err != nil || !equal {
			t.Errorf("%s: %s, %v", now, out, err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

// TestTheServersValuesAreRecorded: of what it set again after it was removed, too. Of what it drops the object is skipped, with all fields
// as they were.
func TestTheServersValuesAreRecorded(t *testing.T) {
	const before, after = `{"a":"1","b":"1000m","c":"1","d":"1"}`, `{"a":"2","b":"1","c":"2"}`
	fields, err := fieldsOf([]byte(before), []byte(after))
	if err != nil {
		t.Fatal(err)
	}
	o := &Object{Fields: fields}
	o.settle([]byte(`{"a":"2","b":"1000m","c":"2","d":"30"}`))
	if o.Skipped != nil || len(o.Fields) != 3 || o.Fields[0].Path != "/a" || o.Fields[1].Path != "/c" || string(o.Fields[2].After) != `"30"` {
		t.Errorf("%+v, %+v", o.Skipped, o.Fields)
	}
	o = &Object{Fields: fields}
	if o.settle([]byte(`{"a":"2","b":"1000m","d":"30"}`)); o.Skipped == nil || o.Skipped.Cause != Rejected || len(o.Fields) != 4 || o.Fields[1].Path != "/b" {
		t.Errorf("%+v, %+v", o.Skipped, o.Fields)
	}
	// An empty value is that of a field that is not set.
	if fields, err = fieldsOf([]byte(`{"a":"1","b":1}`), []byte(`{"a":"","b":1}`)); err != nil {
		t.Fatal(err)
	}
	o = &Object{Fields: fields}
	if o.settle([]byte(`{"b":1}`)); o.Skipped != nil || len(o.Fields) != 1 || o.Fields[0].After != nil {
		t.Errorf("%+v, %+v", o.Skipped, o.Fields)
	}
}

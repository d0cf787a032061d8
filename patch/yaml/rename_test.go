package yaml

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// TestARenamedKeyKeepsItsPlace: its quotes, its value as it is spelled, and every comment around it.
func TestARenamedKeyKeepsItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"block":            {"m:\n  a: 1\n  # why\n  old:   \"v\"   # here\n  z: 2\n", "m:\n  a: 1\n  # why\n  new.key:   \"v\"   # here\n  z: 2\n"},
		"double quotes":    {"m:\n  \"old\": v\n  z: 2\n", "m:\n  \"new.key\": v\n  z: 2\n"},
		"single quotes":    {"m:\n  'old': v\n", "m:\n  'new.key': v\n"},
		"flow":             {"m: {a: 1, old: v, z: 2} # c\n", "m: {a: 1, new.key: v, z: 2} # c\n"},
		"JSON in YAML":     {"m: {\"old\": \"v\"}\n", "m: {\"new.key\": \"v\"}\n"},
		"CRLF":             {"m:\r\n  old: v\r\n  z: 1\r\n", "m:\r\n  new.key: v\r\n  z: 1\r\n"},
		"a block of lines": {"m:\n  old: |\n    one\n    # two\n  z: 1\n", "m:\n  new.key: |\n    one\n    # two\n  z: 1\n"},
		"no value":         {"m:\n  old:\n  z: 1\n", "m:\n  new.key:\n  z: 1\n"},
		"an anchor below":  {"m:\n  old: &x v\n  z: *x\n", "m:\n  new.key: &x v\n  z: *x\n"},
		"JSON":             {"{\"m\": {\"old\":  1, \"z\": 2}}", "{\"m\": {\"new.key\":  1, \"z\": 2}}"},
	} {
		move := patch.Op{Op: patch.Move, From: "/m/old", Path: "/m/new.key"}
		got, err := Apply([]byte(c.doc), []patch.Op{move})
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\ngot  %q\nwant %q", name, err, got, c.want)
			continue
		}
		move.From, move.Path = move.Path, move.From
		if back, err := Apply(got, []patch.Op{move}); err != nil || string(back) != c.doc {
			t.Errorf("%s: back: %v\ngot  %q\nwant %q", name, err, back, c.doc)
		}
	}
}

// TestAKeyIsRenamedBesideOtherEdits: operations before and behind it are carried out, too.
func TestAKeyIsRenamedBesideOtherEdits(t *testing.T) {
	doc := "m:\n  a: 1\n  old: v # here\n  z: 2\n"
	got, err := Apply([]byte(doc), []patch.Op{
		op(patch.Replace, "/m/a", "3"),
		{Op: patch.Move, From: "/m/old", Path: "/m/new"},
		op(patch.Replace, "/m/new", `"w"`),
		op(patch.Add, "/m/last", "4"),
	})
	if want := "m:\n  a: 3\n  new: w # here\n  z: 2\n  last: 4\n"; err != nil || string(got) != want {
		t.Errorf("%v\ngot  %q\nwant %q", err, got, want)
	}
}

func TestAKeyIsNotRenamedIntoAnother(t *testing.T) {
	for name, c := range map[string]struct{ doc, from, to, want string }{
		"taken":          {"m: {old: 1, new: 2}", "/m/old", "/m/new", "is there already"},
		"missing":        {"m: {a: 1}", "/m/old", "/m/new", "absent"},
		"another object": {"m: {old: 1}\nn: {a: 1}", "/m/old", "/n/new", "no other key in the same object"},
		"a list":         {"m: [1, 2]", "/m/0", "/m/5", "not an object"},
		"the root":       {"m: 1", "", "", "is not edited in place"},
		"its own key":    {"m: {old: 1}", "/m/old", "/m/old", "is there already"},
		"an anchor":      {"m: {&k old: 1}", "/m/old", "/m/new", "has an anchor"},
		"a merge key":    {"b: &b {x: 1}\nm: {<<: *b, old: 1}", "/m/old", "/m/new", "merge key"},
	} {
		got, err := Apply([]byte(c.doc), []patch.Op{{Op: patch.Move, From: c.from, Path: c.to}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

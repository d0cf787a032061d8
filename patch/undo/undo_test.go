package undo

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

const object = `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`

// TestAnEntryTakesBackWhatItSays and nothing where its place is not as the edit left it.
func TestAnEntryTakesBackWhatItSays(t *testing.T) {
	for _, c := range []struct {
		entry, want string // "": it is left alone
		plain       bool
	}{
		{"spec/list/a/v", `{"spec":{"list":[{"name":"a"},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`, false},
		{"spec/list/~1m", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`, false},
		{"spec/list/[1] #" + Hash([]byte(`{"v":"x y"}`)), `{"spec":{"list":[{"name":"a","v":1},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`, false},
		{"spec/text ~-Da", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`, true},
		{"spec/alone ^-Db", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c -Dd"}}`, false},
		{"spec/+made/deep/x", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","null":{"x":1},"a/b":"c -Dd"}}`, false},
		{"spec/++null/x", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":null,"a/b":"c -Dd"}}`, false},
		{"spec/a~1b -Dd", `{"spec":{"list":[{"name":"a","v":1},{"v":"x y"},{"mountPath":"/m","v":2}],"text":"old -Da","alone":"-Db","made":{"deep":{"x":1}},"null":{"x":1},"a/b":"c"}}`, false},
		{"on true", "", false},
		{"spec/list/[1]", "", false}, {"spec/list/1", "", false}, {"spec/list/[7] #x", "", false}, {"spec/list/a #0123", "", false}, {"spec/text -Db", "", false}, {"spec/alone -Db", "", false},
		{"spec/text ^-Da", "", false}, {"spec/text ~", "", false}, {"spec/gone", "", false}, {"", "", false}, {"/spec/text", "", false}, {"spec/made -Da", "", false},
	} {
		b, err := New([]byte(object), func(patch.Path) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if did := b.Take(c.entry); did != (c.want != "") || !did && len(b.Ops) > 0 || len(b.Plain) > 0 != c.plain {
			t.Errorf("%q: %v, %v, %v", c.entry, did, b.Ops, b.Plain)
			continue
		}
		if c.want == "" {
			continue
		}
		got, err := patchjson.Apply([]byte(object), b.Ops)
		if same, _ := patch.SameJSON(got, []byte(c.want)); err != nil || !same {
			t.Errorf("%q: %v %s", c.entry, err, got)
		}
		if b, _ = New([]byte(object), func(patch.Path) bool { return false }); b.Take(c.entry) {
			t.Errorf("%q: it is taken back where it may not", c.entry)
		}
	}
}

// TestABlankInASegmentEndsNoPlace: an entry with such a place is found again, and what looks like one is not.
func TestABlankInASegmentEndsNoPlace(t *testing.T) {
	const object = `{"l":[{"name":"a {x} b","t":"-Da -Db"}],"c ~2":1}`
	for _, c := range []struct {
		at   patch.Path
		want string
	}{{patch.Path{"l", "0", "t"}, "l/a~2{x}~2b/t -Db"}, {patch.Path{"c ~2"}, "+c~2~02 #" + Hash([]byte("1"))}} {
		entry := Added([]byte(object), c.at)
		if len(c.at) > 1 {
			entry = Extended([]byte(object), c.at, "-Db", false, false)
		}
		if s := Find([]byte(object), entry); entry != c.want || !s.Stands || !slices.Equal(s.At, c.at) {
			t.Errorf("%v: %q is found as %+v", c.at, entry, s)
		}
	}
}

// TestNullComesBackAsItWasSpelled: each "+" behind the second is another spelling of YAML, and no more than there are.
func TestNullComesBackAsItWasSpelled(t *testing.T) {
	const object = `{"a":[{"name":"x"}],"b":{"c":1}}`
	for entry, want := range map[string]patch.Null{"++a/x": patch.NullWord, "+++a/x": patch.NullEmpty, "++++a/x": patch.NullTilde, "+++++b/c": patch.NullTitle, "++++++b": patch.NullUpper} {
		b, err := New([]byte(object), func(patch.Path) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if !b.Take(entry) || len(b.Ops) == 0 || b.Ops[len(b.Ops)-1].Null != want || string(b.Ops[len(b.Ops)-1].Value) != "null" {
			t.Errorf("%s: %+v", entry, b.Ops)
		}
		if bare := Bare(entry); bare != strings.TrimLeft(entry, "+") {
			t.Errorf("%s without marks is %s", entry, bare)
		}
	}
	for _, entry := range []string{"+++++++a/x", strings.Repeat("+", 300) + "a/x"} {
		if b, _ := New([]byte(object), func(patch.Path) bool { return true }); b.Take(entry) {
			t.Errorf("%s is taken back: %+v", entry, b.Ops)
		}
	}
}

// TestASwitchIsTurnedBack, and only to what it is not.
func TestASwitchIsTurnedBack(t *testing.T) {
	for entry, want := range map[string]string{"on true": "", "on false": "[{replace /on false}]"} {
		b, err := New([]byte(`{"on":true}`), func(patch.Path) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if did := b.Take(entry); did != (want != "") || did && string(b.Ops[0].Value) != "false" {
			t.Errorf("%q: %v %v", entry, did, b.Ops)
		}
	}
}

// TestWhatIsWordedIsFoundAgain, by name or, where it has none, by its index and content.
func TestWhatIsWordedIsFoundAgain(t *testing.T) {
	for _, c := range []struct {
		at   patch.Path
		want string
	}{
		{patch.Path{"spec", "list", "0"}, "spec/list/+a #"},
		{patch.Path{"spec", "list", "1"}, "spec/list/+[1] #"},
		{patch.Path{"spec", "list", "2", "v"}, "spec/list/~1m/+v #"},
		{patch.Path{"spec", "a/b"}, "spec/+a~1b #"},
	} {
		value, _ := patch.Lookup([]byte(object), c.at)
		entry := Added([]byte(object), c.at)
		if s := Find([]byte(object), entry); entry != c.want+Hash(value) || !s.Stands || s.At.Pointer() != c.at.Pointer() {
			t.Errorf("%s is worded %q and found as %+v", c.at.Pointer(), entry, s)
		}
	}
	for _, c := range []struct {
		at           patch.Path
		option       string
		alone, plain bool
		want         string
	}{
		{patch.Path{"spec", "text"}, "-Da", false, true, "spec/text ~-Da"},
		{patch.Path{"spec", "alone"}, "-Db", true, false, "spec/alone ^-Db"},
		{patch.Path{"spec", "list", "1", "v"}, "y", false, false, "spec/list/[1]/v y"},
	} {
		entry := Extended([]byte(object), c.at, c.option, c.alone, c.plain)
		if s := Find([]byte(object), entry); entry != c.want || !s.Stands || s.Plain != c.plain {
			t.Errorf("%q is found as %+v", entry, s)
		}
	}
	if Bare("spec/++a/b -Da") != "spec/a/b -Da" || Bare("+a") != "a" {
		t.Error(Bare("spec/++a/b -Da"), Bare("+a"))
	}
}

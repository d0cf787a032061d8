package patch

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMembersElementsAndTailAgreeWithEncodingJSON(t *testing.T) {
	raw := []byte(` {"a" : [1, {"b":"]"}, "x\"y", null] ,"c\u0064":{"e":[]}, "a2":3} `)
	var want map[string]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	seen := 0
	ok := Members(raw, func(key, value []byte) {
		var name string
		if err := json.Unmarshal(key, &name); err != nil || !KeyIs(key, name) {
			t.Errorf("key %s: %v", key, err)
		}
		if string(want[name]) != string(value) {
			t.Errorf("%s is %s, not %s", name, value, want[name])
		}
		seen++
	})
	if !ok || seen != len(want) {
		t.Errorf("%d members of %d, %v", seen, len(want), ok)
	}
	tail, length, ok := Tail(raw, Path{"a"}, 1)
	if !ok || length != 4 || len(tail) != 3 || string(tail[0]) != `{"b":"]"}` || string(tail[2]) != "null" {
		t.Errorf("%q %d %v", tail, length, ok)
	}
	for _, broken := range []string{``, `[]`, `{"a":`, `{"a":1`, `"x"`} {
		if Members([]byte(broken), func(_, _ []byte) {}) {
			t.Errorf("%s was read as an object", broken)
		}
	}
	var elements []string
	if !Elements([]byte(` [1, {"b":"]"} ,"x\"y",[]] `), func(value []byte) { elements = append(elements, string(value)) }) || strings.Join(elements, ";") != `1;{"b":"]"};"x\"y";[]` {
		t.Errorf("elements %q", elements)
	}
	for _, broken := range []string{``, `{}`, `[1`, `[1 2]`, `"x"`} {
		if Elements([]byte(broken), func([]byte) {}) {
			t.Errorf("%s was read as a list", broken)
		}
	}
	if _, _, ok := Tail(raw, Path{"a2"}, 0); ok {
		t.Error("a number was read as a list")
	}
}

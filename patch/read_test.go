package patch

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestReadIsAsStrictAsJSON: of small texts it takes all that encoding/json takes, but for escapes in keys, and nothing else.
func TestReadIsAsStrictAsJSON(t *testing.T) {
	within := Bounds{Depth: 10, Objects: 10, Elements: 10, Text: 100, Values: 100}
	texts := []string{"", " ", "nul", "nulls", "true", " false\n", "truefalse", "-", "0", "-0", "01", "1.", "1.5", ".5", "1e", "1e+", "1E-5", "-1.5e3", "+1", "1 2", `"`, `""`, `"a`, `"\"`, `"\\"`, `"\""`, `"\q"`, `"\u12"`, `"\u12`,
		`"\u00e9\uD800\b\f\n\r\t\/"`, `"\u00g0"`, "\"\x10\"", "\"\\u\x10\x10\x10\x10\"", "\"\x7f\xff\"", "\"\t\"", "[", "[]", "[ ]", "[,]", "[1,]", "[1,2]", "[1 2]", "[1]]", "[1}", "{", "{}", "{ }", "{,}", `{"a"}`, `{"a":}`, `{"a":1}`, `{"a":1,}`,
		`{"a":1,"a":2}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":[{"b":{"c":[null,true,"x",-2]}}]}`, "\ufeff{}", "{}\x00", "\v1", " [ 1 , { \"a\" : [ ] } ] "}
	for _, text := range texts {
		var x Index
		if _, plain := x.Read([]byte(text), &within); plain != json.Valid([]byte(text)) {
			t.Errorf("%q: plain %v, JSON %v", text, plain, !plain)
		}
	}
}

func TestReadHasBounds(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		objects int
		plain   bool
	}{
		"objects":          {"[{},{}]", 2, true},
		"more objects":     {"[{},{},{}]", 3, false},
		"depth":            {"[[[]]]", 0, true},
		"more depth":       {"[[[[]]]]", 0, false},
		"elements":         {"[1,2,3,4]", 0, true},
		"more elements":    {"[1,2,3,4,5]", 0, false},
		"members":          {`{"a":1,"b":1,"d":1,"e":1,"f":1}`, 1, false},
		"text":             {`"` + strings.Repeat("x", 9) + `"`, 0, true},
		"more text":        {`"` + strings.Repeat("x", 10) + `"`, 0, false},
		"values":           {"[[1,2],[3,4],5]", 0, true},
		"more values":      {"[[1,2],[3,4],[5,6]]", 0, false},
		"closed":           {`{"c":[[1,2],[3,4],[5,6]]}`, 1, true},
		"escape in a key":  {`{"\u0061":1}`, 1, false},
		"inside of closed": {`{"c":[{"\u0061":1}]}`, 2, true},
	} {
		var x Index
		objects, plain := x.Read([]byte(c.text), &Bounds{Depth: 4, Objects: 2, Elements: 4, Text: 10, Values: 8, Closed: "c"})
		if plain != c.plain || objects != c.objects {
			t.Errorf("%s: plain %v, %d objects; want %v, %d", name, plain, objects, c.plain, c.objects)
		}
	}
}

func TestValuesOfAnIndex(t *testing.T) {
	var x Index
	text := []byte(` {"a":["x","\u00e9","é"],"c":{"d":1},"e":{"f":[10,20]}}`)
	if _, plain := x.Read(text, &Bounds{Depth: 9, Objects: 9, Elements: 9, Text: 99, Values: 99, Closed: "c"}); !plain {
		t.Fatal("it is not plain")
	}
	var keys, kinds, odd []string
	for member := range x.Root().Children() {
		keys, kinds = append(keys, string(member.Key())), append(kinds, string(member.Kind()))
		if start, end := member.Span(); string(text[start:end]) != string(member.Raw()) {
			t.Errorf("%s is not where it is said to be", member.Raw())
		}
	}
	list, _ := x.Value(Path{"a"})
	for element := range list.Children() {
		if element.Odd() {
			odd = append(odd, string(element.Raw()))
		}
	}
	closed, found := x.Value(Path{"c"})
	if _, inside := x.Value(Path{"c", "d"}); !found || inside || !closed.Closed() {
		t.Error("the inside of a closed member is in the index")
	}
	inner, _ := x.Value(Path{"e"})
	number, has := inner.Index().Lookup(Path{"f", "1"})
	if !slices.Equal(keys, []string{"a", "c", "e"}) || strings.Join(kinds, "") != "[{{" || !slices.Equal(odd, []string{`"\u00e9"`, `"é"`}) || list.Len() != 3 || !has || string(number) != "20" {
		t.Errorf("keys %q, kinds %q, odd %q, %d elements, %s", keys, kinds, odd, list.Len(), number)
	}
}

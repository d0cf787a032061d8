package patch

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"unicode/utf8"
)

func TestLookupFindsTheBytes(t *testing.T) {
	t.Parallel()
	const doc = ` {"a": {"b/c": [1, {"x~": "y"}, []]}, "k\u0065y": null, "twice": 1, "tail\\": {"n": -1.5e3}, "twice": {"in": 2}}`
	for pointer, want := range map[string]string{
		"/a/b~1c/0":     "1",
		"/a/b~1c/1/x~0": `"y"`,
		"/a/b~1c/2":     "[]",
		"/a/b~1c/3":     "",
		"/a/b~1c/-":     "",
		"/a/b~1c/01":    "",
		"/key":          "null",
		`/k\u0065y`:     "",
		"/twice/in":     "2",
		`/tail\/n`:      "-1.5e3",
		"/key/x":        "",
		"/none":         "",
	} {
		path, err := ParsePointer(pointer)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Lookup([]byte(doc), path)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", pointer, got, ok, want)
		}
	}
}

func TestLookupOfARepeatedKeyTakesTheLastEvenIfItLeadsNowhere(t *testing.T) {
	t.Parallel()
	if got, ok := Lookup([]byte(`{"a":{"b":1},"a":{}}`), Path{"a", "b"}); ok {
		t.Errorf("got %s from an object that a later one hides", got)
	}
}

func TestLenCountsElements(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]int{`[]`: 0, ` [ ]`: 0, `[[1,2],{"a":[3]}, "x,y"]`: 3} {
		if n, ok := Len([]byte(doc), nil); n != want || !ok {
			t.Errorf("%s: got %d, %v, want %d", doc, n, ok, want)
		}
	}
	for _, doc := range []string{`{}`, `1`, ``, `[1`, `[1,,2]`} {
		if n, ok := Len([]byte(doc), nil); ok {
			t.Errorf("%q: got %d, want no list", doc, n)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	raw, path := []byte(`{"spec":{"containers":[{"name":"a","env":[{"name":"x"},{"name":"y","value":"\u00e9"}]}]}}`), Path{"spec", "containers", "0", "env", "1", "value"}
	if n := testing.AllocsPerRun(100, func() { Lookup(raw, path) }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// FuzzLookup: for valid JSON every path found by decoding is found in the text with the same value, and no other.
func FuzzLookup(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":1},2],"a\u0062":"x"}`), "/a/0/b")
	f.Add([]byte(`{"a":1,"a":{"b":[[]]}}`), "/a/b/0")
	f.Add([]byte(`{"a":{"b":{"c":{"d":{"e":{"f":[7,[8]]}}}}}}`), "/a/b/c/d/e/f/1/0")
	f.Add([]byte(`{"a":{"b":{"c":{"d":[[1],2]}}}}`), "/a/b/c/d/0")
	f.Add([]byte(`{"spec":{"containers":[{"env":[{"name":"a"},{"name":"b"}]}]}}`), "/spec/containers/0/env/1/name")
	f.Fuzz(func(t *testing.T, raw []byte, pointer string) {
		path, err := ParsePointer(pointer)
		if err != nil {
			return
		}
		got, ok := Lookup(raw, path)
		n, isList := Len(raw, path)
		index := NewIndex(raw)
		same, sameOK := index.Lookup(path)
		sameN, sameList := index.Len(path)
		var checked Index
		_, plain := checked.Read(raw, &Bounds{Depth: 20, Objects: 20, Elements: 20, Text: 200, Values: 100, Closed: "c"})
		if plain && !json.Valid(raw) {
			t.Fatalf("%s is no JSON, and is read as plain", raw)
		}
		if !json.Valid(raw) || !utf8.Valid(raw) || !utf8.ValidString(pointer) {
			return
		}
		if !bytes.Equal(got, same) || ok != sameOK || n != sameN || isList != sameList {
			t.Fatalf("%s in %s: the index finds %s, %v and %d, %v; Lookup and Len %s, %v and %d, %v", pointer, raw, same, sameOK, sameN, sameList, got, ok, n, isList)
		}
		if plain {
			same, sameOK := checked.Lookup(path)
			sameN, sameList := checked.Len(path)
			if !bytes.Equal(got, same) || ok != sameOK || n != sameN || isList != sameList {
				t.Fatalf("%s in %s: what was read finds %s, %v and %d, %v; Lookup and Len %s, %v and %d, %v", pointer, raw, same, sameOK, sameN, sameList, got, ok, n, isList)
			}
		}
		want, wantOK := walk(raw, path)
		if ok != wantOK {
			t.Fatalf("%s in %s: got %v, encoding/json %v", pointer, raw, ok, wantOK)
		}
		if ok && !bytes.Equal(got, want) {
			t.Fatalf("%s in %s: got %s, encoding/json %s", pointer, raw, got, want)
		}
	})
}

// walk is Lookup by decoding.
func walk(raw []byte, path Path) ([]byte, bool) {
	raw = bytes.TrimSpace(raw)
	for _, segment := range path {
		switch raw[0] {
		case '{':
			var object map[string]json.RawMessage
			if json.Unmarshal(raw, &object) != nil {
				return nil, false
			}
			value, ok := object[segment]
			if !ok {
				return nil, false
			}
			raw = value
		case '[':
			var list []json.RawMessage
			i, err := strconv.Atoi(segment)
			if json.Unmarshal(raw, &list) != nil || err != nil || strconv.Itoa(i) != segment || i < 0 || i >= len(list) {
				return nil, false
			}
			raw = list[i]
		default:
			return nil, false
		}
	}
	return raw, true
}

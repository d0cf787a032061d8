package json

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func op(verb, path, value string) patch.Op {
	return patch.Op{Op: verb, Path: path, Value: json.RawMessage(value)}
}

func TestApplySplicesInTheStyleOfTheDocument(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, verb, path, value, want string }{
		"member, compact":         {`{"a":1}`, patch.Add, "/b", `{"c": [1, 2]}`, `{"a":1,"b":{"c":[1,2]}}`},
		"member, spaced":          {`{"a": 1}`, patch.Add, "/b", `2`, `{"a": 1, "b": 2}`},
		"member, indented":        {"{\n    \"a\": 1\n}\n", patch.Add, "/b", `{"c":[1]}`, "{\n    \"a\": 1,\n    \"b\": {\n        \"c\": [\n            1\n        ]\n    }\n}\n"},
		"member, CRLF":            {"{\r\n  \"a\": 1\r\n}", patch.Add, "/b", `[1]`, "{\r\n  \"a\": 1,\r\n  \"b\": [\r\n    1\r\n  ]\r\n}"},
		"empty, compact":          {`{"a":{}}`, patch.Add, "/a/b", `1`, `{"a":{"b":1}}`},
		"empty, indented":         {"{\n  \"a\": {}\n}", patch.Add, "/a/b", `1`, "{\n  \"a\": {\n    \"b\": 1\n  }\n}"},
		"empty, space inside":     {`{ }`, patch.Add, "/b", `1`, `{"b":1 }`},
		"append":                  {`[1, 2]`, patch.Add, "/-", `3`, `[1, 2, 3]`},
		"index is length":         {`[1]`, patch.Add, "/1", `3`, `[1,3]`},
		"first":                   {`[1, 2]`, patch.Add, "/0", `0`, `[0, 1, 2]`},
		"middle, indented":        {"[\n  1,\n  2\n]", patch.Add, "/1", `[]`, "[\n  1,\n  [],\n  2\n]"},
		"add replaces":            {`{"a": 1.0, "b" : 2}`, patch.Add, "/a", `"x"`, `{"a": "x", "b" : 2}`},
		"replace the last twin":   {`{"a":1,"a":2}`, patch.Replace, "/a", `3`, `{"a":1,"a":3}`},
		"remove every twin":       {`{"a":1,"b":0,"\u0061":2}`, patch.Remove, "/a", ``, `{"b":0}`},
		"remove first":            {`{"a":1, "b":2}`, patch.Remove, "/a", ``, `{"b":2}`},
		"remove last, indented":   {"{\n  \"a\": 1,\n  \"b\": 2\n}", patch.Remove, "/b", ``, "{\n  \"a\": 1\n}"},
		"remove the only":         {"{\n  \"b\": 2\n}", patch.Remove, "/b", ``, "{}"},
		"remove from a list":      {`[1, 2, 3]`, patch.Remove, "/1", ``, `[1, 3]`},
		"root":                    {` {"a":1} `, patch.Replace, "", `[1]`, ` [1] `},
		"key with a slash":        {`{"a/b":{}}`, patch.Add, "/a~1b/<&>", `"<"`, `{"a/b":{"<&>":"<"}}`},
		"spellings stay":          {`{"m":"1024Mi","n":1e3,"u":"\u00e9\/"}`, patch.Add, "/x", `1`, `{"m":"1024Mi","n":1e3,"u":"\u00e9\/","x":1}`},
		"replaced list, indented": {"{\n  \"a\": [],\n  \"b\": 1\n}", patch.Replace, "/a", `[1]`, "{\n  \"a\": [\n    1\n  ],\n  \"b\": 1\n}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(c.doc), []patch.Op{op(c.verb, c.path, c.value)})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestApplyErrorsNameTheOperationThePathAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	const doc = `{"a":{"b":[1]},"s":"x"}`
	for name, c := range map[string]struct {
		op   patch.Op
		want string
	}{
		"no parent":    {op(patch.Add, "/a/x/y", "1"), `operation 1, add "/a/x/y": parent "/a/x" is absent`},
		"scalar":       {op(patch.Add, "/s/y", "1"), `operation 1, add "/s/y": parent "/s" is a string, not an object or list`},
		"range":        {op(patch.Add, "/a/b/2", "1"), `operation 1, add "/a/b/2": index 2 is out of range, the list has 1 elements`},
		"remove range": {op(patch.Remove, "/a/b/1", ""), `operation 1, remove "/a/b/1": index 1 is out of range, the list has 1 elements`},
		"dash":         {op(patch.Replace, "/a/b/-", "1"), `operation 1, replace "/a/b/-": index - is out of range, the list has 1 elements`},
		"word":         {op(patch.Add, "/a/b/x", "1"), `operation 1, add "/a/b/x": "x" is not a list index`},
		"no member":    {op(patch.Replace, "/a/c", "1"), `operation 1, replace "/a/c": the member is absent`},
		"root":         {op(patch.Remove, "", ""), `operation 1, remove "": the whole document cannot be removed`},
		"verb":         {op("copy", "/a", ""), `operation 1, copy "/a": operation "copy": must be add, replace, remove or move`},
		"value":        {op(patch.Add, "/x", "{"), `operation 1, add "/x": value: unexpected end of JSON input`},
		"pointer":      {op(patch.Add, "x", "1"), `operation 1, add "x": JSON pointer "x": must be empty or start with a slash`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(doc), []patch.Op{c.op})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %q, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestApplyLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	raw := []byte(`{"a":1,"b":2}`)
	if _, err := Apply(raw[:13:13], []patch.Op{op(patch.Remove, "/a", ""), op(patch.Add, "/c", "[1,2,3]")}); err != nil {
		t.Fatal(err)
	}
	if string(raw) != `{"a":1,"b":2}` {
		t.Errorf("the input became %s", raw)
	}
}

func TestDiffAppliedGivesTheOtherDocument(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after, want string }{
		"same":            {`{"a":1,"b":"A"}`, `{ "b":"\u0041", "a":1.0}`, `null`},
		"large integers":  {`{"a":9007199254740992}`, `{"a":9007199254740993}`, `[{"op":"replace","path":"/a","value":9007199254740993}]`},
		"prepend":         {`[{"x":1}]`, `[0,{"x":1}]`, `[{"op":"add","path":"/0","value":0}]`},
		"append":          {`[1,1]`, `[1,1,1]`, `[{"op":"add","path":"/2","value":1}]`},
		"shrink":          {`{"a":[1,2,3],"z":0}`, `{"a":[3]}`, `[{"op":"remove","path":"/z"},{"op":"remove","path":"/a/1"},{"op":"remove","path":"/a/0"}]`},
		"inside":          {`{"a/b":[{"x":1,"y":2}]}`, `{"a/b":[{"x":1,"y":3}]}`, `[{"op":"replace","path":"/a~1b/0/y","value":3}]`},
		"null is a value": {`{"a":1}`, `{"a":null}`, `[{"op":"replace","path":"/a","value":null}]`},
		"root":            {`{}`, `[]`, `[{"op":"replace","path":"","value":[]}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ops, err := patch.Diff([]byte(c.before), []byte(c.after))
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := json.Marshal(ops); string(text) != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
			got, err := Apply([]byte(c.before), ops)
			if err != nil {
				t.Fatal(err)
			}
			if equal, err := patch.SameJSON(got, []byte(c.after)); err != nil || !equal {
				t.Errorf("applied: %s, %v", got, err)
			}
		})
	}
}

// FuzzApply: the effect is that of a reference library; an addition undone gives the bytes back; what comes before
// and after the one place that changed is untouched; Diff of the two documents leads from one to the other.
func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":1},2],"c":{}}`), uint8(0), "/c/d", []byte(`{"x":[1]}`))
	f.Add([]byte("{\n  \"a\": [\n    1\n  ],\n  \"c\": { }\n}\n"), uint8(0), "/a/0", []byte(`[]`))
	f.Add([]byte(`{"a":1,"a":2}`), uint8(2), "/a", []byte(``))
	f.Add([]byte(`[[],{"k":""}]`), uint8(1), "/1/k", []byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte, verb uint8, path string, value []byte) {
		o := patch.Op{Op: []string{patch.Add, patch.Replace, patch.Remove}[verb%3], Path: path, Value: value}
		got, err := Apply(raw, []patch.Op{o})
		if !json.Valid(raw) || !utf8.Valid(raw) || !utf8.ValidString(path) || !utf8.Valid(value) {
			return
		}
		want, wantErr := reference(raw, o)
		if err != nil {
			// the reference shrugs off a removal below a scalar
			if _, there := patch.Lookup(raw, pathOf(o.Path)); wantErr == nil && (o.Op == patch.Add || there) {
				t.Fatalf("%s %s on %s: got %v, reference %s", o.Op, path, raw, err, want)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%s %s on %s: not JSON: %s", o.Op, path, raw, got)
		}
		if wantErr == nil {
			if equal, err := patch.SameJSON(got, want); err != nil || !equal {
				t.Fatalf("%s %s %s on %s: got %s, reference %s", o.Op, path, value, raw, got, want)
			}
		}
		parsed, _ := patch.ParsePointer(path)
		_, existed := patch.Lookup(raw, parsed)
		if o.Op == patch.Add && (!existed || isElement(raw, parsed)) {
			undo(t, raw, got, parsed)
		}
		ops, err := patch.Diff(raw, got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Apply(raw, ops)
		if equal, _ := patch.SameJSON(again, got); err != nil || !equal {
			t.Fatalf("diff of %s and %s gives %v, applied %s, %v", raw, got, ops, again, err)
		}
	})
}

func undo(t *testing.T, raw, got []byte, path patch.Path) {
	t.Helper()
	if n := len(path) - 1; path[n] == "-" {
		if length, ok := patch.Len(raw, path[:n]); ok {
			path = path[:n].With(strconv.Itoa(length))
		}
	}
	back, err := Apply(got, []patch.Op{{Op: patch.Remove, Path: path.Pointer()}})
	if err != nil || string(back) != string(raw) {
		t.Fatalf("add %s, then remove: %q became %q, then %q, %v", path.Pointer(), raw, got, back, err)
	}
}

func pathOf(pointer string) patch.Path {
	path, err := patch.ParsePointer(pointer)
	if err != nil {
		return patch.Path{"no such place"}
	}
	return path
}

func isElement(raw []byte, path patch.Path) bool {
	if len(path) == 0 {
		return false
	}
	_, ok := patch.Len(raw, path[:len(path)-1])
	return ok
}

// reference applies with a library, to the decoded document because it miscounts repeated keys. Negative indexes and "-" of a removal, its extensions, and empty keys, which it loses, are errors here.
func reference(raw []byte, o patch.Op) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal([]patch.Op{o})
	if err != nil {
		return nil, err
	}
	decoded, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil, err
	}
	if strings.Contains(o.Path, "/-") || strings.Contains(o.Path, "/+") || strings.Contains(o.Path, "/0") || !strings.HasPrefix(o.Path, "/") ||
		strings.Contains(o.Path, "//") || strings.HasSuffix(o.Path, "/") {
		return nil, jsonpatch.ErrInvalidIndex
	}
	options := jsonpatch.NewApplyOptions()
	options.SupportNegativeIndices = false
	return decoded.ApplyWithOptions(raw, options)
}

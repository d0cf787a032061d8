package patch

import (
	"bytes"
	"testing"
)

func TestWhatIsCutOutMakesNoDifference(t *testing.T) {
	t.Parallel()
	cut := &Cut{Members: map[string]*Cut{
		"gone": nil,
		"part": {Members: map[string]*Cut{"gone": nil}},
		"list": {Element: func(element []byte) *Cut {
			if bytes.Contains(element, []byte(`"x"`)) {
				return &Cut{Members: map[string]*Cut{"value": nil}}
			}
			return nil
		}},
	}}
	text := func(raw string) string {
		out, ok := cut.Append([]byte("begin "), []byte(raw))
		if !ok {
			t.Errorf("%s was not read", raw)
		}
		return string(out)
	}
	first := text(`{"a": 1, "gone": {"b": [1]}, "part": {"gone": 1, "b": "2"}, "list": [{"name": "x", "value": "1"}, {"name": "y", "value": "1"}]}`)
	for raw, same := range map[string]bool{
		`{"a": 1, "gone": [], "part": {"gone": 2, "b": "2"}, "list": [{"name": "x", "value": "2"}, {"name": "y", "value": "1"}]}`: true,
		`{"a": 1, "part": {"b": "2"}, "list": [{"name": "x"}, {"name": "y", "value": "1"}]}`:                                      true,
		`{"a": 2, "part": {"b": "2"}, "list": [{"name": "x"}, {"name": "y", "value": "1"}]}`:                                      false,
		`{"a": 1, "part": {"b": "3"}, "list": [{"name": "x"}, {"name": "y", "value": "1"}]}`:                                      false,
		`{"a": 1, "part": {"b": "2"}, "list": [{"name": "x"}, {"name": "y", "value": "2"}]}`:                                      false,
		`{"a": 1, "part": {"b": "2"}, "list": [{"name": "x"}], "c": [{"name": "y", "value": "1"}]}`:                               false,
		`{"a": 1, "b": {"gone": 1}, "part": {"b": "2"}, "list": [{"name": "x"}, {"name": "y", "value": "1"}]}`:                    false,
		`{"a": 1, "part": {"b": "2", "more": {"gone": 1}}, "list": [{"name": "x"}, {"name": "y", "value": "1"}]}`:                 false,
		`{"a": 1, "part": {"b": "2"}, "list": [{"name": "x"}, {"name": "y", "value": "1"}, {"name": "y", "value": "1"}]}`:         false,
	} {
		if got := text(raw); (got == first) != same {
			t.Errorf("%s: %s, and %s", raw, got, first)
		}
	}
	for _, raw := range []string{``, `{`, `{"a"}`, `{"list":[1`, `{"gone":[`} {
		if out, ok := cut.Append(nil, []byte(raw)); ok {
			t.Errorf("%q was read as %s", raw, out)
		}
	}
}

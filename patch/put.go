package patch

import "encoding/json"

// Put is the operation that gives a place of an object a value: parents that are missing, or null, come with it, and a
// value that stands there is replaced.
func Put(raw []byte, at Path, value json.RawMessage) Op {
	for i := 1; i < len(at); i++ {
		if held, ok := Lookup(raw, at[:i]); ok && string(held) != "null" {
			continue
		}
		for j := len(at) - 1; j >= i; j-- {
			value, _ = json.Marshal(map[string]json.RawMessage{at[j]: value})
		}
		at = at[:i]
		break
	}
	verb := Add
	if _, has := Lookup(raw, at); has {
		verb = Replace
	}
	return Op{Op: verb, Path: at.Pointer(), Value: value}
}

// Text is a text as JSON.
func Text(text string) json.RawMessage {
	raw, _ := json.Marshal(text)
	return raw
}

package scan

import (
	"bytes"
	"encoding/json"
)

// Quote writes a key as JSON; unlike json.Marshal it leaves <, > and & alone.
func Quote(name string) []byte {
	if Plain(name) {
		b := append(make([]byte, 0, len(name)+2), '"')
		return append(append(b, name...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(name); err != nil {
		return []byte(`""`) // a string cannot fail to encode
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Plain says whether a text stands in JSON as it is, however its writer escapes: printable ASCII without quotes, backslashes
// and what HTML gives a meaning.
func Plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

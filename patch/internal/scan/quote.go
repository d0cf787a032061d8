package scan

import (
	"bytes"
	"encoding/json"
)

// Quote writes a key as JSON; unlike json.Marshal it leaves <, > and & alone.
func Quote(name string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(name); err != nil {
		return []byte(`""`) // a string cannot fail to encode
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

package mask

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of what is decoded, in bytes: shorter values are no documents, and longer ones are hidden whole.
const (
	minEncoded = 16
	maxDecoded = 4 << 20
)

// decoded is the text that a value holds in base64, compressed or not, as annotations of Helm and its like do. What cannot
// be read within bounds is hidden by the caller: its text is then a stand-in that no mask leaves as it is.
func decoded(value string) (text string, ok bool) {
	value = strings.TrimSpace(value)
	if len(value) < minEncoded || strings.ContainsAny(value, " {}[]:\"'") {
		return "", false
	}
	var raw []byte
	for _, encoding := range [...]*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		var err error
		if raw, err = encoding.DecodeString(value); err == nil {
			break
		}
		raw = nil
	}
	if raw == nil {
		return "", false
	}
	if bytes.HasPrefix(raw, []byte("\x1f\x8b\x08")) {
		in, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return "", false
		}
		if raw, err = io.ReadAll(io.LimitReader(in, maxDecoded+1)); err != nil || len(raw) > maxDecoded {
			return unreadable, true
		}
	}
	return string(raw), utf8.Valid(raw)
}

// unreadable stands for what cannot be decoded within bounds.
const unreadable = "password=cannot-be-read"

// decodes says that a text is encoded and holds a secret, or that it cannot be read within bounds.
func (m masker) decodes(value string) bool {
	text, encoded := decoded(value)
	if !encoded {
		return false
	}
	inner := masker{nested: m.nested + 1}
	return inner.nested > maxNested || inner.value("", text) != text
}

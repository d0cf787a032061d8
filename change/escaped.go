package change

import (
	"bytes"
	"fmt"
	"unicode"
)

// escaped is a text of JSON in which runes that could turn a terminal's direction, hide or do anything to it stand as escapes: it
// says the same, and can be read where it is printed. YAML, as which a patch is read too, has no such escape for a rune of more than
// 16 bits.
func escaped(text []byte) []byte {
	unsafe := func(r rune) bool { return r >= 0x7f && r <= 0xffff && !unicode.IsPrint(r) }
	if bytes.IndexFunc(text, unsafe) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		if unsafe(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

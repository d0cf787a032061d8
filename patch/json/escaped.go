package json

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Hidden says that a rune does not show: it controls a terminal, turns its direction, or takes no place or that of a blank.
func Hidden(r rune) bool {
	return r >= 0x7f && (!unicode.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// MaxYAML is the last rune that stands as an escape where a text is also read as YAML, which takes no pair of surrogates.
const MaxYAML = 0xffff

// Escaped is a text of JSON in which hidden runes up to the last stand as escapes: it says the same, and can be read where it is
// printed.
func Escaped(text []byte, last rune) []byte {
	unsafe := func(r rune) bool { return r <= last && Hidden(r) }
	if bytes.IndexFunc(text, unsafe) < 0 {
		return text
	}
	var b bytes.Buffer
	for rest := text; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch high, low := utf16.EncodeRune(r); {
		case r == utf8.RuneError && n == 1 || !unsafe(r):
			b.Write(rest[:n])
		case r > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		rest = rest[n:]
	}
	return b.Bytes()
}

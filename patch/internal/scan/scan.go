// Package scan reads JSON as the bytes that stand there: where a value begins and ends, without decoding it. It trusts its
// input to be JSON in UTF-8; text that is not is never read out of bounds.
package scan

import (
	"bytes"
	"encoding/json"
)

// Span is a byte range of a document; a negative start means that nothing is there.
type Span struct{ Start, End int }

// Absent is the span of what is not there.
func Absent() Span { return Span{-1, -1} }

// SkipSpace returns the offset of the first character at or after i that is no space.
func SkipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t') {
		i++
	}
	return i
}

// SpaceBefore returns the space that ends at i.
func SpaceBefore(doc []byte, i int) []byte {
	from := i
	for from > 0 && (doc[from-1] == ' ' || doc[from-1] == '\n' || doc[from-1] == '\r' || doc[from-1] == '\t') {
		from--
	}
	return doc[from:i:i]
}

// SkipString returns the offset behind the string whose opening quote is at i, or -1.
func SkipString(raw []byte, i int) int {
	for from := i + 1; from < len(raw); {
		n := bytes.IndexByte(raw[from:], '"')
		if n < 0 {
			return -1
		}
		quote := from + n
		back := quote
		for back > i+1 && raw[back-1] == '\\' {
			back--
		}
		if (quote-back)%2 == 0 {
			return quote + 1
		}
		from = quote + 1
	}
	return -1
}

// SkipValue returns the offset behind the value at i, or -1. It trusts the document to be JSON: brackets are
// counted, not matched, and a literal is whatever stands before the next delimiter.
func SkipValue(raw []byte, i int) int {
	if i >= len(raw) {
		return -1
	}
	switch raw[i] {
	case '"':
		return SkipString(raw, i)
	case '{', '[':
		return SkipNested(raw, i+1)
	}
	start := i
	for i < len(raw) {
		switch raw[i] {
		case ',', '}', ']', ':', ' ', '\n', '\r', '\t', '"', '{', '[':
			if i == start {
				return -1
			}
			return i
		}
		i++
	}
	return i
}

// SkipNested returns the offset behind the bracket that closes the container in which i lies, or -1.
func SkipNested(raw []byte, i int) int {
	for depth := 1; i < len(raw); {
		switch raw[i] {
		case '"':
			if i = SkipString(raw, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// Cursor walks the members of an object or the elements of a list.
type Cursor struct {
	raw    []byte
	at     int  // where the next child, or the closing bracket, is looked for
	Object bool // members have keys
	Key    Span // of the current member, quotes included
	Val    Span // of the current child; its end is set by Leave
	first  bool
	End    int // behind the closing bracket once Next returned false; -1 if the text is not JSON
}

// Open starts a walk at the bracket at i; ok is false if no container begins there.
func Open(raw []byte, i int) (c Cursor, ok bool) {
	if i >= len(raw) || raw[i] != '{' && raw[i] != '[' {
		return Cursor{}, false
	}
	return Cursor{raw: raw, at: i + 1, Object: raw[i] == '{', first: true, End: -1}, true
}

// Next moves to the start of the next child's value. Leave must be called before the following Next.
func (c *Cursor) Next() bool {
	raw, i := c.raw, SkipSpace(c.raw, c.at)
	if i >= len(raw) {
		return false
	}
	if raw[i] == '}' || raw[i] == ']' {
		c.End = i + 1
		return false
	}
	if !c.first {
		if raw[i] != ',' {
			return false
		}
		i = SkipSpace(raw, i+1)
	}
	c.first = false
	if c.Object {
		if i >= len(raw) || raw[i] != '"' {
			return false
		}
		end := SkipString(raw, i)
		if end < 0 {
			return false
		}
		c.Key = Span{i, end}
		if i = SkipSpace(raw, end); i >= len(raw) || raw[i] != ':' {
			return false
		}
		i = SkipSpace(raw, i+1)
	}
	c.Val.Start = i
	return i < len(raw)
}

// Leave tells the cursor where the current value ends; false ends the walk of a malformed document.
func (c *Cursor) Leave(end int) bool {
	c.Val.End, c.at = end, end
	return end >= 0
}

// Child is where the current member or element begins: its key, or its value in a list.
func (c *Cursor) Child() int {
	if c.Object {
		return c.Key.Start
	}
	return c.Val.Start
}

// KeyIs compares a quoted key with a name. Escapes are undone only where one can make the difference.
func KeyIs(quoted []byte, name string) bool {
	body := quoted[1 : len(quoted)-1]
	if len(body) == len(name) {
		return string(body) == name && bytes.IndexByte(body, '\\') < 0
	}
	if len(body) < len(name) || bytes.IndexByte(body, '\\') < 0 {
		return false
	}
	var plain string
	return json.Unmarshal(quoted, &plain) == nil && plain == name
}

// ListIndex reads a list index as RFC 6901 writes it: digits without leading zeros.
func ListIndex(segment string) (int, bool) {
	if segment == "" || len(segment) > 9 || segment[0] == '0' && len(segment) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(segment) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

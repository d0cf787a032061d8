package patch

import (
	"bytes"
	"encoding/json"
)

// span is a byte range of a document; a negative start means that nothing is there.
type span struct{ start, end int }

// absent is the span of what is not there.
func absent() span { return span{-1, -1} }

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the offset behind the string whose opening quote is at i, or -1.
func skipString(raw []byte, i int) int {
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

// skipValue returns the offset behind the value at i, or -1. It trusts the document to be JSON: brackets are
// counted, not matched, and a literal is whatever stands before the next delimiter.
func skipValue(raw []byte, i int) int {
	if i >= len(raw) {
		return -1
	}
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
		return skipNested(raw, i+1)
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

// skipNested returns the offset behind the bracket that closes the container in which i lies, or -1.
func skipNested(raw []byte, i int) int {
	for depth := 1; i < len(raw); {
		switch raw[i] {
		case '"':
			if i = skipString(raw, i); i < 0 {
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

// cursor walks the members of an object or the elements of a list.
type cursor struct {
	raw    []byte
	at     int  // where the next child, or the closing bracket, is looked for
	object bool // members have keys
	key    span // of the current member, quotes included
	val    span // of the current child; its end is set by leave
	first  bool
	end    int // behind the closing bracket once next returned false; -1 if the text is not JSON
}

// open starts a walk at the bracket at i; ok is false if no container begins there.
func open(raw []byte, i int) (c cursor, ok bool) {
	if i >= len(raw) || raw[i] != '{' && raw[i] != '[' {
		return cursor{}, false
	}
	return cursor{raw: raw, at: i + 1, object: raw[i] == '{', first: true, end: -1}, true
}

// next moves to the start of the next child's value. leave must be called before the following next.
func (c *cursor) next() bool {
	raw, i := c.raw, skipSpace(c.raw, c.at)
	if i >= len(raw) {
		return false
	}
	if raw[i] == '}' || raw[i] == ']' {
		c.end = i + 1
		return false
	}
	if !c.first {
		if raw[i] != ',' {
			return false
		}
		i = skipSpace(raw, i+1)
	}
	c.first = false
	if c.object {
		if i >= len(raw) || raw[i] != '"' {
			return false
		}
		end := skipString(raw, i)
		if end < 0 {
			return false
		}
		c.key = span{i, end}
		if i = skipSpace(raw, end); i >= len(raw) || raw[i] != ':' {
			return false
		}
		i = skipSpace(raw, i+1)
	}
	c.val.start = i
	return i < len(raw)
}

// leave tells the cursor where the current value ends; false ends the walk of a malformed document.
func (c *cursor) leave(end int) bool {
	c.val.end, c.at = end, end
	return end >= 0
}

// child is where the current member or element begins: its key, or its value in a list.
func (c *cursor) child() int {
	if c.object {
		return c.key.start
	}
	return c.val.start
}

// keyIs compares a quoted key with a name. Escapes are undone only where one can make the difference.
func keyIs(quoted []byte, name string) bool {
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

// listIndex reads a list index as RFC 6901 writes it: digits without leading zeros.
func listIndex(segment string) (int, bool) {
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

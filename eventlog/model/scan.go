package model

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks over the JSON of one event. It checks what it steps on; what it skips it only measures, so that nesting costs
// no memory, and what Spark writes in its usual order is compared once.
type scanner struct {
	b   []byte
	i   int
	bad bool
	// missed says that what jump looked for is not in the rest of the line.
	missed bool
	// passed counts members that came where they were expected.
	passed int
	// field is the first that has a number that no run has, and value that number; "" where none has.
	field string
	value int64
}

// What member returns where it is no position of the table.
const (
	other = -1 // a member that the table lacks
	done  = -2 // the end of the object, or of what can be read
)

// member steps to the value of the next member of an object, and says which of the table it is. next is where the table is
// looked at first.
func (s *scanner) member(t table, next *int) int {
	if s.bad {
		return done
	}
	b, i := s.b, s.i
	if i < len(b) && b[i] == ',' {
		i++
	}
	if n := *next; n < len(t) {
		if end := i + len(t[n].text); end <= len(b) && string(b[i:end]) == t[n].text {
			s.i, *next = end, n+1
			s.passed++
			return n
		}
	}
	s.i = i
	return s.unusual(t, next)
}

// unusual is member of one that does not come where it is expected.
func (s *scanner) unusual(t table, next *int) int {
	key, more := s.key()
	if !more {
		return done
	}
	for i := range t { // from where it was last, around
		at := *next + i
		if at >= len(t) {
			at -= len(t)
		}
		if t[at].name == string(key) {
			*next = at + 1
			return at
		}
	}
	return other
}

// key steps over the next key of an object and its colon. There is none at the end of the object.
func (s *scanner) key() (key []byte, more bool) {
	switch c := s.peek(); {
	case c == ',':
		s.i++
	case c == '}':
		s.i++
		return nil, false
	}
	if s.peek() != '"' {
		s.bad = true
		return nil, false
	}
	key = s.text()
	if s.peek() != ':' {
		s.bad = true
		return nil, false
	}
	s.i++
	return key, !s.bad
}

// peek is the next byte that is no blank; 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		if c := s.b[s.i]; c > ' ' {
			return c
		}
		s.i++
	}
	return 0
}

// enter steps into an object or array. It skips another value, and says so.
func (s *scanner) enter(open byte) bool {
	if s.peek() == open {
		s.i++
		return true
	}
	s.skip()
	return false
}

// element says whether an array has another value.
func (s *scanner) element() bool {
	switch c := s.peek(); {
	case s.bad:
		return false
	case c == ',':
		s.i++
	case c == ']':
		s.i++
		return false
	}
	if s.peek() == 0 {
		s.bad = true
	}
	return !s.bad
}

// number reads a whole number; what is none counts as 0. A fraction is cut. What is too large, infinite or NaN is the largest, which no bound
// allows.
func (s *scanner) number() int64 {
	if b := s.b; s.i+1 < len(b) { // most are one digit
		if d := b[s.i] - '0'; d <= 9 && (b[s.i+1] == ',' || b[s.i+1] == '}') {
			s.i++
			return int64(d)
		}
	}
	c := s.peek()
	negative := c == '-'
	if negative {
		s.i++
	}
	begin := s.i
	n, i := digits(s.b, begin)
	for ; i < len(s.b) && s.b[i]-'0' <= 9; i++ { // more than any that Spark writes
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + int64(s.b[i]-'0')
	}
	if s.i = i; i == begin {
		if c := s.peek(); c == 'N' || c == 'I' { // NaN, Infinity
			n = math.MaxInt64
		}
		s.skip()
	} else if s.i < len(s.b) {
		switch s.b[s.i] {
		case '.', 'e', 'E':
			s.skipWord()
			if bytes.ContainsAny(s.b[i:s.i], "eE") {
				x, err := strconv.ParseFloat(string(s.b[begin:s.i]), 64)
				if n = math.MaxInt64; err == nil && x < 1<<62 {
					n = int64(x)
				}
			}
		}
	}
	if negative {
		return -n
	}
	return n
}

// truth reads a boolean.
func (s *scanner) truth() bool {
	is := s.peek() == 't'
	s.skip()
	return is
}

// text reads a string; without escapes it is a part of the line. Another value is skipped, and is none.
func (s *scanner) text() []byte { return plain(s.raw()) }

// raw is text as it is written.
func (s *scanner) raw() []byte {
	if s.peek() != '"' {
		s.skip()
		return nil
	}
	begin := s.i + 1
	s.skipText()
	if s.bad {
		return nil
	}
	return s.b[begin : s.i-1]
}

// plain is a text without the escapes with which it is written.
func plain(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return unescape(nil, raw)
}

// maxText bounds what is unescaped of a string: plans and stack traces are longer, and no more of them is shown.
const maxText = 64 << 10

func unescape(to, raw []byte) []byte {
	if len(raw) > maxText {
		raw = raw[:maxText]
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			to = append(to, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'n':
			to = append(to, '\n')
		case 't':
			to = append(to, '\t')
		case 'r', 'b', 'f':
			to = append(to, ' ')
		case 'u':
			r, n := escaped(raw[i+1:])
			i += n
			if utf16.IsSurrogate(r) && i+2 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
				low, n := escaped(raw[i+3:])
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r, i = pair, i+2+n
				}
			}
			to = utf8.AppendRune(to, r)
		default:
			to = append(to, c)
		}
	}
	return to
}

// escaped reads the four digits of an escaped character, and says how many were there.
func escaped(b []byte) (r rune, n int) {
	for n < 4 && n < len(b) {
		c := b[n] | 0x20
		switch {
		case b[n] >= '0' && b[n] <= '9':
			r = r<<4 | rune(b[n]-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		default:
			return utf8.RuneError, n
		}
		n++
	}
	return r, n
}

// skip steps over a value.
func (s *scanner) skip() {
	switch s.peek() {
	case 0, ',', ':', '}', ']':
		s.bad = true
	case '"':
		s.skipText()
	case '{', '[':
		s.skipNested()
	default:
		s.skipWord()
	}
}

func (s *scanner) skipWord() {
	b, i := s.b, s.i
	for i < len(b) && !endsWord[b[i]] {
		i++
	}
	s.i = i
}

var endsWord = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true}

// skipText steps over a string: to the first quote that an even number of backslashes precedes.
func (s *scanner) skipText() {
	for i := s.i + 1; ; {
		n := bytes.IndexByte(s.b[i:], '"')
		if n < 0 {
			s.i, s.bad = len(s.b), true
			return
		}
		i += n
		k := i - 1
		for s.b[k] == '\\' {
			k--
		}
		i++
		if (i-k)%2 == 0 {
			s.i = i
			return
		}
	}
}

func (s *scanner) skipNested() {
	for depth := 0; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '"':
			s.skipText()
			if s.bad {
				return
			}
			s.i--
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.i++
				return
			}
		}
	}
	s.bad = true
}

// jump steps over an array to where what follows it stands. In JSON a quote within a string is escaped, so that what begins a
// key can be looked for without a look at what stands before. Where it is not found, the array is
// skipped, and none is looked for again: a line of many such arrays would be searched as often. It is skipped too where fewer
// members of its object than some came in Spark's order: then something else may stand behind it.
func (s *scanner) jump(after []byte, some int) {
	if s.peek() == '[' && !s.missed && s.passed >= some {
		if n := bytes.Index(s.b[s.i:], after); n >= 0 {
			s.i += n + 1
			return
		}
		s.missed = true
	}
	s.skip()
}

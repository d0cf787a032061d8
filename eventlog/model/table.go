package model

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// table is the members of an object that are read, in the order in which Spark writes them.
type table []member

type member struct {
	text string // the key as it is written: "Stage ID":
	// words are the text by eight bytes, and last its last eight.
	words []uint64
	last  uint64
	name  string
	slot  int   // of its number; negative: it has none
	in    table // the members of an object
	list  bool  // its value is an array
	look  bool  // whoever reads the object looks at it
	// zeros is this member and those behind it, run in all, where each is nothing but zeros; "" is not compared.
	zeros string
	run   int
}

// names is a table of members that a caller looks at by their position.
func names(all ...string) table {
	t := make(table, len(all))
	for i, name := range all {
		t[i] = number(name, -1)
	}
	return t
}

// number is a member whose number goes into a slot.
func number(name string, slot int) member {
	m := member{text: `"` + name + `":`, name: name, slot: slot}
	for i := 0; i+8 < len(m.text); i += 8 {
		m.words = append(m.words, binary.LittleEndian.Uint64([]byte(m.text[i:i+8])))
	}
	if i := len(m.text) - 8; i >= 0 {
		m.last = binary.LittleEndian.Uint64([]byte(m.text[i:]))
	}
	return m
}

// object is a member that is an object with numbers.
func object(name string, in ...member) member {
	m := number(name, -1)
	m.in = in
	return m
}

// list is a member whose value is an array.
func list(name string) member {
	m := number(name, -1)
	m.list = true
	return m
}

// passes has inOrder step over members, and leave all others of the table to whoever reads the object.
func (t table) passes(all ...string) table {
	for i := range t {
		t[i].look = !slices.Contains(all, t[i].name)
	}
	return t
}

// zeros has the table compare a member and those behind it, n in all, with zeros at once: most tasks neither spill nor write, and
// processes are seldom sampled.
func (t table) zeros(from string, n int) table {
	for i := range t {
		if t[i].name == from {
			t[i].zeros, t[i].run = t[i:i+n].zero(), n
		}
	}
	return t
}

// zero is the members of a table as Spark writes them where there is nothing to say.
func (t table) zero() string {
	text := ""
	for i, m := range t {
		if i > 0 {
			text += ","
		}
		switch text += m.text; {
		case m.in != nil:
			text += "{" + m.in.zero() + "}"
		case m.list:
			text += "[]"
		default:
			text += "0"
		}
	}
	return text
}

// numbers adds the numbers of an object to their slots.
func (s *scanner) numbers(t table, into []int64) {
	if !s.enter('{') {
		return
	}
	for next := 0; ; {
		next = s.inOrder(t, next, into)
		if s.i < len(s.b) && s.b[s.i] == '}' && !s.bad {
			s.i++
			return
		}
		at := s.member(t, &next)
		switch {
		case at == done:
			return
		case at == other:
			s.skip()
		case t[at].in != nil:
			s.numbers(t[at].in, into)
		case t[at].slot < 0:
			s.skip()
		default:
			into[t[at].slot] = plus(into[t[at].slot], s.number())
		}
	}
}

const (
	maxDigits = 18 // of a number that needs no look at its size
	maxAbsent = 4  // members in a row that a version of Spark does not write
)

// inOrder adds the numbers of members that come as Spark writes them: in the order of the table, without blanks, whole and not
// negative. It stops in front of the first that does not, and says where in the table the rest is looked for. Most of the time of a
// log goes here, so that it calls nothing for a number.
func (s *scanner) inOrder(t table, next int, into []int64) int {
	b, key := s.b, s.i
	if key < len(b) && b[key] == ',' {
		key++
	}
members:
	for at := next; at < len(t) && at < next+maxAbsent; at++ {
		m := &t[at]
		if m.look {
			break
		}
		if m.run > 0 {
			if i := key + len(m.zeros); i < len(b) && string(b[key:i]) == m.zeros && (b[i] == ',' || b[i] == '}') {
				next = at + m.run
				at = next - 1
				if key = i + 1; b[i] == '}' {
					key = i
					break
				}
				continue
			}
		}
		size := len(m.text)
		i := key + size
		if i+8 > len(b) {
			break
		}
		here := b[key : i+8]
		for n, word := range m.words {
			if at := 8 * n; at+8 > len(here) || binary.LittleEndian.Uint64(here[at:at+8]) != word {
				continue members
			}
		}
		if size < 8 || binary.LittleEndian.Uint64(here[size-8:size]) != m.last {
			continue
		}
		x := binary.LittleEndian.Uint64(here[size:size+8]) ^ '0'*ones // a digit's byte is its value now
		odd := (x + (0x80-10)*ones | x) & (0x80 * ones)               // the high bit of the first byte that is none, and of some behind it
		var n int64
		switch k := bits.TrailingZeros64(odd) &^ 7; { // the bits of the digits
		case k == 8: // most are one digit
			n = int64(x & 0xff)
			i++
		case k == 0:
			s.i = i
			if i = s.over(m, into); i < 0 {
				s.i = key
				return next
			}
		case k < 64:
			x <<= (64 - k) & 63                    // they are the last of eight, behind zeros
			x = (x*10 + x>>8) & 0x00ff00ff00ff00ff // two by two
			x = (x*100 + x>>16) & 0x0000ffff0000ffff
			n = int64((x*10000 + x>>32) & 0xffffffff)
			i += k / 8
		default:
			n, i = digits(b, i)
		}
		if i >= len(b) || b[i] != ',' && b[i] != '}' {
			if s.i = key; m.in != nil { // its numbers are added
				s.i, next = i, at+1
			}
			return next
		}
		if m.slot >= 0 {
			into[m.slot] = plus(into[m.slot], n)
		}
		next = at + 1
		if key = i + 1; b[i] == '}' {
			key = i
			break
		}
	}
	s.i = key
	return next
}

const ones = 0x0101010101010101

// over steps over a value that is no number, and says where it ends; -1 is of one that someone has to look at.
func (s *scanner) over(m *member, into []int64) int {
	switch c := s.b[s.i]; {
	case m.slot >= 0:
		return -1
	case m.in != nil:
		if c == '{' {
			s.numbers(m.in, into)
			return s.i
		}
		return -1
	case c == '"':
		n := bytes.IndexByte(s.b[s.i+1:], '"')
		if n < 0 || n > 0 && s.b[s.i+n] == '\\' {
			return -1
		}
		return s.i + n + 2
	case bytes.HasPrefix(s.b[s.i:], truths[0]):
		return s.i + len(truths[0])
	case bytes.HasPrefix(s.b[s.i:], truths[1]):
		return s.i + len(truths[1])
	}
	return -1
}

var truths = [2][]byte{[]byte("false"), []byte("true")}

// digits reads the digits at a position, at most maxDigits, and says where they end.
func digits(b []byte, i int) (n int64, end int) {
	for last := min(i+maxDigits, len(b)); i < last && b[i]-'0' <= 9; i++ {
		n = n*10 + int64(b[i]-'0')
	}
	return n, i
}

// each gives the members of an object, by their position in the table. What is given steps over the value.
func (s *scanner) each(t table, value func(k int)) {
	if !s.enter('{') {
		return
	}
	for next := 0; ; {
		k := s.member(t, &next)
		if k == done {
			return
		}
		value(k)
	}
}

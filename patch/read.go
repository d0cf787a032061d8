package patch

import "github.com/kubectl-spark/kubectl-spark/patch/internal/scan"

// Bounds are those within which a text is plain.
type Bounds struct {
	Depth    int    // of lists and objects in each other, less than that
	Objects  int    // in all
	Elements int    // of one list or object
	Text     int    // bytes of one string, its first quote included
	Values   int    // that are indexed
	Closed   string // key of members that are checked, and whose inside is not indexed
}

// Read reads a text anew, checks each byte of it, and says whether it is plain: JSON as RFC 8259 has it, but for bytes in strings that
// are no UTF-8, within the bounds, without escapes in the keys that are indexed. objects is how many it holds. Of a text that is not
// plain nothing else is known: it may be JSON, and the index finds nothing in it. The text must not be changed after.
func (x *Index) Read(raw []byte, within *Bounds) (objects int, plain bool) {
	r := reader{raw: raw, nodes: append(x.nodes[:0], node{start: int32(scan.SkipSpace(raw, 0))}), Bounds: within}
	end := r.value(int(r.nodes[0].start), 0, true)
	if end >= 0 && scan.SkipSpace(raw, end) < len(raw) {
		end = -1
	}
	r.nodes[0].end, r.nodes[0].next = int32(end), int32(len(r.nodes))
	*x = Index{raw: raw, nodes: r.nodes, end: end}
	return r.objects, end >= 0
}

// reader reads a text once. Its methods are given where something begins, and return where it ends, or -1.
type reader struct {
	*Bounds
	raw     []byte
	nodes   []node
	objects int
}

// value reads a value, that of the last node where the index is open to what is in it.
func (r *reader) value(i, depth int, open bool) int {
	if i >= len(r.raw) {
		return -1
	}
	switch r.raw[i] {
	case '{':
		return r.object(i, depth+1, open)
	case '[':
		return r.list(i, depth+1, open)
	case '"':
		end, odd := r.text(i)
		if open {
			r.nodes[len(r.nodes)-1].odd = odd
		}
		return end
	case 't':
		return r.word(i, "true")
	case 'f':
		return r.word(i, "false")
	case 'n':
		return r.word(i, "null")
	}
	return r.number(i)
}

func (r *reader) object(i, depth int, open bool) int {
	if r.objects++; r.objects > r.Objects || depth >= r.Depth {
		return -1
	}
	i = scan.SkipSpace(r.raw, i+1)
	if i < len(r.raw) && r.raw[i] == '}' {
		return i + 1
	}
	for range r.Elements {
		if i >= len(r.raw) || r.raw[i] != '"' {
			return -1
		}
		end, odd := r.text(i)
		if end < 0 || odd && open {
			return -1
		}
		at, key := len(r.nodes), node{key: int32(i), keyEnd: int32(end)}
		if i = scan.SkipSpace(r.raw, end); i >= len(r.raw) || r.raw[i] != ':' {
			return -1
		}
		i = scan.SkipSpace(r.raw, i+1)
		if open {
			key.start, key.closed = int32(i), string(r.raw[key.key+1:key.keyEnd-1]) == r.Closed
			r.nodes = append(r.nodes, key)
		}
		if i = r.child(i, at, depth, open && !key.closed); i < 0 {
			return -1
		}
		switch r.raw[i] {
		case ',':
			i = scan.SkipSpace(r.raw, i+1)
		case '}':
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

func (r *reader) list(i, depth int, open bool) int {
	if depth >= r.Depth {
		return -1
	}
	i = scan.SkipSpace(r.raw, i+1)
	if i < len(r.raw) && r.raw[i] == ']' {
		return i + 1
	}
	for range r.Elements {
		at := len(r.nodes)
		if open {
			r.nodes = append(r.nodes, node{start: int32(i)})
		}
		if i = r.child(i, at, depth, open); i < 0 {
			return -1
		}
		switch r.raw[i] {
		case ',':
			i = scan.SkipSpace(r.raw, i+1)
		case ']':
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

// child reads a member's value or an element, that of the node at, if it has one, and goes on to what follows.
func (r *reader) child(i, at, depth int, open bool) int {
	if len(r.nodes) > r.Values {
		return -1
	}
	if i = r.value(i, depth, open); i < 0 {
		return -1
	}
	if at < len(r.nodes) {
		n := &r.nodes[at]
		n.end, n.next = int32(i), int32(len(r.nodes))
	}
	if i = scan.SkipSpace(r.raw, i); i >= len(r.raw) {
		return -1
	}
	return i
}

// text reads a string. odd says that it holds more than ASCII without escapes.
func (r *reader) text(i int) (end int, odd bool) {
	raw := r.raw
	for j := i + 1; j < len(raw); j++ {
		c := raw[j]
		if c > '\\' && c <= '~' { // most are small letters
			continue
		}
		switch {
		case c == '"':
			if j-i > r.Text {
				return -1, odd
			}
			return j + 1, odd
		case c == '\\':
			n := escape(raw[j+1:])
			if n == 0 {
				return -1, odd
			}
			j, odd = j+n, true
		case c < ' ':
			return -1, odd
		case c > '~':
			odd = true
		}
	}
	return -1, odd
}

// escape is how many bytes behind a backslash belong to it; 0: it is none of JSON's.
func escape(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		for n := 1; n < 5; n++ {
			if n == len(rest) || !hex(rest[n]) {
				return 0
			}
		}
		return 5
	}
	return 0
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (r *reader) word(i int, word string) int {
	if end := i + len(word); end <= len(r.raw) && string(r.raw[i:end]) == word {
		return end
	}
	return -1
}

// number reads a number as JSON has it.
func (r *reader) number(i int) int {
	if r.raw[i] == '-' {
		i++
	}
	whole := i
	if i = r.digits(i); i < 0 || r.raw[whole] == '0' && i > whole+1 {
		return -1
	}
	if i < len(r.raw) && r.raw[i] == '.' {
		if i = r.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(r.raw) && r.raw[i]|0x20 == 'e' {
		if i++; i < len(r.raw) && (r.raw[i] == '+' || r.raw[i] == '-') {
			i++
		}
		return r.digits(i)
	}
	return i
}

// digits reads one digit or more.
func (r *reader) digits(i int) int {
	from := i
	for i < len(r.raw) && r.raw[i] >= '0' && r.raw[i] <= '9' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

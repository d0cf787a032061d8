package patch

import "github.com/kubectl-spark/kubectl-spark/patch/internal/scan"

// Index finds places in a JSON text that was read once, where Lookup reads up to the place each time.
type Index struct {
	raw   []byte
	nodes []node // in the order in which they stand
	root  int
	end   int // behind the value at the root; -1: not JSON
}

// node is a value. Its children follow it, up to the node at next, unless it is closed: then they are not in the index.
type node struct {
	key, keyEnd, start, end, next int32
	closed                        bool
	odd                           bool // a text that holds more than ASCII without escapes
}

// indexed is how deep the index goes: to the elements of a list of a container, as spec.containers[0].env[7].
const indexed = 5

// NewIndex reads the text, which must not be changed after.
func NewIndex(raw []byte) *Index {
	x := &Index{raw: raw, nodes: make([]node, 0, 16+len(raw)/48)}
	start := scan.SkipSpace(raw, 0)
	x.nodes = append(x.nodes, node{start: int32(start)})
	x.end = x.read(start, 0)
	x.nodes[0].end, x.nodes[0].next = int32(x.end), int32(len(x.nodes))
	return x
}

// read adds the children of the value at i and returns where it ends.
func (x *Index) read(i, depth int) (end int) {
	c, ok := scan.Open(x.raw, i)
	if !ok || depth == indexed {
		x.nodes[len(x.nodes)-1].closed = ok
		return scan.SkipValue(x.raw, i)
	}
	for c.Next() {
		at := len(x.nodes)
		x.nodes = append(x.nodes, node{key: int32(c.Key.Start), keyEnd: int32(c.Key.End), start: int32(c.Val.Start)})
		if !c.Leave(x.read(c.Val.Start, depth+1)) {
			return -1
		}
		x.nodes[at].end, x.nodes[at].next = int32(c.Val.End), int32(len(x.nodes))
	}
	return c.End
}

// Lookup is Lookup of the text.
func (x *Index) Lookup(p Path) (value []byte, ok bool) {
	at, rest, ok := x.find(p)
	if !ok {
		return nil, false
	}
	n := &x.nodes[at]
	value = x.raw[n.start:n.end:n.end]
	if len(rest) > 0 {
		return Lookup(value, rest)
	}
	return value, true
}

// Value is the value at the path; ok is false where there is none in the index.
func (x *Index) Value(p Path) (v Value, ok bool) {
	at, rest, ok := x.find(p)
	return Value{x, at}, ok && len(rest) == 0
}

// Len is Len of the text.
func (x *Index) Len(p Path) (n int, ok bool) {
	at, rest, ok := x.find(p)
	switch {
	case !ok || x.raw[x.nodes[at].start] != '[' && len(rest) == 0:
		return 0, false
	case x.nodes[at].closed:
		return Len(x.raw[x.nodes[at].start:x.nodes[at].end], rest)
	}
	return Value{x, at}.Len(), true
}

// find follows the path as far as the index goes.
func (x *Index) find(p Path) (at int, rest Path, ok bool) {
	if x.end < 0 {
		return 0, nil, false
	}
	at = x.root
	for i, segment := range p {
		if x.nodes[at].closed {
			return at, p[i:], true
		}
		if at = x.child(at, segment); at < 0 {
			return 0, nil, false
		}
	}
	return at, nil, true
}

// child is the node of a member or an element; -1 where there is none. Of a key that occurs twice the last one counts.
func (x *Index) child(of int, segment string) int {
	found, end := -1, int(x.nodes[of].next)
	if x.raw[x.nodes[of].start] == '[' {
		wanted, isIndex := scan.ListIndex(segment)
		for at := of + 1; isIndex && at < end; at = int(x.nodes[at].next) {
			if wanted == 0 {
				return at
			}
			wanted--
		}
		return -1
	}
	for at := of + 1; at < end; at = int(x.nodes[at].next) {
		if n := &x.nodes[at]; scan.KeyIs(x.raw[n.key:n.keyEnd], segment) {
			found = at
		}
	}
	return found
}

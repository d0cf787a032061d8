package patch

import "iter"

// Value is a value of an Index whose text is JSON.
type Value struct {
	of *Index
	at int
}

// Root is the value at the root.
func (x *Index) Root() Value { return Value{x, x.root} }

func (v Value) node() *node { return &v.of.nodes[v.at] }

// Index is an index of the value by itself, which shares what is known with that of the whole.
func (v Value) Index() *Index {
	return &Index{raw: v.of.raw, nodes: v.of.nodes, root: v.at, end: v.of.end}
}

// Kind is the first byte of the value: '{', '[', '"', 't', 'f' or 'n', else that of a number.
func (v Value) Kind() byte { return v.of.raw[v.node().start] }

// Raw is the value as it stands.
func (v Value) Raw() []byte {
	n := v.node()
	return v.of.raw[n.start:n.end:n.end]
}

// Span is where the value begins and ends in the text of the whole index.
func (v Value) Span() (start, end int) {
	n := v.node()
	return int(n.start), int(n.end)
}

// Key is the key of a member as it is written, without its quotes: as it is called, where the index was made by Read.
func (v Value) Key() []byte {
	start, end := v.KeySpan()
	return v.of.raw[start:end]
}

// KeySpan is where the key stands in the text of the whole index.
func (v Value) KeySpan() (start, end int) {
	n := v.node()
	return int(n.key) + 1, int(n.keyEnd) - 1
}

// Closed says that what is in the value is not in the index.
func (v Value) Closed() bool { return v.node().closed }

// Odd says of a text that Read has read that it holds more than ASCII without escapes. Any other is what stands between its quotes.
func (v Value) Odd() bool { return v.node().odd }

// Children gives the members or elements of a value that is not closed, in their order.
func (v Value) Children() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for at, end := v.at+1, int(v.node().next); at < end; at = int(v.of.nodes[at].next) {
			if !yield(Value{v.of, at}) {
				return
			}
		}
	}
}

// Len is how many there are of them.
func (v Value) Len() (n int) {
	for range v.Children() {
		n++
	}
	return n
}

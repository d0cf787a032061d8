package yaml

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// text is one document with its line starts, which are counted as the YAML parser counts them: besides the usual
// breaks, U+0085, U+2028 and U+2029 end a line.
type text struct {
	doc    []byte
	starts []int
}

func newText(doc []byte) *text {
	t := &text{doc: doc, starts: []int{0}}
	for i := 0; i < len(doc); {
		n := breakAt(doc, i)
		if n > 0 {
			t.starts = append(t.starts, i+n)
		}
		i += max(n, 1)
	}
	return t
}

// breakAt returns the length of the line break at i, 0 if there is none.
func breakAt(doc []byte, i int) int {
	switch {
	case doc[i] == '\r' && i+1 < len(doc) && doc[i+1] == '\n':
		return 2
	case doc[i] == '\n' || doc[i] == '\r':
		return 1
	case doc[i] == 0xc2 && i+1 < len(doc) && doc[i+1] == 0x85:
		return 2
	case doc[i] == 0xe2 && i+2 < len(doc) && doc[i+1] == 0x80 && (doc[i+2] == 0xa8 || doc[i+2] == 0xa9):
		return 3
	}
	return 0
}

// at returns the offset of a node. Columns count characters, not bytes.
func (t *text) at(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(t.starts) || n.Column < 1 {
		return 0, fmt.Errorf("line %d: a place outside of the document", n.Line)
	}
	i := t.starts[n.Line-1]
	for c := 1; c < n.Column; c++ {
		if i >= len(t.doc) {
			return 0, fmt.Errorf("line %d: a place behind the end of the line", n.Line)
		}
		_, size := utf8.DecodeRune(t.doc[i:])
		i += size
	}
	return i, nil
}

// line returns the index into starts of the line that holds offset i.
func (t *text) line(i int) int {
	n, found := slices.BinarySearch(t.starts, i)
	if found {
		return n
	}
	return n - 1
}

func (t *text) lineStart(i int) int { return t.starts[t.line(i)] }

// lineNext returns where the line after that of i starts; at the last line, the end of the document.
func (t *text) lineNext(i int) int {
	if n := t.line(i) + 1; n < len(t.starts) {
		return t.starts[n]
	}
	return len(t.doc)
}

// lineEnd returns the offset of the break that ends the line of i.
func (t *text) lineEnd(i int) int {
	end := t.lineNext(i)
	return end - t.breakBefore(end, t.lineStart(i))
}

// breakBefore returns the length of the line break that ends at i, looking no further back than from.
func (t *text) breakBefore(i, from int) int {
	for n := min(3, i-from); n > 0; n-- {
		if breakAt(t.doc, i-n) == n {
			return n
		}
	}
	return 0
}

// newline is the line break to write near offset i: that of its line, else the document's first, else "\n".
func (t *text) newline(i int) string {
	for _, n := range []int{t.line(i), 0} {
		if n+1 < len(t.starts) {
			end := t.starts[n+1]
			return string(t.doc[end-t.breakBefore(end, t.starts[n]) : end])
		}
	}
	return "\n"
}

// column counts the characters between the start of the line and i.
func (t *text) column(i int) int { return utf8.RuneCount(t.doc[t.lineStart(i):i]) }

// alone tells whether nothing but spaces stands before i on its line.
func (t *text) alone(i int) bool {
	return len(bytes.Trim(t.doc[t.lineStart(i):i], " ")) == 0
}

// blanks returns the offset of the first character at or after i that is neither space nor tab.
func (t *text) blanks(i int) int {
	for i < len(t.doc) && (t.doc[i] == ' ' || t.doc[i] == '\t') {
		i++
	}
	return i
}

// closed tells whether only space or a comment follows i on its line.
func (t *text) closed(i int) bool {
	j := t.blanks(i)
	return j >= t.lineEnd(i) || t.doc[j] == '#' && j > i
}

package yaml

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// The parser tells where a node starts but not where it ends; this file finds the ends in the text.

func isFlow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

func isBlockCollection(n *yaml.Node) bool {
	return (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && !isFlow(n)
}

// isEmpty tells whether a value is written with no character at all.
func isEmpty(n *yaml.Node) bool {
	const styled = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&(styled|yaml.TaggedStyle) == 0 && n.Anchor == ""
}

func lost(n *yaml.Node) error {
	return fmt.Errorf("line %d: refused: cannot tell where the value ends; write it in a simpler form", n.Line)
}

// end returns the offset behind a node's last character, comments and the final line break excluded. outer is
// the indentation of the block collection around it (-1: none), on which the extent of a block scalar depends.
func (t *text) end(n *yaml.Node, outer int) (int, error) {
	i, err := t.at(n)
	if err != nil {
		return 0, err
	}
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return t.endScalar(n, i, outer)
	}
	if !isFlow(n) {
		if len(n.Content) == 0 {
			return 0, lost(n)
		}
		return t.endChild(n, len(n.Content)-1, t.indentOf(n))
	}
	i = t.properties(i)
	if i >= len(t.doc) || t.doc[i] != '{' && t.doc[i] != '[' {
		return t.endChild(n, len(n.Content)-1, outer) // a pair without braces in a list: [a: b]
	}
	i++
	if len(n.Content) > 0 {
		if i, err = t.endChild(n, len(n.Content)-1, outer); err != nil {
			return 0, err
		}
	}
	for i = t.padding(i); i < len(t.doc) && t.doc[i] == ','; {
		i = t.padding(i + 1)
	}
	if i >= len(t.doc) || t.doc[i] != '}' && t.doc[i] != ']' {
		return 0, lost(n)
	}
	return i + 1, nil
}

// indentOf returns the column, from 0, of a block collection's keys or dashes.
func (t *text) indentOf(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode {
		return n.Content[0].Column - 1
	}
	return n.Column - 1
}

// endChild returns the end of the child whose value is n.Content[i].
func (t *text) endChild(n *yaml.Node, i, outer int) (int, error) {
	if i < 0 {
		return 0, lost(n)
	}
	child := n.Content[i]
	if n.Kind != yaml.MappingNode || !isEmpty(child) {
		return t.end(child, outer)
	}
	colon, err := t.colon(n.Content[i-1], outer)
	if err != nil || colon > 0 {
		return colon, err
	}
	return t.end(n.Content[i-1], outer)
}

// colon returns the offset behind the colon after a key, 0 if there is none.
func (t *text) colon(key *yaml.Node, outer int) (int, error) {
	end, err := t.end(key, outer)
	if err != nil {
		return 0, err
	}
	if i := t.blanks(end); i < len(t.doc) && t.doc[i] == ':' {
		return i + 1, nil
	}
	return 0, nil
}

func (t *text) endScalar(n *yaml.Node, i, outer int) (int, error) {
	if n.Kind == yaml.AliasNode {
		if !bytes.HasPrefix(t.doc[i:], []byte("*"+n.Value)) {
			return 0, lost(n)
		}
		return i + 1 + len(n.Value), nil
	}
	bare := i
	i = t.properties(i)
	if i > bare && n.Value == "" && n.Style&^yaml.TaggedStyle == 0 {
		return bare + len(bytes.TrimRight(t.doc[bare:i], " \t\r\n")), nil
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		if i < len(t.doc) && t.doc[i] == '"' {
			if end := scan.SkipString(t.doc, i); end > 0 {
				return end, nil
			}
		}
		return 0, lost(n)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return t.endSingle(n, i)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		if i >= len(t.doc) || t.doc[i] != '|' && t.doc[i] != '>' {
			return 0, lost(n)
		}
		return t.endBlock(i, outer), nil
	}
	return t.endPlain(n, i)
}

func (t *text) endSingle(n *yaml.Node, i int) (int, error) {
	if i >= len(t.doc) || t.doc[i] != '\'' {
		return 0, lost(n)
	}
	for i++; i < len(t.doc); i++ {
		if t.doc[i] != '\'' {
			continue
		}
		if i+1 < len(t.doc) && t.doc[i+1] == '\'' {
			i++
			continue
		}
		return i + 1, nil
	}
	return 0, lost(n)
}

// endPlain follows a plain scalar's value through the text; where the text breaks a line the value has a space
// or line breaks.
func (t *text) endPlain(n *yaml.Node, i int) (int, error) {
	value := n.Value
	for len(value) > 0 {
		if i >= len(t.doc) {
			return 0, lost(n)
		}
		if j := t.blanks(i); j < len(t.doc) && breakAt(t.doc, j) > 0 {
			for i = j; i < len(t.doc) && (t.blanks(i) > i || breakAt(t.doc, i) > 0); {
				i = max(t.blanks(i), i+breakAt(t.doc, i))
			}
			folded := strings.TrimLeft(value, "\n")
			if folded == value && value[0] == ' ' {
				folded = value[1:]
			}
			if folded == value {
				return 0, lost(n)
			}
			value = folded
			continue
		}
		if t.doc[i] != value[0] {
			return 0, lost(n)
		}
		i, value = i+1, value[1:]
	}
	return i, nil
}

// endBlock finds the last line of the block scalar whose header is at i. Lines that are blank belong to it only
// if it keeps them ("|+") or if text follows.
func (t *text) endBlock(i, outer int) int {
	end := t.lineEnd(i)
	header := t.doc[i:end]
	if n := bytes.IndexAny(header, " \t#"); n >= 0 {
		header = header[:n]
	}
	indent := -1
	if n := bytes.IndexAny(header, "123456789"); n >= 0 {
		indent = max(outer, 0) + int(header[n]-'0')
	}
	keep := bytes.IndexByte(header, '+') >= 0
	for at := t.lineNext(i); at < len(t.doc); at = t.lineNext(at) {
		stop, text := t.lineEnd(at), at
		for text < stop && t.doc[text] == ' ' {
			text++
		}
		depth, blank := text-at, text == stop
		if !blank && indent < 0 {
			if depth <= outer {
				break
			}
			indent = depth
		}
		if !blank && depth < indent {
			break
		}
		if !blank || keep || indent >= 0 && depth > indent {
			end = stop
		}
	}
	return end
}

// properties skips anchors and tags before a value, with the space behind them.
func (t *text) properties(i int) int {
	for i < len(t.doc) && (t.doc[i] == '&' || t.doc[i] == '!') {
		for i < len(t.doc) && t.doc[i] != ' ' && t.doc[i] != '\t' && breakAt(t.doc, i) == 0 {
			i++
		}
		i = t.padding(i)
	}
	return i
}

// padding skips space, line breaks and comments.
func (t *text) padding(i int) int {
	for i < len(t.doc) {
		switch n := breakAt(t.doc, i); {
		case n > 0:
			i += n
		case t.doc[i] == ' ' || t.doc[i] == '\t':
			i++
		case t.doc[i] == '#':
			i = t.lineEnd(i)
		default:
			return i
		}
	}
	return i
}

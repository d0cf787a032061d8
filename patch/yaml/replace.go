package yaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// quotesOf returns the quotes that a scalar is written with.
func quotesOf(n *yaml.Node) byte {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return '"'
	case n.Style&yaml.SingleQuotedStyle != 0:
		return '\''
	}
	return 0
}

func (e *editor) replace(at *site, v *value) ([]splice, error) {
	if !at.exists {
		return nil, fmt.Errorf("line %d: nothing to replace", at.node.Line)
	}
	old := at.node.Content[at.child]
	if old.Anchor != "" {
		return nil, fmt.Errorf("line %d: refused: the value is the anchor &%s", old.Line, old.Anchor)
	}
	outer := at.outer
	if !isFlow(at.node) {
		outer = e.indentOf(at.node)
	}
	to, err := e.endChild(at.node, at.child, outer)
	if err != nil {
		return nil, err
	}
	if v.kind == 0 && v.text == "" && at.width() == 2 && !isFlow(at.node) {
		key := at.node.Content[at.child-1]
		colon, err := e.colon(key, e.indentOf(at.node))
		if err == nil && (colon == 0 || colon > to) {
			err = lost(key)
		}
		return []splice{{colon, to, ""}}, err
	}
	write := e.write
	write.quoted = quotesOf(old)
	if isEmpty(old) {
		return e.fill(at, to, v)
	}
	from, err := e.at(old)
	if err != nil {
		return nil, err
	}
	if old.Kind == yaml.ScalarNode && v.kind == '"' {
		if edits, done, err := e.replaceText(old, from, to, outer, v.text); done || err != nil {
			return edits, err
		}
	}
	inside := isFlow(at.node)
	flow := inside || isFlow(old) && (old.Kind == yaml.MappingNode || old.Kind == yaml.SequenceNode)
	column := old.Column - 1
	block := func() string {
		return strings.TrimLeft(strings.Join(indentLines(e.write.lines(v), column), e.newline(from)), " ")
	}
	inner := &site{node: old, outer: outer}
	if at.width() == 2 {
		inner.key = at.node.Content[at.child-1]
	}
	switch {
	case flow && (inside || v.nested()):
		write.quoted = e.flowQuotes(at)
		if old.Kind == yaml.MappingNode || old.Kind == yaml.SequenceNode {
			write.quoted = e.flowQuotes(inner)
		} else if quotesOf(old) != 0 {
			write.quoted = quotesOf(old)
		}
		return []splice{{from, to, write.word(v, true)}}, nil
	case !v.nested() && !isBlockCollection(old):
		return []splice{{from, to, write.word(v, false)}}, nil
	case !v.nested():
		return e.collapse(inner, from, to, e.write.word(v, false))
	case at.width() == 1:
		return []splice{{from, to, block()}}, nil
	case isBlockCollection(old) && column <= outer && v.kind == '{':
		column = outer + 2
		return []splice{{e.lineStart(from), to, strings.Repeat(" ", column) + block()}}, nil
	case isBlockCollection(old) || old.Line > inner.key.Line && e.alone(from):
		return []splice{{from, to, block()}}, nil
	}
	return e.unfold(inner.key, outer, to, v)
}

// replaceText replaces text by text where that takes more than to write the new one on its line. done is false where it
// does not.
func (e *editor) replaceText(old *yaml.Node, from, to, outer int, wanted string) (edits []splice, done bool, err error) {
	if old.Style&yaml.LiteralStyle != 0 {
		edits, err = e.replaceBlock(old, from, outer, wanted)
		return edits, true, err
	}
	several := e.line(from) != e.line(to)
	if !several && (quotesOf(old) != '"' || strings.HasSuffix(string(e.doc[from:to]), doubleQuote(old.Value))) {
		return nil, false, nil
	}
	edit, ok := e.replacePart(old, from, to, wanted)
	if !ok && several {
		return nil, true, fmt.Errorf("line %d: refused: the text goes over several lines, which the new one would lose; write it as a block (|) or on one line", old.Line)
	}
	return []splice{edit}, ok, nil
}

// unfold replaces a scalar behind a key by lines below it; a comment on the line stays.
func (e *editor) unfold(key *yaml.Node, outer, to int, v *value) ([]splice, error) {
	colon, err := e.colon(key, outer)
	if err != nil {
		return nil, err
	}
	if colon == 0 || colon > to {
		return nil, lost(key)
	}
	column := outer + 2
	if v.kind == '[' && !e.write.indentLists {
		column = outer
	}
	edits, err := e.addLines(to, column, indentLines(e.write.lines(v), column), false)
	return append(edits, splice{colon, to, ""}), err
}

// fill writes a value where a key or a dash has none.
func (e *editor) fill(at *site, to int, v *value) ([]splice, error) {
	if isFlow(at.node) || !v.nested() {
		lead := " "
		if isFlow(at.node) && at.width() == 2 && e.doc[to-1] != ':' {
			lead = ": "
		}
		return []splice{{to, to, lead + e.write.word(v, isFlow(at.node))}}, nil
	}
	if at.width() == 2 {
		return e.unfold(at.node.Content[at.child-1], e.indentOf(at.node), to, v)
	}
	lines := indentLines(e.write.lines(v), e.column(to)+1)
	return []splice{{to, to, " " + strings.TrimLeft(strings.Join(lines, e.newline(to)), " ")}}, nil
}

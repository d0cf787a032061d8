package yaml

import (
	"bytes"
	"fmt"
)

func (e *editor) remove(at *site) ([]splice, error) {
	if !at.exists {
		return nil, fmt.Errorf("line %d: nothing to remove", at.node.Line)
	}
	if isFlow(at.node) {
		return e.removeFlow(at)
	}
	from, err := e.startChild(at)
	if err != nil {
		return nil, err
	}
	to, err := e.endChild(at.node, at.child, e.indentOf(at.node))
	if err != nil {
		return nil, err
	}
	switch {
	case at.count() == 1:
		return e.empty(at, from, to)
	case e.alone(from):
		return []splice{e.wholeLines(from, to)}, nil
	case at.child >= at.width():
		return nil, fmt.Errorf("line %d: refused: the value begins behind other text on its line; remove it by hand", e.line(from)+1)
	}
	// The first of several on its parent's line ("- name: x"): what follows moves up behind the dash.
	next := e.lineNext(to)
	for next < len(e.doc) && e.lineEnd(next) == e.blanks(next) {
		next = e.lineNext(next)
	}
	return []splice{{from, e.blanks(next), ""}}, nil
}

// startChild returns where a member's key or an element's dash stands.
func (e *editor) startChild(at *site) (int, error) {
	if at.width() == 2 {
		return e.at(at.node.Content[at.child-1])
	}
	if at.child == 0 {
		return e.at(at.node)
	}
	item, err := e.at(at.node.Content[at.child])
	if err != nil {
		return 0, err
	}
	column := e.indentOf(at.node)
	for line := e.line(item); line >= at.node.Line; line-- {
		dash := e.starts[line] + column
		if dash < len(e.doc) && e.doc[dash] == '-' && e.alone(dash) && isMarker(e.doc[dash:], "-") {
			return dash, nil
		}
	}
	return 0, lost(at.node.Content[at.child])
}

// wholeLines is the removal of the lines from one offset to another. At the end of a document without a final
// line break the break before goes instead, which is what addLines put there.
func (e *editor) wholeLines(from, to int) splice {
	from, to = e.lineStart(from), e.lineNext(to)
	if to == len(e.doc) && e.breakBefore(to, from) == 0 {
		from -= e.breakBefore(from, 0)
	}
	return splice{from, to, ""}
}

// empty removes the only child of a block collection, which leaves "{}" or "[]" behind its key or in its place.
func (e *editor) empty(at *site, from, to int) ([]splice, error) {
	word := "{}"
	if at.width() == 1 {
		word = "[]"
	}
	return e.collapse(at, from, to, word)
}

// collapse puts a word in the place of a whole block collection.
func (e *editor) collapse(at *site, from, to int, word string) ([]splice, error) {
	if at.key == nil || !e.alone(from) {
		return []splice{{from, to, word}}, nil
	}
	colon, err := e.colon(at.key, at.outer)
	if err != nil {
		return nil, err
	}
	if colon == 0 || e.line(colon) == e.line(from) {
		return []splice{{from, to, word}}, nil
	}
	return []splice{{colon, colon, " " + word}, e.wholeLines(from, to)}, nil
}

// removeFlow is the inverse of addFlow.
func (e *editor) removeFlow(at *site) ([]splice, error) {
	open, err := e.at(at.node)
	if err != nil {
		return nil, err
	}
	if e.doc[open] != '{' && e.doc[open] != '[' {
		return nil, fmt.Errorf("line %d: refused: a mapping without braces inside a list", at.node.Line)
	}
	first := at.child - at.width() + 1
	from, err := e.at(at.node.Content[first])
	if err != nil {
		return nil, err
	}
	end, err := e.endChild(at.node, at.child, at.outer)
	if err != nil {
		return nil, err
	}
	to, start := end, from
	switch {
	case at.child+1 < len(at.node.Content):
		if to, err = e.at(at.node.Content[at.child+1]); err != nil {
			return nil, err
		}
	case first > 0:
		if from, err = e.endChild(at.node, first-1, at.outer); err != nil {
			return nil, err
		}
	default:
		close, err := e.end(at.node, at.outer)
		if err != nil {
			return nil, err
		}
		if from > open+1 || e.padding(end) < close-1 {
			from, to = open+1, close-1
		}
	}
	if from > start || to < end || bytes.ContainsRune(e.doc[from:start], '#') || bytes.ContainsRune(e.doc[end:to], '#') {
		return nil, fmt.Errorf("line %d: refused: a comment stands between the value and its neighbour", e.line(from)+1)
	}
	return []splice{{from, to, ""}}, nil
}

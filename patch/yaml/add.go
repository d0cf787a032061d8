package yaml

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

func (e *editor) add(at *site, segment string, v *value) ([]splice, error) {
	if isFlow(at.node) {
		return e.addFlow(at, segment, v)
	}
	column := e.indentOf(at.node)
	lines := e.write.lines(&value{kind: '[', values: []*value{v}})
	if at.width() == 2 {
		lines = e.write.pair(segment, v)
	}
	lines = indentLines(lines, column)
	if at.child == 0 && at.count() > 0 && at.width() == 1 {
		return e.addFirst(at, lines)
	}
	last := at.child - 1
	if at.width() == 2 {
		last = len(at.node.Content) - 1
	}
	end, err := e.endChild(at.node, last, column)
	if err != nil {
		return nil, err
	}
	return e.addLines(end, column, lines, last == len(at.node.Content)-1)
}

// addLines puts lines behind the line of offset end. Behind a collection's last child they also leave alone the
// comments that follow at once and belong to the collection by their indentation.
func (e *editor) addLines(end, column int, lines []string, last bool) ([]splice, error) {
	if !e.closed(end) {
		return nil, fmt.Errorf("line %d: refused: something follows on the line behind which the edit belongs", e.line(end)+1)
	}
	pos := e.lineNext(end)
	if last {
		pos = e.skipComments(pos, column)
	}
	newline := e.newline(end)
	text := strings.Join(lines, newline)
	if pos == len(e.doc) && e.breakBefore(pos, 0) == 0 {
		return []splice{{pos, pos, newline + text}}, nil
	}
	return []splice{{pos, pos, text + newline}}, nil
}

func (e *editor) skipComments(pos, column int) int {
	outside := -1 // indentation of the text that follows the collection
	for i := pos; i < len(e.doc); i = e.lineNext(i) {
		if line := e.doc[i:e.lineNext(i)]; !isComment(line) {
			if !isMarker(line, "---") && !isMarker(line, "...") {
				outside = e.blanks(i) - i
			}
			break
		}
	}
	for pos < len(e.doc) {
		text := e.blanks(pos)
		if indent := text - pos; text >= len(e.doc) || e.doc[text] != '#' || indent < column || indent <= outside {
			break
		}
		pos = e.lineNext(pos)
	}
	return pos
}

// addFirst puts an element before a list's first one, above the comments that head it.
func (e *editor) addFirst(at *site, lines []string) ([]splice, error) {
	dash, err := e.at(at.node)
	if err != nil {
		return nil, err
	}
	if !e.alone(dash) {
		return nil, fmt.Errorf("line %d: refused: the list starts on its parent's line", at.node.Line)
	}
	pos, column := e.lineStart(dash), dash-e.lineStart(dash)
	for pos > 0 {
		above := e.lineStart(pos - 1)
		if text := e.blanks(above); e.doc[text] != '#' || text-above != column || at.key != nil && e.line(above) < at.key.Line {
			break
		}
		pos = above
	}
	newline := e.newline(dash)
	return []splice{{pos, pos, strings.Join(lines, newline) + newline}}, nil
}

// addFlow puts a child between the braces of a flow collection; what it adds removeFlow takes away again.
func (e *editor) addFlow(at *site, segment string, v *value) ([]splice, error) {
	open, err := e.at(at.node)
	if err != nil {
		return nil, err
	}
	if e.doc[open] != '{' && e.doc[open] != '[' {
		return nil, fmt.Errorf("line %d: refused: a mapping without braces inside a list", at.node.Line)
	}
	write := e.write
	write.quoted = e.flowQuotes(at)
	word := write.word(v, true)
	if at.width() == 2 {
		word = write.str(segment, true) + ": " + word
	}
	n := at.count()
	if n == 0 {
		return []splice{{open + 1, open + 1, word}}, nil
	}
	if at.width() == 1 && at.child < n {
		start, err := e.at(at.node.Content[at.child])
		if err != nil {
			return nil, err
		}
		gap := e.flowGap(start, n)
		if at.child == 0 && n > 1 {
			second, err := e.at(at.node.Content[1])
			if err != nil {
				return nil, err
			}
			gap = e.flowGap(second, n)
		}
		return []splice{{start, start, word + "," + gap}}, nil
	}
	end, err := e.endChild(at.node, len(at.node.Content)-1, at.outer)
	if err != nil {
		return nil, err
	}
	start, err := e.at(at.node.Content[len(at.node.Content)-at.width()])
	if err != nil {
		return nil, err
	}
	return []splice{{end, end, "," + e.flowGap(start, n) + word}}, nil
}

// flowGap is the space to write behind a comma: what stands before the sibling at start.
func (e *editor) flowGap(start, siblings int) string {
	gap := string(scan.SpaceBefore(e.doc, start))
	if siblings == 1 && !strings.Contains(gap, "\n") {
		return " "
	}
	return gap
}

// flowQuotes tells which quotes the siblings' strings have, so that JSON inside YAML stays JSON.
func (e *editor) flowQuotes(at *site) byte {
	for _, n := range at.node.Content {
		if n.Kind == 0 || n.Value == "" {
			continue
		}
		if quotes := quotesOf(n); quotes != 0 || at.width() == 2 {
			return quotes
		}
	}
	if at.key != nil && len(at.node.Content) == 0 {
		return quotesOf(at.key)
	}
	return 0
}

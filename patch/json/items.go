package json

import (
	"bytes"
	"unicode/utf8"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// Items finds the elements of the list under a key of the document. ok is false where there is none, or where its first element
// decides on the layout of the others.
func Items(doc []byte, key string) (items []patch.Item, ok bool) {
	starts := Elements(doc, patch.Path{key})
	if len(starts) == 0 || bytes.HasPrefix(doc, []byte("\ufeff")) {
		return nil, false
	}
	head, ok := layout(doc, key, starts[0])
	if !ok {
		return nil, false
	}
	line, counted := 1, 0
	for _, start := range starts {
		end := scan.SkipValue(doc, start)
		if end < 0 {
			return nil, false
		}
		line, counted = line+bytes.Count(doc[counted:start], []byte("\n")), start
		one := patch.Item{Start: start, End: end, Line: line, Before: head + string(scan.SpaceBefore(doc, start)), After: "]}"}
		one.Shift = column(doc[:start]) - column([]byte(one.Before))
		items = append(items, one)
	}
	return items, true
}

// layout is the text of a document up to the elements of its list, as far as it decides on how they are laid out.
func layout(doc []byte, key string, first int) (text string, ok bool) {
	list := string(scan.Quote(key)) + ":["
	n := bytes.IndexByte(doc, '\n')
	if n < 0 {
		return "{" + list, true
	}
	if n > first {
		return "", false
	}
	end, newline := scan.SkipSpace(doc, n+1), "\n"
	if n > 0 && doc[n-1] == '\r' {
		newline = "\r\n"
	}
	unit := doc[n+1 : end]
	if bytes.IndexByte(unit, '\n') >= 0 {
		unit = nil // no level of indentation
	}
	return "{" + newline + string(unit) + list, true
}

// column is the number of characters behind the last line break.
func column(text []byte) int { return utf8.RuneCount(text[bytes.LastIndexByte(text, '\n')+1:]) }

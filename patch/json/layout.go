package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// insert puts a child before the n-th one, or behind the last. key is nil for lists. Whatever it writes, cut takes
// away again: behind the last child it starts at that child's end, before another it ends at that one's start.
func insert(doc []byte, at *children, n int, key, value []byte) ([]byte, error) {
	if at.n == 0 {
		return insertOnly(doc, at, key, value)
	}
	gap, colon := siblingGap(doc, at, n), []byte(":")
	if at.object {
		colon = doc[at.colonStart:at.colonEnd]
	}
	unit := unitOf(doc, at.holder, gap)
	rendered, err := render(value, gap, unit)
	if err != nil {
		return nil, err
	}
	child := make([]byte, 0, len(rendered)+len(key)+len(gap)+8)
	if n < at.n {
		child = append(append(append(child, rendered...), ','), gap...)
		return slices.Insert(doc, at.hit.Start, child...), nil
	}
	child = append(append(child, ','), gap...)
	if key != nil {
		child = append(append(child, key...), colon...)
	}
	return slices.Insert(doc, at.lastEnd, append(child, rendered...)...), nil
}

// insertOnly fills an empty container. Where space stands between its brackets the child goes before it, so that
// cut can tell that space from layout of ours.
func insertOnly(doc []byte, at *children, key, value []byte) ([]byte, error) {
	var gap, closing []byte
	colon := ":"
	if at.holder.End-at.holder.Start == 2 {
		if indent, newline, ok := ownLine(doc, at.holder.Start); ok {
			closing = slices.Concat(newline, indent)
			gap = slices.Concat(closing, unitOf(doc, at.holder, nil))
			colon = ": "
		}
	}
	rendered, err := render(value, gap, unitOf(doc, at.holder, nil))
	if err != nil {
		return nil, err
	}
	child := append(make([]byte, 0, len(gap)+len(key)+len(colon)+len(rendered)+len(closing)), gap...)
	if key != nil {
		child = append(append(child, key...), colon...)
	}
	child = append(append(child, rendered...), closing...)
	return slices.Insert(doc, at.holder.Start+1, child...), nil
}

// overwrite replaces a value; a container that replaces one in an indented document is indented with its line.
func overwrite(doc []byte, at scan.Span, value []byte) ([]byte, error) {
	if at.Start < 0 {
		return nil, errors.New("the document is not JSON")
	}
	var gap []byte
	if indent, newline, ok := ownLine(doc, at.Start); ok {
		gap = slices.Concat(newline, indent)
	}
	rendered, err := render(value, gap, unitOf(doc, at, nil))
	if err != nil {
		return nil, err
	}
	return slices.Replace(doc, at.Start, at.End, rendered...), nil
}

// siblingGap is the space that a comma is followed by in this container.
func siblingGap(doc []byte, at *children, n int) []byte {
	start := at.last
	if n < at.n && n > 0 {
		start = at.hit.Start
	} else if n == 0 && at.n > 1 {
		start = at.second
	}
	gap := scan.SpaceBefore(doc, start)
	if at.n > 1 || bytes.IndexByte(gap, '\n') >= 0 {
		return gap
	}
	if at.object && at.colonEnd > at.colonStart && doc[at.colonEnd-1] == ' ' {
		return []byte(" ")
	}
	return nil
}

// render writes a value compactly, or indented where the gap before it breaks the line.
func render(value, gap, unit []byte) ([]byte, error) {
	var b bytes.Buffer
	newline := bytes.LastIndexByte(gap, '\n')
	if newline < 0 {
		if err := json.Compact(&b, value); err != nil {
			return nil, fmt.Errorf("value: %w", err)
		}
		return b.Bytes(), nil
	}
	if err := json.Indent(&b, bytes.TrimSpace(value), string(gap[newline+1:]), string(unit)); err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	if newline > 0 && gap[newline-1] == '\r' {
		return bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n")), nil
	}
	return b.Bytes(), nil
}

// unitOf guesses one level of indentation: from a container's children and its closing bracket, else from the
// document's second line, else two spaces.
func unitOf(doc []byte, holder scan.Span, gap []byte) []byte {
	if n := bytes.LastIndexByte(gap, '\n'); n >= 0 {
		outer := scan.SpaceBefore(doc, holder.End-1)
		if m := bytes.LastIndexByte(outer, '\n'); m >= 0 {
			if unit, ok := bytes.CutPrefix(gap[n+1:], outer[m+1:]); ok && len(unit) > 0 {
				return unit
			}
		}
	}
	if n := bytes.IndexByte(doc, '\n'); n >= 0 {
		if end := scan.SkipSpace(doc, n+1); end > n+1 && bytes.IndexByte(doc[n+1:end], '\n') < 0 {
			return doc[n+1 : end : end]
		}
	}
	return []byte("  ")
}

// ownLine tells whether the value at i is the first on its line, alone or behind its key, and gives that line's
// indentation and line break. Only then is a container spread over lines.
func ownLine(doc []byte, i int) (indent, newline []byte, ok bool) {
	n := bytes.LastIndexByte(doc[:i], '\n')
	if n < 0 {
		return nil, nil, false
	}
	newline = []byte("\n")
	if n > 0 && doc[n-1] == '\r' {
		newline = []byte("\r\n")
	}
	start := scan.SkipSpace(doc, n+1)
	indent = doc[n+1 : start : start]
	if start == i {
		return indent, newline, true
	}
	if doc[start] != '"' {
		return nil, nil, false
	}
	end := scan.SkipString(doc, start)
	if end < 0 {
		return nil, nil, false
	}
	if end = scan.SkipSpace(doc, end); end < i && doc[end] == ':' && scan.SkipSpace(doc, end+1) == i {
		return indent, newline, true
	}
	return nil, nil, false
}

package dockerfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Change replaces the lines from First to Last by others. Where Last is one less than First, they are put in front of First.
type Change struct {
	First, Last int
	Lines       []string
}

// Insert puts lines in front of a line.
func Insert(before int, lines ...string) Change { return Change{before, before - 1, lines} }

// Remove takes lines out.
func Remove(first, last int) Change { return Change{First: first, Last: last} }

// Operations are changes as operations on a text: the path is the lines, as /3-4, and the value the lines instead.
func Operations(changes []Change) (ops []patch.Op) {
	for _, c := range changes {
		value, _ := json.Marshal(strings.Join(c.Lines, "\n")) // a string has a form
		if len(c.Lines) == 0 {
			value = []byte("null")
		}
		ops = append(ops, patch.Op{Op: patch.Replace, Path: fmt.Sprintf("/%d-%d", c.First, c.Last), Value: value})
	}
	return ops
}

// Lines are the lines that a path names.
func Lines(path string) (first, last int, err error) {
	a, b, _ := strings.Cut(strings.TrimPrefix(path, "/"), "-")
	if first, err = strconv.Atoi(a); err == nil {
		last, err = strconv.Atoi(b)
	}
	if err != nil || first < 1 || last < first-1 {
		return 0, 0, fmt.Errorf("path %q: expected lines, as /3-4", path)
	}
	return first, last, nil
}

// Edit carries operations out on a text. Their lines are those of the text before all of them, and they must not overlap.
func Edit(raw []byte, ops []patch.Op) ([]byte, error) {
	text := string(raw)
	lines := strings.SplitAfter(text, "\n") // each keeps its own end
	whole := lines[len(lines)-1] == ""      // the last line has an end, too
	if whole {
		lines = lines[:len(lines)-1]
	} else {
		end := "\n"
		if strings.HasSuffix(lines[0], "\r\n") {
			end = "\r\n"
		}
		lines[len(lines)-1] += end
	}
	changes := make([]Change, 0, len(ops))
	for _, op := range ops {
		first, behind, err := Lines(op.Path)
		if err != nil {
			return nil, err
		}
		c := Change{First: first, Last: behind}
		if string(op.Value) != "null" {
			var with string
			if err := json.Unmarshal(op.Value, &with); err != nil {
				return nil, fmt.Errorf("path %q: %w", op.Path, err)
			}
			c.Lines = strings.Split(with, "\n")
		}
		if c.Last > len(lines) || c.First > len(lines)+1 {
			return nil, fmt.Errorf("path %q: the text has %d lines", op.Path, len(lines))
		}
		changes = append(changes, c)
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last)) })
	var out []string
	at := 1
	for _, c := range changes {
		if c.First < at {
			return nil, fmt.Errorf("line %d is changed twice", c.First)
		}
		out = append(out, lines[at-1:c.First-1]...)
		end := "\n"
		if n := min(c.First, len(lines)); n > 0 && strings.HasSuffix(lines[n-1], "\r\n") {
			end = "\r\n"
		}
		for _, line := range c.Lines {
			out = append(out, line+end)
		}
		at = c.Last + 1
	}
	joined := strings.Join(append(out, lines[at-1:]...), "")
	if !whole {
		joined = strings.TrimSuffix(strings.TrimSuffix(joined, "\n"), "\r")
	}
	return []byte(joined), nil
}

// Split are the lines of a text, without their ends.
func Split(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func number(n int) string { return strconv.Itoa(n) }

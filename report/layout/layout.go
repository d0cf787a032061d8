// Package layout lays texts out in lines of a terminal's width, in the signs and colours that it shows. Start reading at Table.
package layout

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Style is what a terminal shows.
type Style struct {
	// Columns is the width of a line; 0 for the usual 80.
	Columns int
	Color   bool
	ASCII   bool // the terminal's character set has no √ and ✗
	Wide    bool // no line is broken
}

// Table writes what people read, in lines of a width.
type Table struct {
	*bufio.Writer
	Style
	Width int
}

// Draw makes a table. What a terminal without more than ASCII cannot show is spelled in it.
func Draw(w io.Writer, style Style, rows func(t *Table)) error {
	var b bytes.Buffer
	t := &Table{Writer: bufio.NewWriter(&b), Style: style, Width: Width(style.Columns)}
	rows(t)
	if err := t.Flush(); err != nil {
		return err
	}
	text := b.String()
	if style.ASCII {
		text = ASCII(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// Plain is a text as the terminal can show it.
func (t *Table) Plain(text string) string {
	if t.ASCII {
		return ASCII(text)
	}
	return text
}

// Lines wraps a text to n columns. The wide form keeps it on one line.
func (t *Table) Lines(text string, n int) []string {
	if t.Wide {
		return []string{strings.Join(strings.Fields(t.Plain(text)), " ")}
	}
	return Wrap(t.Plain(text), n)
}

// Wrapped writes a text after first; what does not fit goes on below, after rest.
func (t *Table) Wrapped(first, rest, text string) {
	for _, line := range t.Lines(text, t.Width-Columns(rest)) {
		t.WriteString(first + line + "\n")
		first = rest
	}
}

// Item writes a text as one of a list.
func (t *Table) Item(text string) { t.Wrapped("  "+t.Glyph("· ", "- "), "    ", text) }

// Count is a number with its word.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

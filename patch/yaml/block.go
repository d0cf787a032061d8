package yaml

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// block is a literal block scalar (|) as it stands in the text.
type block struct {
	head, body int      // where the header begins, and the lines behind it
	indicators string   // between the bar and what follows it
	outer      int      // indentation of what the block hangs in
	indent     int      // and of its own lines
	lines      []string // its lines with their breaks, up to the next text outside of it
	held       int      // of which so many say something; blank ones are behind
}

// readBlock reads the literal block whose value begins at i.
func (t *text) readBlock(i, outer int) *block {
	end := t.lineEnd(i)
	header := string(t.doc[i:end])
	b := &block{head: i, body: t.lineNext(i), outer: max(outer, 0), indicators: header[1:]}
	if n := strings.IndexAny(b.indicators, " \t#"); n >= 0 {
		b.indicators = b.indicators[:n]
	}
	if n := strings.IndexAny(b.indicators, "123456789"); n >= 0 {
		b.indent = b.outer + int(b.indicators[n]-'0')
	}
	for at := b.body; at < len(t.doc); at = t.lineNext(at) {
		text, stop := at, t.lineEnd(at)
		for text < stop && t.doc[text] == ' ' {
			text++
		}
		if text < stop {
			if b.indent == 0 && text-at > outer {
				b.indent = text - at
			}
			if text-at < b.indent || b.indent == 0 {
				break
			}
		}
		b.lines = append(b.lines, string(t.doc[at:t.lineNext(at)]))
		if text < stop || b.indent > 0 && text-at > b.indent {
			b.held = len(b.lines)
		}
	}
	if b.indent == 0 {
		b.indent = b.outer + 2
	}
	return b
}

// chomps tells how the text ends: "-" without a break, "+" with all of them, "" with one.
func (b *block) chomps() string {
	for _, c := range []string{"-", "+"} {
		if strings.Contains(b.indicators, c) {
			return c
		}
	}
	return ""
}

// replaceBlock gives a literal block another text. Its lines that stay keep their spelling, and so do its indentation,
// the blank lines behind it and, where the text ends as before, its indicators.
func (e *editor) replaceBlock(old *yaml.Node, i, outer int, wanted string) ([]splice, error) {
	if i = e.properties(i); i >= len(e.doc) || e.doc[i] != '|' {
		return nil, lost(old)
	}
	if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(wanted), needsEscape) {
		return nil, fmt.Errorf("line %d: refused: a block (|) cannot hold the characters of the new text", old.Line)
	}
	b := e.readBlock(i, outer)
	core := strings.TrimRight(wanted, "\n")
	breaks := len(wanted) - len(core)
	open := e.breakBefore(len(e.doc), 0) == 0 // the document ends without a break, and with it a block that stands there
	last := b.body+len(strings.Join(b.lines, "")) == len(e.doc)
	chomps := b.chomps()
	switch {
	case core == "" && breaks == 0 && chomps != "+":
	case breaks == 0 && last && open:
	case breaks == 0:
		chomps = "-"
	case breaks > 1:
		chomps = "+"
	case chomps == "-":
		chomps = ""
	}
	var lines []string
	if core != "" {
		lines = strings.Split(core, "\n")
	}
	held := b.held
	if chomps == "+" {
		if breaks > 1 {
			lines = append(lines, make([]string, breaks-1)...)
		}
		held = len(b.lines)
	}
	newline := e.newline(b.head)
	body := b.exchange(lines, held, newline)
	lead := ""
	if e.breakBefore(b.body, b.head) == 0 && body != "" {
		lead = newline
	}
	edits := []splice{{b.head, b.head + 1 + len(b.indicators), "|" + b.chomp(chomps, lines)}}
	to := b.body + len(strings.Join(b.lines[:held], ""))
	if to == len(e.doc) && open && breaks == 0 {
		body = strings.TrimSuffix(body, newline)
	}
	return append(edits, splice{b.body, to, lead + body}), nil
}

// chomp writes the indicators. The first line's own indentation must be told from the block's.
func (b *block) chomp(chomps string, lines []string) string {
	digit := strings.Trim(b.indicators, "+-")
	if i := slices.IndexFunc(lines, func(l string) bool { return l != "" }); digit == "" && i >= 0 && lines[i][0] == ' ' {
		digit = strconv.Itoa(b.indent - b.outer)
	}
	if b.chomps() != "" && strings.HasPrefix(b.indicators, b.chomps()) {
		return chomps + digit
	}
	return digit + chomps
}

// exchange writes lines, in the spelling of those that the block holds where they are the same.
func (b *block) exchange(lines []string, count int, newline string) string {
	var out bytes.Buffer
	held := b.lines[:count]
	front := 0
	for front < len(lines) && front < len(held) && b.says(held[front]) == lines[front] {
		front++
	}
	back := 0
	for back < len(lines)-front && back < len(held)-front && b.says(held[len(held)-1-back]) == lines[len(lines)-1-back] {
		back++
	}
	middle := held[front : len(held)-back]
	for i, line := range lines {
		raw := ""
		switch {
		case i < front:
			raw = held[i]
		case i >= len(lines)-back:
			raw = held[len(held)-len(lines)+i]
		default:
			if at := slices.IndexFunc(middle, func(l string) bool { return b.says(l) == line }); at >= 0 {
				raw, middle = middle[at], middle[at+1:]
			} else if line != "" {
				raw = strings.Repeat(" ", b.indent) + line
			}
		}
		out.WriteString(raw)
		if len(raw) == len(strings.TrimRight(raw, "\r\n")) {
			out.WriteString(newline)
		}
	}
	return out.String()
}

// says is the text of one of the block's lines.
func (b *block) says(line string) string {
	line = strings.TrimRight(line, "\r\n")
	return line[min(b.indent, len(line)):]
}

package dockerfile

import "strings"

// Splice is an edit within lines: the text from one place to another is replaced.
type Splice struct {
	From, To Place
	Text     string
}

// Spliced makes changes of whole lines of edits within them. They must not overlap, and stand in their order.
func (f *File) Spliced(edits ...Splice) (changes []Change) {
	for i := 0; i < len(edits); {
		first, last := edits[i].From.Line, edits[i].To.Line
		j := i + 1
		for j < len(edits) && edits[j].From.Line <= last {
			last = max(last, edits[j].To.Line)
			j++
		}
		text := strings.Join(f.Lines[first-1:last], "\n")
		for k := j - 1; k >= i; k-- {
			from, to := f.offset(first, edits[k].From), f.offset(first, edits[k].To)
			text = text[:from] + edits[k].Text + text[to:]
		}
		lines := strings.Split(text, "\n")
		changes = append(changes, Change{first, last, lines})
		i = j
	}
	return changes
}

// offset is that of a place in the text that begins with a line.
func (f *File) offset(first int, p Place) int {
	n := p.Column - 1
	for l := first; l < p.Line; l++ {
		n += len(f.Lines[l-1]) + 1
	}
	return n
}

// WithoutWords takes words out of a command, with the blanks and line ends in front of each.
func (f *File) WithoutWords(c *Command, gone func(Word) bool) (edits []Splice) {
	for i, w := range c.Words {
		if i == 0 || w.Listed || !gone(w) {
			continue
		}
		edits = append(edits, Splice{From: c.Words[i-1].End, To: w.End})
	}
	return edits
}

// Behind puts a text behind the last character of an instruction that says anything.
func (f *File) Behind(i *Instruction, text string) Splice {
	line := i.Last
	for line > i.First && (strings.TrimSpace(f.Lines[line-1]) == "" || strings.HasPrefix(strings.TrimSpace(f.Lines[line-1]), "#")) {
		line--
	}
	at := Place{line, len(strings.TrimRight(f.Lines[line-1], " \t")) + 1}
	return Splice{at, at, text}
}

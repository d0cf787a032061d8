package patch

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Piece is a stretch of a file as it was and as it is. Both end with a line, or are the file's last.
type Piece struct{ Before, After []byte }

// Unified returns a unified diff of two versions of a file, or nothing if they are the same. The anchored diff of Go's own
// tools (go-internal/diff) shows lines as changed that are not: in manifests hardly a line stands only once.
func Unified(name string, before, after []byte) string {
	return UnifiedOf(name, []Piece{{before, after}})
}

// UnifiedOf is Unified for a file in pieces; see Hunks.
func UnifiedOf(name string, pieces []Piece) string {
	var b strings.Builder
	for hunk := range Hunks(name, pieces) {
		b.WriteString(hunk)
	}
	return b.String()
}

// Hunks gives the lines that name a file and then each hunk of its unified diff, or nothing where nothing differs. Each piece became the
// one after it: a file of thousands of documents that changed takes as long as each of them by itself, and no line of one is taken for
// another's.
func Hunks(name string, pieces []Piece) iter.Seq[string] {
	return func(yield func(string) bool) {
		var before strings.Builder
		size := 0
		for _, p := range pieces {
			size += len(p.Before)
		}
		before.Grow(size)
		for _, p := range pieces {
			before.Write(p.Before)
		}
		text := lines{text: before.String()}
		var edits []udiff.Edit // of one hunk
		shift, named := 0, false
		hunk := func() bool {
			if len(edits) == 0 {
				return true
			}
			if !named && !yield(fmt.Sprintf("--- a/%s\n+++ b/%s\n", name, name)) {
				return false
			}
			named = true
			one, more := text.hunk(edits, shift)
			shift, edits = shift+more, edits[:0]
			return yield(one)
		}
		for e := range edited(pieces) {
			if n := len(edits); n > 0 && text.between(edits[n-1].End, e.Start) > 2*udiff.DefaultContextLines && !hunk() {
				return
			}
			if n := len(edits); n > 0 && edits[n-1].End == e.Start { // at the end of the piece before
				edits[n-1].End, edits[n-1].New = e.End, edits[n-1].New+e.New
				continue
			}
			edits = append(edits, e)
		}
		hunk()
	}
}

// edited gives the differences of all pieces, by their offsets in the text before. A piece in which the same lines changed as in the one
// before it, such as that of an object that has another name, is not compared anew.
func edited(pieces []Piece) iter.Seq[udiff.Edit] {
	return func(yield func(udiff.Edit) bool) {
		var last Piece
		var edits []udiff.Edit
		offset := 0
		for _, p := range pieces {
			if !bytes.Equal(p.Before, p.After) {
				if !p.changedAs(last, edits) {
					edits = udiff.Lines(string(p.Before), string(p.After))
				}
				for _, e := range edits {
					e.Start, e.End = e.Start+offset, e.End+offset
					if !yield(e) {
						return
					}
				}
				last = p
			}
			offset += len(p.Before)
		}
	}
}

// changedAs says that the edits of another piece take the same lines out of this one, bring the same in, and make it what it is after.
func (p Piece) changedAs(other Piece, edits []udiff.Edit) bool {
	if len(edits) == 0 || len(p.Before) != len(other.Before) || len(p.After) != len(other.After) {
		return false
	}
	begins := func(at int) bool { return at == 0 || p.Before[at-1] == '\n' }
	at, after := 0, p.After
	for _, e := range edits {
		same := p.Before[at:e.Start]
		if !begins(e.Start) || !begins(e.End) || !bytes.Equal(p.Before[e.Start:e.End], other.Before[e.Start:e.End]) || !bytes.HasPrefix(after, same) {
			return false
		}
		if after = after[len(same):]; len(after) < len(e.New) || string(after[:len(e.New)]) != e.New {
			return false
		}
		at, after = e.End, after[len(e.New):]
	}
	return bytes.Equal(p.Before[at:], after)
}

// hunk is that of edits which stand near each other, and by how many lines it makes the file longer. It is written here: go-udiff v0.4.1
// counts the lines of the whole text for every edit, and forgets the unchanged lines between two edits of one hunk, after which patch(1) and
// editors look in the wrong place. shift is by how many lines those before it made the file longer.
func (l *lines) hunk(edits []udiff.Edit, shift int) (hunk string, more int) {
	at, end := l.before(edits[0].Start), l.behind(edits[len(edits)-1].End)
	var text strings.Builder
	text.Grow(2 * (end - at))
	write := func(sign byte, lines string) (n int) {
		for line := range strings.Lines(lines) {
			text.WriteByte(sign)
			text.WriteString(line)
			if n++; line[len(line)-1] != '\n' {
				text.WriteString("\n\\ No newline at end of file\n")
			}
		}
		return n
	}
	old, fresh := 0, 0
	for _, e := range edits {
		same := write(' ', l.text[at:e.Start])
		old, fresh = old+same+write('-', l.text[e.Start:e.End]), fresh+same+write('+', e.New)
		at = e.End
	}
	same := write(' ', l.text[at:end])
	old, fresh = old+same, fresh+same
	return "@@ -" + writeRange(l.line, old) + " +" + writeRange(l.line+shift, fresh) + " @@\n" + text.String(), fresh - old
}

// lines counts those of a text, forward.
type lines struct {
	text string
	at   int // the offset up to which lines are counted
	line int // breaks before it
}

// before is the offset of the line that stands so many lines before one, as a context has; line is then its number, from 0.
func (l *lines) before(offset int) int {
	l.line += strings.Count(l.text[l.at:offset], "\n")
	l.at = offset
	for range udiff.DefaultContextLines {
		if l.at == 0 {
			break
		}
		l.at = strings.LastIndexByte(l.text[:l.at-1], '\n') + 1
		l.line--
	}
	return l.at
}

// between counts the lines between two edits.
func (l *lines) between(end, start int) int { return strings.Count(l.text[end:start], "\n") }

// behind is the offset of the end of the lines that stand behind one, as a context has.
func (l *lines) behind(offset int) int {
	for range udiff.DefaultContextLines {
		next := strings.IndexByte(l.text[offset:], '\n')
		if next < 0 {
			return len(l.text)
		}
		offset += next + 1
	}
	return offset
}

// writeRange writes the lines of a hunk: how many there are behind so many, and the number of the first.
func writeRange(behind, count int) string {
	switch count {
	case 0:
		return strconv.Itoa(behind) + ",0"
	case 1:
		return strconv.Itoa(behind + 1)
	}
	return strconv.Itoa(behind+1) + "," + strconv.Itoa(count)
}

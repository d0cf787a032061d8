package patch

import (
	"bytes"
	"fmt"
	"iter"
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

// edited gives the differences of all pieces, by their offsets in the text before.
func edited(pieces []Piece) iter.Seq[udiff.Edit] {
	return func(yield func(udiff.Edit) bool) {
		offset := 0
		for _, p := range pieces {
			if !bytes.Equal(p.Before, p.After) {
				for _, e := range udiff.Lines(string(p.Before), string(p.After)) {
					e.Start, e.End = e.Start+offset, e.End+offset
					if !yield(e) {
						return
					}
				}
			}
			offset += len(p.Before)
		}
	}
}

// hunk is that of edits which stand near each other, and by how many lines it makes the file longer. go-udiff v0.4.1 counts the lines of
// the whole text for every edit: it is given those of one hunk. shift is by how many lines those before it made the file longer.
func (l *lines) hunk(edits []udiff.Edit, shift int) (hunk string, more int) {
	start, end := l.before(edits[0].Start), l.behind(edits[len(edits)-1].End)
	for i := range edits {
		edits[i].Start, edits[i].End = edits[i].Start-start, edits[i].End-start
	}
	diff, err := udiff.ToUnified("a", "b", l.text[start:end], edits, udiff.DefaultContextLines)
	if err != nil {
		panic(err) // the edits are its own
	}
	return numbered(strings.TrimPrefix(diff, "--- a\n+++ b\n"), l.line, shift)
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

// numbered is a hunk with the lines of the file, of which first stand before it, and by how many lines it makes the file longer.
// go-udiff v0.4.1 forgets the unchanged lines between two edits of one hunk, after which patch(1) and editors look in the wrong place.
// shift is by how many lines those before it made the file longer.
func numbered(diff string, first, shift int) (hunk string, more int) {
	header, rest, _ := strings.Cut(diff, "\n")
	var old, oldCount, fresh, freshCount int
	ranges := strings.Fields(header)
	if len(ranges) != 4 || !readRange(ranges[1], &old, &oldCount) || !readRange(ranges[2], &fresh, &freshCount) {
		panic("no header: " + header) // it was written by go-udiff
	}
	old += first
	if oldCount > 0 && freshCount > 0 {
		fresh = old + shift
	} else {
		fresh += first + shift
	}
	return fmt.Sprintf("@@ -%s +%s @@\n%s", writeRange(old, oldCount), writeRange(fresh, freshCount), rest), freshCount - oldCount
}

// readRange reads "-12,3", or "-12" for one line.
func readRange(s string, start, count *int) bool {
	if n, _ := fmt.Sscanf(s[1:], "%d,%d", start, count); n == 2 {
		return true
	}
	*count = 1
	n, _ := fmt.Sscanf(s[1:], "%d", start)
	return n == 1
}

// writeRange writes what readRange reads.
func writeRange(start, count int) string {
	if count == 1 {
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, count)
}

package patch

import (
	"bytes"
	"fmt"
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

// UnifiedOf is Unified for a file in pieces, each of which became the one after it: a file of thousands of documents that changed
// takes as long as each of them by itself, and no line of one is taken for another's.
func UnifiedOf(name string, pieces []Piece) string {
	edits := edits(pieces)
	if len(edits) == 0 {
		return ""
	}
	before := make([][]byte, len(pieces))
	for i := range pieces {
		before[i] = pieces[i].Before
	}
	text := lines{text: string(bytes.Join(before, nil))}
	from, to := "a/"+name, "b/"+name
	out := &strings.Builder{}
	fmt.Fprintf(out, "--- %s\n+++ %s\n", from, to)
	shift := 0
	for len(edits) > 0 {
		// go-udiff v0.4.1 counts the lines of the whole text for every edit: it is given those of one hunk.
		start, end := text.before(edits[0].Start), edits[0].End
		n := 1
		for n < len(edits) && text.between(end, edits[n].Start) <= 2*udiff.DefaultContextLines {
			end = edits[n].End
			n++
		}
		first := text.line
		hunk, local := text.text[start:text.behind(end)], edits[:n]
		for i := range local {
			local[i].Start, local[i].End = local[i].Start-start, local[i].End-start
		}
		diff, err := udiff.ToUnified(from, to, hunk, local, udiff.DefaultContextLines)
		if err != nil {
			panic(err) // the edits are its own
		}
		_, diff, _ = strings.Cut(diff, "\n")
		_, diff, _ = strings.Cut(diff, "\n")
		shift += number(out, diff, first, shift)
		edits = edits[n:]
	}
	return out.String()
}

// edits are the differences of all pieces, by their offsets in the text before.
func edits(pieces []Piece) (all []udiff.Edit) {
	offset := 0
	for _, p := range pieces {
		if !bytes.Equal(p.Before, p.After) {
			for _, e := range udiff.Lines(string(p.Before), string(p.After)) {
				e.Start, e.End = e.Start+offset, e.End+offset
				if n := len(all); n > 0 && all[n-1].End == e.Start { // at the end of the piece before
					all[n-1].End, all[n-1].New = e.End, all[n-1].New+e.New
					continue
				}
				all = append(all, e)
			}
		}
		offset += len(p.Before)
	}
	return all
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

// number writes a hunk with the lines of the file, of which first stand before it, and gives by how many lines it makes the file
// longer. go-udiff v0.4.1 forgets the unchanged lines between two edits of one hunk, after which patch(1) and editors look in the
// wrong place. shift is by how many lines those before it made the file longer.
func number(out *strings.Builder, diff string, first, shift int) (more int) {
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
	fmt.Fprintf(out, "@@ -%s +%s @@\n%s", writeRange(old, oldCount), writeRange(fresh, freshCount), rest)
	return freshCount - oldCount
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

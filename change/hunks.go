package change

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// maxHeaded is the size of the largest text of a document, in bytes, that is read once more to find the lines of its changes.
const maxHeaded = 1 << 20

// touch is what was done in a document for one rule: operations, or keys of a configuration.
type touch struct {
	code string
	ops  []patch.Op
	keys []string
	turn int // of all that was done in the file
}

// touched notes what an edit of a document was made of: of each finding its operations and changes of the configuration.
func (s *Set) touched(doc *workload.Document, findings []rule.Finding, groups [][]patch.Op, conf bool) {
	for i, found := range findings {
		if len(groups[i]) == 0 {
			continue
		}
		s.turns++
		one := touch{code: found.Code, ops: groups[i], turn: s.turns}
		for _, e := range found.Edits {
			for _, c := range e.Conf {
				if conf {
					one.keys = append(one.keys, c.Key)
				}
			}
		}
		done := s.document(doc)
		done.touches = append(done.touches, one)
	}
}

// Headed is naming.Difference with each hunk headed by the codes of the rules that it is for: patch and git leave out what stands there.
func (s *Set) Headed(name string, f *source.File, hide func([]byte) []byte) iter.Seq[string] {
	shown := f.View(hide)
	head := s.heads(f, shown)
	_, creates := s.created[f]
	return func(yield func(string) bool) {
		for text := range patch.Hunks(name, shown.Pieces()) {
			if creates { // by this git and patch know that there is no such file
				text = strings.Replace(text, "--- a/"+name+"\n", "--- /dev/null\n", 1)
			}
			if !yield(head(text)) {
				return
			}
		}
	}
}

// heads heads the hunks of a difference, which are handed in in their order.
func (s *Set) heads(f *source.File, shown *source.View) func(text string) string {
	touched := s.stretches(f, shown)
	return func(text string) string {
		if !strings.HasPrefix(text, "@@ -") || len(touched) == 0 {
			return text
		}
		h := readHunk(text)
		for len(touched) > 0 && touched[0].behind < h.first {
			touched = touched[1:]
		}
		var near []placedTouch
		for _, one := range touched {
			if one.first > h.first+max(h.count, 1) { // of a new file no line stands there
				break
			}
			near = append(near, one.touches...)
		}
		slices.SortStableFunc(near, func(a, b placedTouch) int { return a.turn - b.turn })
		for _, exact := range []bool{true, false} {
			for _, t := range near {
				if !slices.Contains(h.codes, t.code) && (t.in(&h) || (!exact || !t.at.known()) && t.named(&h)) {
					h.codes = append(h.codes, t.code)
				}
			}
			if len(h.codes) > 0 {
				break
			}
		}
		return h.String()
	}
}

// stretch is a part of a file in which something was done: its first line and the one behind it, as the file was opened.
type stretch struct {
	first, behind int
	touches       []placedTouch
}

// placedTouch is what was done, and the lines where; of a document that was edited as another these are the other's, and move by so many.
type placedTouch struct {
	*touch
	at                 lines
	further, furtherAt int // in the text before and in that after
}

// stretches are those of a file, in its order.
func (s *Set) stretches(f *source.File, shown *source.View) (all []stretch) {
	places := map[*workload.Document][]lines{}
	for _, d := range f.Docs {
		done := s.document(d)
		touches := done.touches
		if len(touches) == 0 {
			continue
		}
		of := d
		if done.as != nil && shown.SameLines(d, done.as) {
			of = done.as
		}
		at, known := places[of]
		if !known {
			old, fresh := shown.Versions(of, maxHeaded)
			for i := range touches {
				at = append(at, touches[i].where(old, fresh))
			}
			places[of] = at
		}
		var one stretch
		one.first, one.behind = shown.Lines(d)
		further, furtherAt := shown.Between(of, d)
		for i := range touches {
			one.touches = append(one.touches, placedTouch{&touches[i], at[i], further, furtherAt})
		}
		all = append(all, one)
	}
	return all
}

// lines are the numbers of lines of the text before and of that after.
type lines struct{ old, fresh []int }

func (w lines) known() bool { return len(w.old)+len(w.fresh) > 0 }

// in says that one of the lines is among those that a hunk changes.
func (t *placedTouch) in(h *hunk) bool {
	return slices.ContainsFunc(t.at.old, func(n int) bool { return slices.Contains(h.old, n+t.further) }) ||
		slices.ContainsFunc(t.at.fresh, func(n int) bool { return slices.Contains(h.fresh, n+t.furtherAt) })
}

// where finds the lines of the places that the operations are for.
func (t *touch) where(old, fresh *workload.Document) (w lines) {
	line := func(d *workload.Document, at patch.Path) []int {
		if d == nil {
			return nil
		}
		if _, there := patch.Lookup(d.Raw, at); there || d.Raw == nil {
			if n := d.LineOf(at); n > 0 {
				return []int{n}
			}
		}
		return nil
	}
	for _, op := range t.ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil || len(at) == 0 {
			continue
		}
		before := at
		if op.Op == patch.Move {
			before, _ = patch.ParsePointer(op.From)
		}
		w.old, w.fresh = append(w.old, line(old, before)...), append(w.fresh, line(fresh, at)...)
	}
	return w
}

// named says that a line that a hunk changes names a key, a field or a variable of the operations.
func (t *touch) named(h *hunk) bool {
	words := slices.Clone(t.keys)
	for _, op := range t.ops {
		if at, err := patch.ParsePointer(op.Path); err == nil && len(at) > 0 && len(t.keys) == 0 {
			words = append(words, patch.Last(at))
		}
		var of struct{ Name string }
		if json.Unmarshal(op.Value, &of) == nil {
			words = append(words, of.Name)
		}
	}
	for _, word := range words {
		if len(word) > 3 && slices.ContainsFunc(h.changed, func(line string) bool { return strings.Contains(line, word) }) {
			return true
		}
	}
	return false
}

// hunk is a piece of a difference: the lines that it shows of the text before, the numbers of the lines that it takes out and brings
// in, and these lines.
type hunk struct {
	header, rest string
	first, count int
	old, fresh   []int
	changed      []string
	codes        []string
}

func (h *hunk) String() string {
	if len(h.codes) == 0 {
		return h.header + h.rest
	}
	return strings.TrimRight(h.header, "\n") + " " + strings.Join(h.codes, ", ") + "\n" + h.rest
}

// readHunk reads a hunk of a unified difference.
func readHunk(text string) (h hunk) {
	end := strings.IndexByte(text, '\n') + 1
	h.header, h.rest, h.count = text[:end], text[end:], 1
	ranges := strings.Fields(h.header)
	first, count, has := strings.Cut(strings.TrimPrefix(ranges[1], "-"), ",")
	if has {
		h.count, _ = strconv.Atoi(count)
	}
	oldAt, _ := strconv.Atoi(first)
	freshAt := 0
	if len(ranges) > 2 {
		first, _, _ = strings.Cut(strings.TrimPrefix(ranges[2], "+"), ",")
		freshAt, _ = strconv.Atoi(first)
	}
	h.first = oldAt
	for line := range strings.Lines(h.rest) {
		switch line[0] {
		case '-':
			h.old, h.changed, oldAt = append(h.old, oldAt), append(h.changed, line), oldAt+1
		case '+':
			h.fresh, h.changed, freshAt = append(h.fresh, freshAt), append(h.changed, line), freshAt+1
		case ' ':
			oldAt, freshAt = oldAt+1, freshAt+1
		}
	}
	return h
}

package change

import (
	"encoding/json"
	"fmt"
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
		s.touches[doc] = append(s.touches[doc], one)
	}
}

// Headed is the difference between a file as it was and as it is, each hunk headed by the codes of the rules that it is for:
// patch and git leave out what stands there.
func (s *Set) Headed(f *source.File, difference string, shown *source.View) string {
	touched := s.stretches(f, shown)
	if len(touched) == 0 {
		return difference
	}
	hunks := cutHunks(difference)
	for i := range hunks {
		h := &hunks[i]
		if h.header == "" {
			continue
		}
		for len(touched) > 0 && touched[0].behind < h.first {
			touched = touched[1:]
		}
		var near []placedTouch
		for _, one := range touched {
			if one.first > h.first+h.count {
				break
			}
			near = append(near, one.touches...)
		}
		slices.SortStableFunc(near, func(a, b placedTouch) int { return a.turn - b.turn })
		for _, exact := range []bool{true, false} {
			for _, t := range near {
				if !slices.Contains(h.codes, t.code) && (t.at.in(h) || (!exact || !t.at.known()) && t.named(h)) {
					h.codes = append(h.codes, t.code)
				}
			}
			if len(h.codes) > 0 {
				break
			}
		}
	}
	var b strings.Builder
	for i := range hunks {
		hunks[i].write(&b)
	}
	return b.String()
}

// stretch is a part of a file in which something was done: its first line and the one behind it, as the file was opened.
type stretch struct {
	first, behind int
	touches       []placedTouch
}

type placedTouch struct {
	*touch
	at lines
}

// stretches are those of a file, in its order.
func (s *Set) stretches(f *source.File, shown *source.View) (all []stretch) {
	for _, d := range f.Docs {
		touches := s.touches[d]
		if len(touches) == 0 {
			continue
		}
		var one stretch
		one.first, one.behind = shown.Lines(d)
		old, fresh := shown.Versions(d, maxHeaded)
		for i := range touches {
			one.touches = append(one.touches, placedTouch{&touches[i], touches[i].where(old, fresh)})
		}
		all = append(all, one)
	}
	return all
}

// lines are the numbers of lines of the text before and of that after.
type lines struct{ old, fresh []int }

func (w lines) known() bool { return len(w.old)+len(w.fresh) > 0 }

// in says that one of the lines is among those that a hunk changes.
func (w lines) in(h *hunk) bool {
	return slices.ContainsFunc(w.old, func(n int) bool { return slices.Contains(h.old, n) }) ||
		slices.ContainsFunc(w.fresh, func(n int) bool { return slices.Contains(h.fresh, n) })
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
		w.old, w.fresh = append(w.old, line(old, at)...), append(w.fresh, line(fresh, at)...)
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

func (h *hunk) write(b *strings.Builder) {
	if len(h.codes) == 0 {
		b.WriteString(h.header)
	} else {
		b.WriteString(strings.TrimRight(h.header, "\n") + " " + strings.Join(h.codes, ", ") + "\n")
	}
	b.WriteString(h.rest)
}

// cutHunks parts a difference. What stands before the first hunk has no header.
func cutHunks(difference string) (all []hunk) {
	all = append(all, hunk{})
	at, from, oldAt, freshAt := 0, 0, 0, 0
	for line := range strings.Lines(difference) {
		at += len(line)
		h := &all[len(all)-1]
		if strings.HasPrefix(line, "@@ -") {
			_, _ = fmt.Sscanf(line, "@@ -%d", &oldAt)
			h.rest, from = difference[from:at-len(line)], at
			one := hunk{header: line, first: oldAt, count: 1}
			ranges := strings.Fields(line)
			if _, count, has := strings.Cut(ranges[1], ","); has {
				one.count, _ = strconv.Atoi(count)
			}
			if len(ranges) > 2 {
				_, _ = fmt.Sscanf(ranges[2], "+%d", &freshAt)
			}
			all = append(all, one)
			continue
		}
		if h.header == "" {
			continue
		}
		switch line[0] {
		case '-':
			h.old, h.changed, oldAt = append(h.old, oldAt), append(h.changed, line), oldAt+1
		case '+':
			h.fresh, h.changed, freshAt = append(h.fresh, freshAt), append(h.changed, line), freshAt+1
		case ' ':
			oldAt, freshAt = oldAt+1, freshAt+1
		}
	}
	all[len(all)-1].rest = difference[from:]
	return all
}

package change

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// maxHeaded is the size of the largest file, in bytes, that is read once more to find the lines of its changes.
const maxHeaded = 1 << 20

// touch is what was done in a document for one rule: operations, or keys of a configuration.
type touch struct {
	code string
	doc  *workload.Document
	ops  []patch.Op
	keys []string
}

// touched notes what an edit of a document was made of: of each finding its operations and changes of the configuration.
func (s *Set) touched(file *source.File, doc *workload.Document, findings []rule.Finding, groups [][]patch.Op, conf bool) {
	for i, found := range findings {
		if len(groups[i]) == 0 {
			continue
		}
		one := touch{code: found.Code, doc: doc, ops: groups[i]}
		for _, e := range found.Edits {
			for _, c := range e.Conf {
				if conf {
					one.keys = append(one.keys, c.Key)
				}
			}
		}
		s.touches[file] = append(s.touches[file], one)
	}
}

// Headed is the difference between a file as it was and as it is, each hunk headed by the codes of the rules that it is for:
// patch and git leave out what stands there. before and after are the texts that differ, as they are shown.
func (s *Set) Headed(f *source.File, difference string, before, after []byte) string {
	touches := s.touches[f]
	if len(touches) == 0 {
		return difference
	}
	old, fresh := shownDocs(f, before), shownDocs(f, after)
	wheres := make([]lines, len(touches))
	for i, t := range touches {
		wheres[i] = t.where(f, old, fresh)
	}
	hunks := cutHunks(difference)
	for i := range hunks {
		h := &hunks[i]
		if h.header == "" {
			continue
		}
		for _, exact := range []bool{true, false} {
			for j, t := range touches {
				if !slices.Contains(h.codes, t.code) && (wheres[j].in(h) || (!exact || !wheres[j].known()) && t.named(h)) {
					h.codes = append(h.codes, t.code)
				}
			}
			if len(h.codes) > 0 {
				break
			}
		}
	}
	var b strings.Builder
	for _, h := range hunks {
		b.WriteString(h.String())
	}
	return b.String()
}

// shownDocs are the documents of a text of a file; nil where it is too large, or cannot be read as it is shown.
func shownDocs(f *source.File, text []byte) []*workload.Document {
	if len(text) > maxHeaded {
		return nil
	}
	opened, err := source.Open(f.Name, text)
	if err != nil || len(opened.Docs) != len(f.Docs) {
		return nil
	}
	return opened.Docs
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
func (t *touch) where(f *source.File, old, fresh []*workload.Document) (w lines) {
	i := slices.Index(f.Docs, t.doc)
	if i < 0 {
		return w
	}
	line := func(docs []*workload.Document, at patch.Path) []int {
		if docs == nil {
			return nil
		}
		if _, there := patch.Lookup(docs[i].Raw, at); there || docs[i].Raw == nil {
			if n := docs[i].LineOf(at); n > 0 {
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

// hunk is a piece of a difference: the numbers of the lines that it takes out and brings in, and these lines.
type hunk struct {
	header, rest string
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

// cutHunks parts a difference. What stands before the first hunk has no header.
func cutHunks(difference string) (all []hunk) {
	var oldAt, freshAt int
	all = append(all, hunk{})
	for line := range strings.Lines(difference) {
		if n, _ := fmt.Sscanf(line, "@@ -%d", &oldAt); n == 1 {
			if _, fresh, has := strings.Cut(line, " +"); has {
				_, _ = fmt.Sscanf(fresh, "%d", &freshAt)
			}
			all = append(all, hunk{header: line})
			continue
		}
		h := &all[len(all)-1]
		h.rest += line
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
	return all
}

package change

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change/naming"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Preview is the difference that the changes for a code in a workload make, without those for other codes. Where they stand upon others it
// is all that changes in the same lines. hide gives a text without its secrets, and value a setting's value.
func (s *Set) Preview(title, code string, hide func([]byte) []byte, value func(key, value string) string) string {
	var b strings.Builder
	docs := map[*workload.Document]bool{}
	var submit []spark.Change
	for _, o := range s.Kept() {
		if o.Title != title || o.Finding.Code != code || o.Fate == Manual {
			continue
		}
		for _, subject := range s.subjects(title, o.Role) {
			docs[subject.Doc], docs[subject.ConfDoc()] = true, true
		}
		for _, f := range o.files {
			if _, creates := s.created[f]; creates {
				docs[f.Docs[0]] = true
			}
		}
		if o.Submit {
			for _, e := range o.Finding.Edits {
				submit = append(submit, e.Conf...)
			}
		}
	}
	for _, f := range s.Files() {
		if !slices.ContainsFunc(f.Docs, func(d *workload.Document) bool { return docs[d] }) {
			continue
		}
		name := strings.TrimLeft(f.Name, "/")
		if alone := s.alone(f, docs, code); alone != nil {
			for text := range naming.Difference(name, alone, hide) {
				b.WriteString(text)
			}
			continue
		}
		shown := f.View(hide)
		for text := range s.Headed(name, f, hide) {
			if s.headed(text, code, f, shown, docs) {
				b.WriteString(text)
			}
		}
	}
	settings := Settings{Changes: submit}.Masked(value)
	for _, key := range settings.Unset() {
		b.WriteString("spark-submit: remove " + key + "\n")
	}
	for _, line := range settings.Args() {
		b.WriteString("spark-submit: " + line + "\n")
	}
	return b.String()
}

// alone is a file as it was with the changes for one code in some of its documents; nil where they cannot be made by themselves.
func (s *Set) alone(f *source.File, docs map[*workload.Document]bool, code string) *source.File {
	fresh, err := source.Open(f.Name, f.Raw)
	if err != nil || len(fresh.Docs) != len(f.Docs) {
		return nil
	}
	edited := false
	for i, d := range f.Docs {
		if !docs[d] {
			continue
		}
		var ops []patch.Op
		for _, t := range s.document(d).touches {
			if t.code == code {
				ops = append(ops, t.ops...)
			}
		}
		if len(ops) == 0 {
			continue
		}
		if fresh.Edit(fresh.Docs[i], ops) != nil {
			return nil
		}
		edited = true
	}
	if !edited {
		return nil
	}
	return fresh
}

// headed says that a piece of a difference is for a code, in one of the documents.
func (s *Set) headed(text, code string, f *source.File, shown *source.View, docs map[*workload.Document]bool) bool {
	if !strings.HasPrefix(text, "@@ -") {
		return true // it names the file
	}
	h := readHunk(text)
	_, codes, _ := strings.Cut(strings.TrimPrefix(h.header, "@@"), "@@")
	return strings.Contains(codes, code) && slices.ContainsFunc(f.Docs, func(d *workload.Document) bool {
		first, behind := shown.Lines(d)
		return docs[d] && h.first < behind && first <= h.first+h.count
	})
}

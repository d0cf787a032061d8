package rule

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Fixed is a diagnosis with the edits that bring the subject into the wanted state.
type Fixed struct {
	Diagnosis
	Ops     []patch.Op     // on the template, checked against the raw object as at admission
	Changes []spark.Change // of the configuration, one a key
}

// Fix runs Diagnose and returns the edits of all findings, including corrections of user values.
// An error means that the operations failed their verification: the object must not be changed.
func (s *Set) Fix(in Input) (Fixed, error) {
	r, d := s.diagnose(in, true)
	m := Fixed{Diagnosis: d}
	for _, f := range d.Findings {
		for _, e := range f.Edits {
			m.Ops = append(m.Ops, e.Ops...)
		}
	}
	m.gather()
	if len(m.Ops) == 0 {
		return m, nil
	}
	if err := r.verify(m.Ops); err != nil {
		return Fixed{Diagnosis: d}, err
	}
	return m, nil
}

// gather makes the changes of the configuration those of the findings.
func (m *Fixed) gather() {
	m.Changes = nil
	at := map[string]int{}
	for _, f := range m.Findings {
		for _, e := range f.Edits {
			for _, c := range e.Conf {
				if i, seen := at[c.Key]; seen {
					m.Changes[i] = c
					continue
				}
				at[c.Key] = len(m.Changes)
				m.Changes = append(m.Changes, c)
			}
		}
	}
}

// Leave leaves findings out, with what they change in the configuration. One that edits the template stays: edits after it stand upon
// its own.
func (m *Fixed) Leave(out func(*Finding) bool) {
	m.Findings = slices.DeleteFunc(m.Findings, func(f Finding) bool { return out(&f) && !f.EditsTemplate() })
	m.gather()
}

// EditsTemplate says that a part of what mends the finding is an edit of the template.
func (f *Finding) EditsTemplate() bool {
	return slices.ContainsFunc(f.Edits, func(e Edit) bool { return len(e.Ops) > 0 })
}

// Creates says that what mends the finding is an object that should exist.
func (f *Finding) Creates() bool {
	return slices.ContainsFunc(f.Edits, func(e Edit) bool { return e.Companion != nil })
}

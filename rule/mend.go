package rule

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Mended is a diagnosis with what brings the subject into the wanted state.
type Mended struct {
	Diagnosis
	Ops     []patch.Op     // on the template, checked against the raw object as at admission
	Changes []spark.Change // of the configuration, one a key
}

// Mend runs Diagnose and gives everything that its findings carry, corrections of what a user wrote included.
// An error means that the operations would not say what was meant: the object must be left as it was.
func (s *Set) Mend(in Input) (Mended, error) {
	r, d := s.diagnose(in, true)
	m := Mended{Diagnosis: d}
	at := map[string]int{}
	for _, f := range d.Findings {
		for _, e := range f.Edits {
			m.Ops = append(m.Ops, e.Ops...)
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
	if len(m.Ops) == 0 {
		return m, nil
	}
	if err := r.verify(m.Ops); err != nil {
		return Mended{Diagnosis: d}, err
	}
	return m, nil
}

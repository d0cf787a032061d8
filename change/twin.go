package change

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Twins are judged and changed once: what became of the first becomes of the others, in their own lines and under their own names.

// led is what was done for a workload that is the twin of others.
type led struct {
	outcomes         []Outcome
	settings, submit []Settings
}

// follow does for a workload what was done for its twin; false where it has to be done anew.
func (f *fixer) follow(w *scene.Workload) bool {
	if w.Twin == nil || f.workload(w.Twin).led == nil {
		return false
	}
	of := f.workload(w.Twin).led
	doc, twin := w.Subjects[0].Doc, w.Twin.Subjects[0].Doc
	file := f.Scene.FileOf(doc)
	if f.LeftOut(file) {
		return true
	}
	if done := f.document(twin); done.edits > 0 {
		if !file.EditAs(doc, twin) {
			return false
		}
		f.documents[doc] = &documentState{edits: done.edits, touches: done.touches, as: twin}
	}
	for _, o := range of.outcomes {
		o.Title = w.Title
		f.Outcomes = append(f.Outcomes, o)
	}
	for _, s := range of.settings {
		s.Title = w.Title
		f.Settings = joined(f.Settings, f.configured, s)
	}
	for _, s := range of.submit {
		s.Title = w.Title
		f.Submit = joined(f.Submit, f.submitted, s)
	}
	return true
}

// lead does work for a workload, and notes what was done where it is the twin of others. What speaks of it by its name is no
// example for others.
func (f *fixer) lead(w *scene.Workload, work func() error) error {
	if !w.Example || len(f.declined) > 0 {
		return work()
	}
	outcomes, notes := len(f.Outcomes), len(f.Notes)
	if err := work(); err != nil || len(f.Notes) > notes || f.Scene.FileOf(w.Subjects[0].Doc) == nil {
		return err
	}
	one := &led{outcomes: slices.Clone(f.Outcomes[outcomes:])}
	of := func(all []Settings) (own []Settings) {
		for _, s := range all {
			if s.Title == w.Title {
				own = append(own, s)
			}
		}
		return own
	}
	one.settings, one.submit = of(f.Settings), of(f.Submit)
	var said []any
	for _, s := range slices.Concat(one.settings, one.submit) {
		said = append(said, s.Changes)
	}
	for _, o := range one.outcomes {
		said = append(said, o.Why, o.Finding)
		for _, one := range o.Did {
			said = append(said, one.Name, one.From, one.Before, one.After)
		}
	}
	for _, s := range w.Subjects {
		for _, t := range f.document(s.Doc).touches {
			said = append(said, t.ops, t.keys)
		}
	}
	if !Mentions(said, w) {
		f.workload(w).led = one
	}
	return nil
}

// Mentions says that a value tells of a workload by its name or by a line of its file, so that it holds for no other.
func Mentions(value any, w *scene.Workload) bool {
	text, err := json.Marshal(value)
	return err != nil || numbered.Match(text) || bytes.Contains(text, []byte(filepath.Base(w.FirstFile())+":")) || bytes.Contains(text, []byte(w.Name))
}

// numbered is a line in a text.
var numbered = regexp.MustCompile(`\blines? [0-9]`)

// judged is what was found in a workload that is the twin of others, by its subjects.
type judged struct {
	found [][]rule.Finding
	taken map[fault]bool // of which a finding is at the lowest level or above
}

// find is what is found in each subject of a workload that is judged, before anything is changed.
func (f *fixer) find(w *scene.Workload) *judged {
	if w.Twin != nil {
		if one := f.workload(w.Twin).judged; one != nil {
			return one
		}
		w.Separate()
	}
	all := &judged{taken: map[fault]bool{}}
	for _, s := range w.Judged() {
		found, views := s.Find(f.want)
		all.found = append(all.found, found)
		graded := make([][]graded, len(views))
		for i := range views {
			graded[i] = gradedOf(views[i])
		}
		f.see(s, s, graded)
		for i := range found {
			of := faultOf(&found[i])
			all.taken[of] = all.taken[of] || found[i].Level.AtLeast(f.lowest)
		}
	}
	if w.Example && !Mentions(all.found, w) {
		f.workload(w).judged = all
	}
	return all
}

// stands is the subject that stands for one: that of its workload's twin, where all that was done to the one was done to the other.
func (f *fixer) stands(s *scene.Subject) *scene.Subject {
	if twin := s.Twin(); twin != nil && f.workload(s.Workload.Twin).led != nil && (f.document(s.Doc).as != nil || !f.edited(s.Doc)) {
		return twin
	}
	return s
}

package change

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
)

// carriable says whether anything that the rules want of a subject can be carried out where it stands. Nothing is edited.
func carriable(s *scene.Subject, want scene.Wanted) bool {
	if conf := s.ConfDoc(); s.Doc.Closed != nil && (conf == nil || conf.Closed != nil) {
		return false
	}
	inputs, _ := s.Inputs(want)
	for _, in := range inputs {
		given := in.Input
		if in.Template != nil {
			given.Template = in.Template.DeepCopy()
		}
		mended, err := want.Set.Fix(given)
		if err != nil {
			continue
		}
		t := &templated{mended: mended}
		for _, ops := range operations(nil, s, in, t) {
			if len(ops) > 0 && s.Doc.Refuses(ops) == nil {
				return true
			}
		}
		if settable(s, mended) {
			return true
		}
	}
	return false
}

// settable says whether any change of the configuration that the findings want can be carried out in the document that holds it.
func settable(s *scene.Subject, mended rule.Fixed) bool {
	doc := s.ConfDoc()
	if len(mended.Changes) == 0 || doc == nil {
		return false
	}
	groups := make([][]spark.Change, len(mended.Findings))
	for i, f := range mended.Findings {
		for _, e := range f.Edits {
			groups[i] = append(groups[i], e.Conf...)
		}
	}
	for _, g := range carry.ConfGroups(doc, groups) {
		if g.Refused == nil && len(g.Ops) > 0 && doc.Refuses(g.Ops) == nil {
			return true
		}
	}
	return false
}

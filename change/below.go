package change

import (
	"context"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// lower lists the codes whose findings in one view of a subject are all below the lowest level, in the whole workload.
func (f *fixer) lower(s *scene.Subject, in scene.Judging) (codes []string) {
	if rule.Advice.AtLeast(f.lowest) {
		return nil
	}
	given := in.Input
	if in.Template != nil {
		given.Template = in.Template.DeepCopy()
	}
	all := f.want.Set.Diagnose(given).Findings
	for _, one := range all {
		higher := func(other rule.Finding) bool { return other.Code == one.Code && other.Level.AtLeast(f.lowest) }
		if !f.taken[s.Workload.Title][one.Code] && !slices.ContainsFunc(all, higher) {
			codes = append(codes, one.Code)
		}
	}
	return codes
}

// below looks once more at what is left for its level: what changed for another finding may have taken it away.
func (f *fixer) below(ctx context.Context) {
	codes := map[string]map[string]bool{} // still found, by subject's ID; nil: as it was
	f.Below = slices.DeleteFunc(f.Below, func(one Found) bool {
		s := one.Subject
		if ctx.Err() != nil {
			return false
		}
		left, known := codes[s.ID()]
		if !known {
			left = f.still(s)
			codes[s.ID()] = left
		}
		return left != nil && !left[one.Finding.Code]
	})
}

// still lists the codes that are found in a subject after the edits; nil where nothing of it was edited.
func (f *fixer) still(s *scene.Subject) map[string]bool {
	if conf := s.ConfDoc(); !f.touched[s.Doc] && (conf == nil || !f.touched[conf]) {
		return nil
	}
	left := map[string]bool{}
	if now := s.Now(); now != nil {
		for _, one := range now.Judge(f.want).Findings {
			left[one.Code] = true
		}
	}
	return left
}

package change

import (
	"context"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// fault is what is the same of findings that doctor shows as one. Those of which parts make the message are one of their rule.
type fault struct{ code, form string }

func faultOf(f *rule.Finding) fault { return fault{f.Code, f.Fault} }

// graded is what a finding is known by: of thousands of subjects no more is held.
type graded struct {
	fault
	level rule.Level
}

func gradedOf(all []rule.Finding) []graded {
	out := make([]graded, len(all))
	for i := range all {
		out[i] = graded{faultOf(&all[i]), all[i].Level}
	}
	return out
}

// see keeps what was found in a subject as it stands now.
func (f *fixer) see(given, now *scene.Subject, views [][]graded) {
	at := f.subject(given)
	at.views, at.edits = views, f.editsOf(now)
}

// unchanged is what was found in the views of a subject, where no edit came after; nil where it is to be found anew.
func (f *fixer) unchanged(given, now *scene.Subject) [][]graded {
	if had := f.subject(given); had.edits == f.editsOf(now) {
		return had.views
	}
	return nil
}

func (f *fixer) editsOf(s *scene.Subject) [2]int {
	return [2]int{f.document(s.Doc).edits, f.document(s.ConfDoc()).edits}
}

// lowers says that findings of some levels are not fixed.
func (f *fixer) lowers() bool { return !rule.Advice.AtLeast(f.lowest) }

// diagnose lists what is found in one view of a subject.
func (f *fixer) diagnose(in scene.Judging) []graded {
	given := in.Input
	if in.Template != nil {
		given.Template = in.Template.DeepCopy()
	}
	return gradedOf(f.want.Set.Diagnose(given).Findings)
}

// takes says that a finding of a workload is fixed for its level, or for that of another one that doctor shows with it. One that was not
// found before, as behind others or in the owner of pods, is so for any of its rule.
func (f *fixer) takes(s *scene.Subject, one graded) bool {
	if one.level.AtLeast(f.lowest) {
		return true
	}
	found := f.workload(s.Workload).taken
	taken, known := found[one.fault]
	if known {
		return taken
	}
	for other, is := range found {
		taken = taken || is && other.code == one.code
	}
	return taken
}

// lower lists the codes of which no finding in one view of a subject is fixed, for their levels.
func (f *fixer) lower(s *scene.Subject, all []graded) (codes []string) {
	for _, one := range all {
		if !slices.ContainsFunc(all, func(other graded) bool { return other.code == one.code && f.takes(s, other) }) {
			codes = append(codes, one.code)
		}
	}
	return codes
}

// fixes is what the rules want of one view of a subject, without findings that are not fixed for their level, and without objects that
// are created beside it.
func (f *fixer) fixes(s *scene.Subject, in rule.Input) (rule.Fixed, error) {
	mended, err := f.want.Set.Fix(in)
	for _, found := range mended.Findings {
		if found.Creates() && (!f.lowers() || f.takes(s, graded{faultOf(&found), found.Level})) {
			f.late = append(f.late, Found{s, &found})
		}
	}
	if err == nil && (f.lowers() || slices.ContainsFunc(mended.Findings, func(found rule.Finding) bool { return found.Creates() })) {
		mended.Leave(func(found *rule.Finding) bool {
			return found.Creates() || f.lowers() && !f.takes(s, graded{faultOf(found), found.Level})
		})
	}
	return mended, err
}

// below looks once more at what is left for its level: what changed for another finding may have taken it away.
func (f *fixer) below(ctx context.Context) {
	f.Below = slices.DeleteFunc(f.Below, func(one Found) bool {
		s := one.Subject
		if ctx.Err() != nil || !f.edited(s.Doc) && !f.edited(s.ConfDoc()) {
			return false
		}
		return !f.leftIn(s)[one.Finding.Code]
	})
}

// edited says that a document was edited for a subject.
func (f *fixer) edited(doc *workload.Document) bool { return f.document(doc).edits > 0 }

// leftIn are the codes that are found in a subject once all is changed.
func (f *fixer) leftIn(s *scene.Subject) map[string]bool {
	s = f.stands(s)
	at := f.subject(s)
	if at.left == nil {
		at.left = f.still(s)
	}
	return at.left
}

// still are the codes that are found in a subject as it stands now.
func (f *fixer) still(s *scene.Subject) map[string]bool {
	left := map[string]bool{}
	now := s.Now()
	if now == nil {
		return left
	}
	views := f.unchanged(s, now)
	if views == nil {
		found, _ := now.Find(f.want)
		views = [][]graded{gradedOf(found)}
	}
	for _, one := range slices.Concat(views...) {
		left[one.code] = true
	}
	return left
}

// only are the codes that may be changed in a subject; nil: all.
func (f *fixer) only(s *scene.Subject) []string {
	shown, declined := f.subject(s).shown, f.declined[s.Workload.Title]
	if shown == nil && len(declined) == 0 {
		return f.want.Only
	}
	asked := f.want.Only
	if asked == nil {
		for _, r := range f.want.Set.Rules() {
			asked = append(asked, r.Code)
		}
	}
	codes := []string{}
	for _, only := range asked {
		if code, _, _ := strings.Cut(only, "/"); (shown[code] || shown == nil) && !declined[code] {
			codes = append(codes, only)
		}
	}
	return codes
}

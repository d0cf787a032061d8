package change

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// refusal is a finding whose edit the file does not take, such as one inside an anchor, and why.
type refusal struct {
	finding rule.Finding
	why     string
}

// templated is what became of a template.
type templated struct {
	mended  rule.Fixed
	refused []refusal
	why     map[int]string  // why a finding's edits are not made, by its index in mended
	did     [][]made.Change // what was changed for each finding
	edited  bool
}

// maxRefused bounds how many findings of one template are left so: each makes the rules run once more.
const maxRefused = 50

// template fixes a template where it stands; file is nil where it can not. A finding that the file does not take the edit of
// is left, and the others are fixed without it. mended is what the rules fix, where that is known.
func (f *fixer) template(file *source.File, s *scene.Subject, in scene.Judging, mended *rule.Fixed) (t templated, err error) {
	for {
		if mended != nil {
			t.mended, mended = *mended, nil
		} else {
			given := in.Input
			given.Template = in.Template.DeepCopy()
			if t.mended, err = f.fixes(s, given); err != nil {
				return t, fmt.Errorf("%s, %s: left as it was: %w", s.Workload.Title, s.Slot.Role, err)
			}
		}
		for i := range t.mended.Findings {
			t.mended.Findings[i].Written = !in.Carried && s.Pod() != nil
		}
		if file == nil || len(t.mended.Ops) == 0 {
			return t, nil
		}
		groups := operations(file, s, in, &t)
		all, each := slices.Concat(groups...), groups
		if len(all) == 0 {
			return t, nil
		}
		if in.Carried && len(t.mended.Findings) > 1 {
			each = t.each(file, s, in)
		}
		was := *s.Doc
		if err = file.Edit(s.Doc, all); err == nil {
			t.edited, t.did = true, make([][]made.Change, len(each))
			for i := range each {
				t.did[i] = made.By(file, &was, each[i])
			}
			f.touched(s.Doc, t.mended.Findings, each, false)
			return t, nil
		}
		at, why := f.refusedBy(file, s, in, &t, groups)
		if at < 0 {
			return t, err
		}
		no := t.mended.Findings[at]
		if len(t.refused) == maxRefused || len(no.Parts) == 0 {
			return t, err
		}
		t.refused = append(t.refused, refusal{no, why.Error()})
		for _, part := range no.Parts {
			in.Skip = append(in.Skip, no.Code+"/"+part)
		}
	}
}

// each are the operations that each finding's edits would become in the owner by themselves; none where the document is large.
func (t *templated) each(file *source.File, s *scene.Subject, in scene.Judging) [][]patch.Op {
	groups := make([][]patch.Op, len(t.mended.Findings))
	for i, found := range t.mended.Findings {
		if len(s.Doc.Raw) > maxHeaded || !found.EditsTemplate() {
			continue
		}
		alone := *t
		alone.mended.Findings = t.mended.Findings[i : i+1]
		groups[i] = slices.Concat(operations(file, s, in, &alone)...)
	}
	return groups
}

// MadeBySubmit says where the fields of a pod are set that spark-submit makes; "" where something else makes it.
func MadeBySubmit(s *scene.Subject) string {
	switch {
	case !s.Slot.Submission():
		return ""
	case held(s):
		return "the workflow's template makes the pod: set the fields there"
	}
	return "spark-submit makes the pod: give it a pod template (--conf spark.kubernetes.{driver,executor}.podTemplateFile), or let the webhook inject it"
}

// operations are those that each finding's edits become in the document: where the template stands or, of a predicted pod,
// where its owner has the fields.
func operations(file *source.File, s *scene.Subject, in scene.Judging, t *templated) [][]patch.Op {
	t.why = map[int]string{}
	groups := make([][]patch.Op, len(t.mended.Findings))
	if !in.Carried {
		for i, found := range t.mended.Findings {
			for _, e := range found.Edits {
				groups[i] = append(groups[i], patch.Prefix(e.Ops, s.Slot.At)...)
			}
		}
		return groups
	}
	if s.Slot.Submission() {
		why := MadeBySubmit(s)
		for i, found := range t.mended.Findings {
			if found.EditsTemplate() {
				t.why[i] = why
			}
		}
		return groups
	}
	order := carry.Order{Slot: s.Slot, Container: in.Identity.Container}
	for i, found := range t.mended.Findings {
		for _, e := range found.Edits {
			if len(e.Ops) > 0 {
				order.Wishes = append(order.Wishes, wish(e, strconv.Itoa(i)))
			}
		}
	}
	ops, refused := carry.Object(file, s.Doc, []carry.Order{order}, false)
	for _, no := range refused[0] {
		if i, err := strconv.Atoi(no.Key); err == nil {
			t.why[i] = no.Reason
		}
	}
	if len(ops) > 0 {
		groups[0] = ops // one edit of the owner: its parts stand upon each other
	}
	return groups
}

// refusedBy is the first finding whose edits the document does not take, and the error; -1 where that is none of them.
func (f *fixer) refusedBy(file *source.File, s *scene.Subject, in scene.Judging, t *templated, groups [][]patch.Op) (at int, err error) {
	if !in.Carried {
		return file.Refused(s.Doc, groups)
	}
	for i := range t.mended.Findings {
		alone := *t
		alone.mended.Findings = t.mended.Findings[i : i+1]
		if no, err := file.Refused(s.Doc, operations(file, s, in, &alone)); no >= 0 {
			return i, err
		}
	}
	return -1, nil
}

// configure makes the changes in the document that holds the configuration, those of one finding whole or not at all.
// It says whether it edited anything, and notes each finding's fate.
func (s *Set) configure(title string, doc *workload.Document, mended rule.Fixed, fates []fate) (edited bool, err error) {
	file := s.Scene.FileOf(doc)
	s.Settings = joined(s.Settings, s.configured, Settings{Title: title, File: file, Changes: mended.Changes})
	if file == nil {
		s.Submit = joined(s.Submit, s.submitted, Settings{Title: title, Changes: mended.Changes})
		for i, f := range mended.Findings {
			fates[i].submit = hasConf(f)
		}
		return false, nil
	}
	groups := make([][]spark.Change, len(mended.Findings))
	for i, f := range mended.Findings {
		for _, e := range f.Edits {
			groups[i] = append(groups[i], e.Conf...)
		}
	}
	before := slices.Clone(fates)
	for {
		ops := configurationOps(doc, mended, groups, fates)
		all := slices.Concat(ops...)
		if len(all) == 0 {
			return false, nil
		}
		was := *doc
		if err = file.Edit(doc, all); err == nil {
			for i := range ops {
				fates[i].did = made.Configured(file, &was, ops[i], groups[i])
			}
			s.touched(doc, mended.Findings, ops, true)
			return true, nil
		}
		at, why := file.Refused(doc, ops)
		if at < 0 {
			return false, err
		}
		groups[at], before[at].why = nil, why.Error()
		copy(fates, before)
	}
}

// configurationOps are the operations that make each finding's changes, and what becomes of it.
func configurationOps(doc *workload.Document, mended rule.Fixed, groups [][]spark.Change, fates []fate) [][]patch.Op {
	ops := make([][]patch.Op, len(groups))
	made := map[string]bool{} // keys that this edit changes
	for i, g := range carry.ConfGroups(doc, groups) {
		if g.Refused != nil {
			fates[i].why = g.Refused.Reason
			if g.Refused.Key != mended.Findings[i].Key {
				fates[i].why = g.Refused.Key + ": " + g.Refused.Reason
			}
			continue
		}
		ops[i] = g.Ops
		for _, c := range groups[i] {
			switch {
			case len(g.Ops) > 0:
				made[c.Key], fates[i].some = true, true
			case !made[c.Key]: // what an earlier finding did fixes this one too
				fates[i].why = "nothing was changed: " + c.Key + " is not set there"
			}
		}
	}
	return ops
}

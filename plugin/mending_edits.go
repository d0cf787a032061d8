package plugin

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// fate is what became of a finding's changes: whether some were made, whether others are for what submits the
// application, and why others were not made.
type fate struct {
	some   bool
	submit bool
	why    string
}

func hasOps(f rule.Finding) bool {
	for _, e := range f.Edits {
		if len(e.Ops) > 0 {
			return true
		}
	}
	return false
}

// impossible is a finding whose edit the file does not take, such as one inside an anchor, and why.
type impossible struct {
	finding rule.Finding
	why     string
}

// maxLeft bounds how many findings of one template are left so: each makes the rules run once more.
const maxLeft = 50

// template mends a template where it stands; file is nil where it can not. A finding that the file does not take the edit
// of is left, and the others are mended without it.
func (m *mending) template(who string, file *workload.File, s workload.Subject, in rule.Input) (mended rule.Mended, left []impossible, err error) {
	for {
		given := in
		given.Template = in.Template.DeepCopy()
		if mended, err = m.d.set.Mend(given); err != nil {
			return mended, nil, fmt.Errorf("%sleft as it was: %w", who, err)
		}
		if file == nil || len(mended.Ops) == 0 {
			return mended, left, nil
		}
		if err = file.Edit(s.Doc, patch.Prefix(mended.Ops, s.Slot.At)); err == nil {
			return mended, left, nil
		}
		groups := make([][]patch.Op, len(mended.Findings))
		for i, f := range mended.Findings {
			for _, e := range f.Edits {
				groups[i] = append(groups[i], patch.Prefix(e.Ops, s.Slot.At)...)
			}
		}
		at, why := file.Refused(s.Doc, groups)
		if at < 0 {
			return mended, nil, err
		}
		no := mended.Findings[at]
		if len(left) == maxLeft || len(no.Parts) == 0 {
			return mended, nil, err
		}
		left = append(left, impossible{no, why})
		for _, part := range no.Parts {
			in.Skip = append(in.Skip, no.Code+"/"+part)
		}
	}
}

// configure makes the changes in the document that holds the configuration, those of one finding whole or not at all.
// It says whether it edited anything, and notes each finding's fate.
func (m *mending) configure(name string, doc *workload.Document, mended rule.Mended, fates []fate) (edited bool, err error) {
	file := m.files[doc]
	m.changes = noted(m.changes, submission{name, file, mended.Changes})
	if file == nil {
		m.submits = noted(m.submits, submission{name, nil, mended.Changes})
		for i, f := range mended.Findings {
			fates[i].submit = slices.ContainsFunc(f.Edits, func(e rule.Edit) bool { return len(e.Conf) > 0 })
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
		if err = file.Edit(doc, all); err == nil {
			return true, nil
		}
		at, why := file.Refused(doc, ops)
		if at < 0 {
			return false, err
		}
		groups[at], before[at].why = nil, why
		copy(fates, before)
	}
}

// configurationOps are the operations that make each finding's changes, and what becomes of it.
func configurationOps(doc *workload.Document, mended rule.Mended, groups [][]spark.Change, fates []fate) [][]patch.Op {
	ops := make([][]patch.Op, len(groups))
	made := map[string]bool{} // keys that this edit changes
	for i, g := range workload.ConfGroups(doc, groups) {
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
			case !made[c.Key]: // what an earlier finding did mends this one too
				fates[i].why = "nothing was changed: what sets " + c.Key + " does not stand there"
			}
		}
	}
	return ops
}

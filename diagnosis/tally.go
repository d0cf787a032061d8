package diagnosis

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Tally counts findings, merged as doctor merges them: all, fixed, manual, for the command that submits the application.
// One that is fixed here and manual there is among the fixed, and in part. behind are those that show only once others are
// fixed.
type Tally struct{ total, fixed, part, manual, submit, behind int }

// matchedFinding is a finding, merged as doctor merges them, and the numbers of its outcomes.
type matchedFinding struct {
	report.Finding
	outcomes []int
}

// matchFindings gives the findings of a change in doctor's order, each with what became of it. One in a file that was left out is not
// among them.
func matchFindings(planned *change.Set, outcomes []change.Outcome, showSecrets bool) (all []matchedFinding) {
	index := byFault(outcomes)
	var found report.Report
	of := make([][]int, len(planned.Found)) // outcomes by number of what was found
	for i, one := range planned.Found {
		if of[i] = outcomesOf(outcomes, index, one); of[i] == nil {
			continue
		}
		f := reported(one.Subject, one.Finding, "")
		f.Of = []int{i}
		found.Findings = append(found.Findings, f)
	}
	found.Finish(showSecrets)
	for _, f := range found.Findings {
		one := matchedFinding{Finding: f}
		for _, i := range f.Of {
			one.outcomes = append(one.outcomes, of[i]...)
		}
		all = append(all, one)
	}
	return all
}

// Fixed counts what became of the findings that doctor finds, and of those behind them, and gives the outcomes in the
// order in which doctor shows the findings.
func Fixed(planned *change.Set, showSecrets bool) (n Tally, ordered []change.Outcome) {
	outcomes := planned.Told()
	placed := map[int]bool{}
	place := func(at int) {
		if !placed[at] {
			placed[at], ordered = true, append(ordered, outcomes[at])
		}
	}
	for _, f := range matchFindings(planned, outcomes, showSecrets) {
		var fates Tally
		for _, at := range f.outcomes {
			fates.take(outcomes[at])
			place(at)
		}
		if fates.manual > 0 && fates.fixed+fates.submit > 0 {
			n.part, fates.manual = n.part+1, 0
		}
		n.total, n.fixed, n.manual, n.submit = n.total+1, n.fixed+fates.fixed, n.manual+fates.manual, n.submit+fates.submit
	}
	behind := map[[2]string]bool{}
	for i, o := range outcomes {
		if !placed[i] {
			behind[[2]string{o.Title, o.Finding.Code}] = true
			place(i)
		}
	}
	n.behind = len(behind)
	return n, ordered
}

// Fixable are the findings of which fix can change something, in doctor's order.
func Fixable(planned *change.Set, showSecrets bool) (all []report.Finding) {
	outcomes := planned.Told()
	for _, f := range matchFindings(planned, outcomes, showSecrets) {
		var fates Tally
		for _, at := range f.outcomes {
			fates.take(outcomes[at])
		}
		if fates.fixed+fates.submit > 0 {
			all = append(all, f.Finding)
		}
	}
	return all
}

// take notes what an outcome says of a finding.
func (n *Tally) take(o change.Outcome) {
	if o.Fate == change.Fixed || o.Fate == change.Partly {
		n.fixed = 1
	}
	if o.Fate == change.Manual || o.Fate == change.Partly && !o.Submit {
		n.manual = 1
	}
	if o.Fate == change.Submit || o.Fate == change.Partly && o.Submit {
		n.submit = 1
	}
}

// findingKey is what outcomes and findings of one fault share.
type findingKey struct{ title, code string }

// byFault indexes outcomes by what they are about.
func byFault(all []change.Outcome) map[findingKey][]int {
	index := make(map[findingKey][]int, len(all))
	for i, o := range all {
		key := findingKey{o.Title, o.Finding.Code}
		index[key] = append(index[key], i)
	}
	return index
}

// outcomesOf are the numbers of the outcomes of what was found: of the same sentence, else of the same role, else of the
// same workload, where another change made them one.
func outcomesOf(all []change.Outcome, index map[findingKey][]int, found change.Found) []int {
	var best []int
	rank := 0
	for _, i := range index[findingKey{found.Subject.Workload.Title, found.Finding.Code}] {
		at, o := 1, all[i]
		if o.Role == found.Subject.Slot.Role {
			at = 2
			if o.Finding.Message == found.Finding.Message {
				at = 3
			}
		}
		if at > rank {
			best, rank = nil, at
		}
		if at == rank {
			best = append(best, i)
		}
	}
	return best
}

// Verdict is what the changes come to: changed files, written or not.
func (n Tally) Verdict(changed int, written bool) string {
	switch {
	case n.total+n.behind == 0:
		return "nothing to fix"
	case n.fixed+n.submit+n.behind == 0:
		return "nothing was fixed: " + report.Count(n.manual, "finding is", "findings are") + " manual"
	}
	text := n.share(n.submit) + " fixed in the submit command"
	if n.fixed > 0 || n.submit == 0 {
		text = n.share(n.fixed) + " fixed in " + report.Count(changed, "file", "files")
		if n.submit > 0 {
			text += fmt.Sprintf(", %d in the submit command", n.submit)
		}
	}
	if n.part > 0 {
		text += fmt.Sprintf(", %d of them in part", n.part)
	}
	if n.manual > 0 {
		text += fmt.Sprintf(", %d manual", n.manual)
	}
	if n.behind > 0 {
		text += fmt.Sprintf(", %d more found behind them", n.behind)
	}
	if !written && changed > 0 {
		text += "; nothing written yet"
	}
	return text
}

// share is "4 of 6 findings", or "6 findings" for all of them.
func (n Tally) share(part int) string {
	if part == n.total {
		return report.Count(part, "finding", "findings")
	}
	return fmt.Sprintf("%d of %s", part, report.Count(n.total, "finding", "findings"))
}

// Below counts the findings that were left for their level, as doctor counts them, and says whether fix can fix any.
func Below(planned *change.Set, want scene.Wanted) (left report.Counts, fixable bool) {
	var found report.Report
	for _, one := range planned.Below {
		if planned.LeftOut(planned.Scene.FileOf(one.Subject.Doc)) {
			continue
		}
		found.Findings = append(found.Findings, reported(one.Subject, one.Finding, ""))
		fixable = fixable || change.Command(one.Subject, want)(one.Finding) != ""
	}
	found.Finish(true)
	return found.Summary.Counts, fixable
}

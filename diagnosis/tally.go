package diagnosis

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
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

// ranked is where a finding stands among others, and the numbers of its outcomes.
type ranked struct {
	report.Rank
	outcomes []int
}

// run is a stretch of a list that was found in one workload.
type run struct {
	of       *scene.Workload
	from, to int
}

// runs are the stretches of a list. Those of a workload in which the same was found as in its twin are told apart: twins.
func runs(all []change.Found) (own, twins []run) {
	led := map[*scene.Workload]run{}
	for from, to := 0, 0; from < len(all); from = to {
		w := all[from].Subject.Workload
		for to = from; to < len(all) && all[to].Subject.Workload == w; to++ {
		}
		one := run{w, from, to}
		if first, known := led[w.Twin]; known && w.Twin != nil && slices.EqualFunc(all[first.from:first.to], all[from:to], func(a, b change.Found) bool { return a.Finding == b.Finding }) {
			twins = append(twins, one)
			continue
		}
		if own = append(own, one); w.Example {
			led[w] = one
		}
	}
	return own, twins
}

// matchFindings gives the findings of a change in doctor's order, each with what became of it. One in a file that was left out is not
// among them.
func matchFindings(planned *change.Set, outcomes []change.Outcome, showSecrets bool) (all []matchedFinding) {
	return matchFindingsIn([]run{{nil, 0, len(planned.Found)}}, planned, outcomes, byFault(outcomes), showSecrets)
}

// matchFindingsIn is matchFindings for a part of what was found.
func matchFindingsIn(own []run, planned *change.Set, outcomes []change.Outcome, index map[findingKey][]int, showSecrets bool) (all []matchedFinding) {
	var found report.Report
	of := map[int][]int{} // outcomes by number of what was found
	for _, r := range own {
		for i := r.from; i < r.to; i++ {
			one := planned.Found[i]
			if of[i] = outcomesOf(outcomes, index, one); of[i] == nil {
				continue
			}
			f := reported(one.Subject, *one.Finding, "")
			f.Of = []int{i}
			found.Findings = append(found.Findings, f)
		}
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

// rank is matchFindings, of which only the order is kept: what is found in twins is merged once.
func rank(planned *change.Set, outcomes []change.Outcome, showSecrets bool) (all []ranked) {
	index := byFault(outcomes)
	own, twins := runs(planned.Found)
	led := map[*scene.Workload][]matchedFinding{} // of workloads that are the twins of others
	first := map[*scene.Workload]int{}
	for _, r := range own {
		first[r.of] = r.from
	}
	for _, f := range matchFindingsIn(own, planned, outcomes, index, showSecrets) {
		all = append(all, ranked{f.Rank(), f.outcomes})
		if w := planned.Found[f.Of[0]].Subject.Workload; w.Example {
			led[w] = append(led[w], f)
		}
	}
	for _, r := range twins {
		for _, f := range led[r.of.Twin] {
			one := ranked{Rank: f.Rank()}
			one.Workload = clean.Text(r.of.Title)
			for _, i := range f.Of {
				one.outcomes = append(one.outcomes, outcomesOf(outcomes, index, planned.Found[r.from+i-first[r.of.Twin]])...)
			}
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		switch {
		case a.Before(b.Rank):
			return -1
		case b.Before(a.Rank):
			return 1
		}
		return 0
	})
	return all
}

// Fixed counts what became of the findings that doctor finds, and of those behind them, and gives the outcomes in the
// order in which doctor shows the findings.
func Fixed(planned *change.Set, showSecrets bool) (n Tally, ordered []change.Outcome) {
	outcomes := planned.Kept()
	placed := make([]bool, len(outcomes))
	ordered = make([]change.Outcome, 0, len(outcomes))
	place := func(at int) {
		if !placed[at] {
			placed[at], ordered = true, append(ordered, outcomes[at])
		}
	}
	for _, f := range rank(planned, outcomes, showSecrets) {
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

// Fixable are the findings of which fix can change something, in doctor's order; behind them those that show only once they are fixed.
func Fixable(planned *change.Set, showSecrets bool) (all []report.Finding) {
	outcomes := planned.Kept()
	placed := make([]bool, len(outcomes))
	for _, f := range matchFindings(planned, outcomes, showSecrets) {
		var fates Tally
		for _, at := range f.outcomes {
			placed[at] = true
			fates.take(outcomes[at])
		}
		if fates.fixed+fates.submit > 0 {
			f.Finding.Workload = planned.Found[f.Of[0]].Subject.Workload.Title
			all = append(all, f.Finding)
		}
	}
	for i, o := range outcomes {
		var fates Tally
		if fates.take(o); !placed[i] && fates.fixed+fates.submit > 0 {
			all = append(all, report.Finding{Code: o.Finding.Code, Workload: o.Title, Message: o.Finding.Message, Fix: &report.Fix{Summary: o.Finding.Summary, NotFixed: o.Finding.NotFixed}})
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
			if o.Finding.Message == found.Finding.Message && o.Finding.NotFixed == found.Finding.NotFixed {
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

// None says that no finding is fixed, in any place.
func (n Tally) None() bool { return n.fixed+n.submit+n.behind == 0 }

// Verdict is what the changes come to: changed files or, live, objects, written or not.
func (n Tally) Verdict(changed int, live, written bool) string {
	switch {
	case n.total+n.behind == 0:
		return "nothing to fix"
	case n.None():
		return "nothing was fixed: " + report.Count(n.manual, "finding is", "findings are") + " manual"
	}
	text := n.share(n.submit) + " fixed in the submit command"
	if n.fixed > 0 || n.submit == 0 {
		text = n.share(n.fixed) + " fixed in " + report.Count(changed, "file", "files")
		if live {
			text = n.share(n.fixed) + " fixed in " + report.Count(changed, "object", "objects")
		}
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
	own, twins := runs(planned.Below)
	var subject *scene.Subject
	var command func(rule.Finding) string
	for _, r := range own {
		for i, one := range planned.Below[r.from:r.to] {
			if planned.LeftOut(planned.Scene.FileOf(one.Subject.Doc)) {
				continue
			}
			f := reported(one.Subject, *one.Finding, "")
			f.Of = []int{r.from + i}
			found.Findings = append(found.Findings, f)
			if one.Subject != subject {
				subject, command = one.Subject, change.Command(one.Subject, want)
			}
			fixable = fixable || command(*one.Finding) != ""
		}
	}
	found.Finish(true)
	led := map[*scene.Workload]report.Counts{}
	for _, f := range found.Findings {
		w := planned.Below[f.Of[0]].Subject.Workload
		counts := led[w]
		counts.Add(f.Level)
		led[w] = counts
	}
	left = found.Summary.Counts
	for _, r := range twins {
		left.Join(led[r.of.Twin])
	}
	return left, fixable
}

package change

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// refusedEdit is a part of a rule that was refused or is left out on purpose, and why.
type refusedEdit struct {
	code, part string
	reason     rule.Reason
	deliberate bool
}

// refuse counts what an admission refused or left out, each part of a pod once.
func (in *Injection) refuse(a rule.Admitted) {
	seen := map[refusedEdit]bool{}
	for _, r := range a.Refusals {
		one := refusedEdit{r.Code, r.Part, r.Reason, r.Deliberate}
		if seen[one] {
			continue
		}
		if seen[one] = true; in.refused == nil {
			in.refused = map[refusedEdit]int{}
		}
		in.refused[one]++
	}
}

// Refused says how many edits were refused and how many are left out on purpose, a line a reason with the most frequent first, and a
// code that explains them; nil where there are none.
func (in *Injection) Refused() (lines []string, code string) {
	for one := range in.refused {
		if code == "" || one.code < code {
			code = one.code
		}
	}
	for _, kind := range []struct {
		deliberate bool
		one, many  string
	}{
		{false, "1 edit was refused; the annotation " + rule.ReportAnnotation + " of the pod names it:", " edits were refused; the annotation " + rule.ReportAnnotation + " of each pod names them:"},
		{true, "1 edit is left out on purpose:", " edits are left out on purpose:"},
	} {
		counts, total := map[rule.Reason]int{}, 0
		for one, n := range in.refused {
			if one.deliberate == kind.deliberate {
				counts[one.reason], total = counts[one.reason]+n, total+n
			}
		}
		if total == 0 {
			continue
		}
		head := strconv.Itoa(total) + kind.many
		if total == 1 {
			head = kind.one
		}
		lines = append(lines, head)
		words := rule.Reasons()
		reasons := slices.SortedFunc(maps.Keys(counts), func(a, b rule.Reason) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
		for _, reason := range reasons {
			lines = append(lines, fmt.Sprintf("%4d  %s", counts[reason], cmp.Or(words[reason], string(reason))))
		}
	}
	return lines, code
}

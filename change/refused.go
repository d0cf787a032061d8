package change

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// refusedEdit is a part of a rule that was refused, and why.
type refusedEdit struct {
	code, part string
	reason     rule.Reason
}

// refuse counts what an admission refused, each part of a pod once.
func (in *Injection) refuse(a rule.Admitted) {
	seen := map[refusedEdit]bool{}
	for _, r := range a.Refusals {
		one := refusedEdit{r.Code, r.Part, r.Reason}
		if seen[one] {
			continue
		}
		if seen[one] = true; in.refused == nil {
			in.refused = map[refusedEdit]int{}
		}
		in.refused[one]++
	}
}

// Refused says how many edits were refused, a line a reason with the most frequent first, and a code that explains them; nil
// where none was.
func (in *Injection) Refused() (lines []string, code string) {
	counts, total := map[rule.Reason]int{}, 0
	for one, n := range in.refused {
		if counts[one.reason] += n; code == "" || one.code < code {
			code = one.code
		}
		total += n
	}
	reasons, words := []rule.Reason{}, rule.Reasons()
	for reason := range counts {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b rule.Reason) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	for _, reason := range reasons {
		lines = append(lines, fmt.Sprintf("%4d  %s", counts[reason], cmp.Or(words[reason], string(reason))))
	}
	if total == 0 {
		return nil, ""
	}
	head := fmt.Sprintf("%d edits were refused; the annotation %s of each pod names them:", total, rule.ReportAnnotation)
	if total == 1 {
		head = fmt.Sprintf("1 edit was refused; the annotation %s of the pod names it:", rule.ReportAnnotation)
	}
	return append([]string{head}, lines...), code
}

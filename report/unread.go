package report

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// notChecked lists what could not be read and which rules were not run, a line for all that need the same. A brief table has
// the first lines and counts the others.
func (t *table) notChecked(r *Report) {
	const first = "Not checked: "
	lines := r.reasons(r.detail(t.o))
	if lines == nil {
		return
	}
	rest, shown := strings.Repeat(" ", len(first)), len(lines)
	if r.Brief(t.o) {
		for i, written := 0, 0; i < len(lines); i++ {
			if written += len(Wrap(t.Plain(lines[i]), t.Width-len(first))); written > reasonLines {
				shown = max(i, 1)
				break
			}
		}
	}
	head := first
	for _, line := range lines[:shown] {
		t.Wrapped(head, rest, line)
		head = rest
	}
	if left := len(lines) - shown; left > 0 {
		t.Wrapped(rest, rest, Count(left, "more reason", "more reasons")+" (--by=finding)")
	}
	t.WriteByte('\n')
}

// detail is how much a table says of what was not checked: of many workloads some of the rules, unless all was asked for.
func (r *Report) detail(o Options) detail {
	switch {
	case r.Brief(o):
		return detail{codes: 4, reasons: 2}
	case o.Lowest == rule.Advice:
		return detail{}
	case r.ByFinding(o):
		return detail{codes: 5, reasons: 2}
	}
	return detail{reasons: 2}
}

// Reasons are a line for each thing that was not read, and for each reason of rules that were not run: for the forms that do
// not hold them.
func (r *Report) Reasons() []string { return r.reasons(detail{}) }

// reasons are a line for each thing that was not read, and for each that rules need and is not known.
func (r *Report) reasons(d detail) (lines []string) {
	for _, m := range r.Coverage.Missing {
		what := fmt.Sprintf("%s %s %s", m.Verb, m.Resource, m.Reason)
		if m.Grant != "" {
			what += "; grant: " + m.Grant
		}
		head := listed(m.NeededBy, d.codes)
		if head == "" {
			head = m.Resource
		}
		lines = append(lines, fmt.Sprintf("%s (%s)", head, what))
	}
	byReason := map[string][]string{}
	var reasons []string
	for _, s := range r.Skipped {
		if byReason[s.Reason] == nil {
			reasons = append(reasons, s.Reason)
		}
		code := s.Code
		if r.Checked[code] { // it was run on other subjects
			code += inPart
		}
		byReason[s.Reason] = append(byReason[s.Reason], code)
	}
	return append(lines, fold(byReason, reasons, d)...)
}

// inPart follows the code of a rule that was run on other subjects.
const inPart = " in part"

// listed joins codes, those that were run in part behind the others; the first of more than most, unless that is 0, and how many
// there are besides.
func listed(codes []string, most int) string {
	var whole, part []string
	for _, code := range codes {
		if name, is := strings.CutSuffix(code, inPart); is {
			part = append(part, name)
		} else {
			whole = append(whole, code)
		}
	}
	switch all := append(whole, part...); {
	case most > 0 && len(all) > most:
		text := fmt.Sprintf("%s and %d more", strings.Join(all[:most-1], ", "), len(all)-most+1)
		if len(part) == len(all) {
			text += inPart
		}
		return text
	case len(part) == 0:
		return strings.Join(all, ", ")
	case len(whole) == 0:
		return strings.Join(all, ", ") + inPart
	}
	return strings.Join(whole, ", ") + ", and " + strings.Join(part, ", ") + inPart
}

package report

import (
	"fmt"
	"strings"
)

// notChecked lists what could not be read and which rules were not run, a reason a line. A brief table has the first
// reasons and counts the others.
func (t *table) notChecked(r *Report) {
	const first = "Not checked: "
	brief := r.Brief(t.o)
	lines := r.reasons(brief)
	if lines == nil {
		return
	}
	rest, shown := strings.Repeat(" ", len(first)), len(lines)
	if brief {
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

// Reasons are a line for each thing that was not read, and for each reason of rules that were not run: for the forms that do
// not hold them.
func (r *Report) Reasons() []string { return r.reasons(false) }

// reasons are a line for each thing that was not read, and for each reason of rules that were not run. Brief ones name
// some of the rules.
func (r *Report) reasons(brief bool) (lines []string) {
	for _, m := range r.Coverage.Missing {
		what := fmt.Sprintf("%s %s %s", m.Verb, m.Resource, m.Reason)
		if m.Grant != "" {
			what += "; grant: " + m.Grant
		}
		head := listed(m.NeededBy, brief)
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
	return append(lines, fold(byReason, reasons, brief)...)
}

// inPart follows the code of a rule that was run on other subjects.
const inPart = " in part"

// listed joins codes, those that were run in part behind the others; a brief list has the first of many and counts the rest.
func listed(codes []string, brief bool) string {
	const most = 3
	var whole, part []string
	for _, code := range codes {
		if name, is := strings.CutSuffix(code, inPart); is {
			part = append(part, name)
		} else {
			whole = append(whole, code)
		}
	}
	switch all := append(whole, part...); {
	case brief && len(all) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(codes[:most-1], ", "), len(codes)-most+1)
	case len(part) == 0:
		return strings.Join(all, ", ")
	case len(whole) == 0:
		return strings.Join(all, ", ") + inPart
	}
	return strings.Join(whole, ", ") + ", and " + strings.Join(part, ", ") + inPart
}

// skipped says why rules were not run: "SPK-M014 needs the mounted ConfigMap".
func skipped(codes []string, reason string, brief bool) string {
	list := listed(codes, brief)
	what, needs := strings.CutPrefix(reason, "needs ")
	switch {
	case !needs:
		return list + " (" + reason + ")"
	case len(codes) > 1:
		return list + " need " + what
	}
	return list + " needs " + what
}

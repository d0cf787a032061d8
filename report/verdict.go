package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// verdict is the last line: what was found in what, and what was not checked. The next commands follow it.
func (t *table) verdict(r *Report) {
	s := r.Summary
	var more []string
	if r.Limits != "" {
		more = append(more, "selected by "+r.Limits)
	}
	if n := len(r.Suppressed); n > 0 {
		more = append(more, fmt.Sprintf("%d suppressed", n))
	}
	if n := len(r.Coverage.LeftOut); n > 0 {
		more = append(more, Count(n, "file", "files")+" left out")
	}
	if n := len(r.Coverage.NotChecked); n > 0 {
		more = append(more, Count(n, "object", "objects")+" not checked, or in part")
	}
	if took := durationText(r.Took); took != "" {
		more = append(more, took)
	}
	sign, text := t.clean(r)
	if len(r.Findings) > 0 {
		sign, text = t.Sign(r.Findings[0].Level), s.Counts.String()+" in "+scopeText(s)
	}
	t.Wrapped(sign+" ", "  ", strings.Join(append([]string{text}, more...), t.Sep()))
	t.next(r.Hint)
}

// clean is the sign and the words of a verdict without a finding. A check mark stands over nothing that was not read.
func (t *table) clean(r *Report) (sign, text string) {
	s := r.Summary
	if s.Workloads == 0 {
		if text = clean.Text(r.Nothing); text == "" {
			text = "no Spark workload found"
		}
		if !r.Coverage.read() {
			text += ", and not everything could be read"
		}
		return t.Glyph("·", "-"), text
	}
	never, partly := r.unchecked()
	checks := Count(s.Checks, "check", "checks")
	if partly > 0 {
		checks += fmt.Sprintf(", %d of them in part", partly)
	}
	if never > 0 {
		checks += fmt.Sprintf(", %d not checked", never)
	}
	switch {
	case s.Checks == 0:
		return t.Glyph("·", "-"), scopeText(s) + ": nothing was checked" + t.Sep() + Count(never, "check", "checks") + " could not be made"
	case never > s.Checks:
		return t.Paint(layout.Yellow, t.Glyph("‼", "!")), fmt.Sprintf("%d of %s could not be made", never, Count(never+s.Checks, "check", "checks")) + t.Sep() +
			scopeText(s) + ": nothing wrong in the other " + Count(s.Checks, "check", "checks")
	case !r.Coverage.read():
		return t.Glyph("·", "-"), scopeText(s) + ": nothing wrong in what was checked" + t.Sep() + checks
	}
	return t.Paint(layout.Green, t.Glyph("√", "ok")), scopeText(s) + ": nothing wrong" + t.Sep() + checks
}

// unchecked counts the rules that were run on nothing, and those that were skipped on something.
func (r *Report) unchecked() (never, partly int) {
	codes := map[string]bool{}
	for _, s := range r.Skipped {
		if code, _, _ := strings.Cut(s.Code, "/"); !codes[code] {
			codes[code] = true
			if r.Checked[code] {
				partly++
			} else {
				never++
			}
		}
	}
	return never, partly
}

// next writes the next commands: on one line where they fit, and never broken.
func (t *table) next(hint []string) {
	const between = 8
	width := 2 + between*(len(hint)-1)
	for _, command := range hint {
		width += layout.Columns(command)
	}
	if width <= t.Width || t.Wide {
		hint = []string{strings.Join(hint, strings.Repeat(" ", between))}
	}
	for _, command := range hint {
		if command != "" {
			t.WriteString("  " + command + "\n")
		}
	}
}

// scopeText names what was looked at; files hold no pods to count.
func scopeText(s Summary) string {
	text := Count(s.Workloads, "workload", "workloads")
	if s.Pods > 0 {
		text += ", " + Count(s.Pods, "pod", "pods")
	}
	return text
}

func durationText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	width  = 100
	indent = 14 // of what goes on under a finding's first line
)

type table struct {
	*bufio.Writer
	o Options
	// fixes are the codes and fixes that were printed: what a finding without details repeats is not printed again.
	fixes map[[2]string]bool
}

func (r *Report) table(w io.Writer, o Options) error {
	t := table{Writer: bufio.NewWriter(w), o: o, fixes: map[[2]string]bool{}}
	groups, names := r.groups()
	for _, name := range names {
		t.workload(r.find(name), groups[name])
	}
	t.notChecked(r)
	t.verdict(r)
	return t.Flush()
}

// groups sorts workloads so that the worst come first.
func (r *Report) groups() (groups map[string][]Finding, names []string) {
	groups = map[string][]Finding{}
	for _, f := range r.Findings {
		if groups[f.Workload] == nil {
			names = append(names, f.Workload)
		}
		groups[f.Workload] = append(groups[f.Workload], f)
	}
	sort.SliceStable(names, func(i, j int) bool {
		a, b := groups[names[i]][0].Level, groups[names[j]][0].Level
		if a != b {
			return a.AtLeast(b)
		}
		return names[i] < names[j]
	})
	return groups, names
}

func (r *Report) find(name string) Workload {
	for _, w := range r.Workloads {
		if w.Name == name {
			return w
		}
	}
	return Workload{Name: name}
}

func (t *table) workload(w Workload, findings []Finding) {
	var hidden Counts
	for _, f := range findings {
		if !t.o.shows(f.Level) {
			hidden.add(f.Level)
		}
	}
	if hidden.all() == len(findings) {
		return
	}
	var about []string
	add := func(s string) {
		if s != "" {
			about = append(about, s)
		}
	}
	add(w.Launcher)
	if w.Spark != "" {
		add("Spark " + w.Spark)
	}
	switch {
	case w.Driver+w.Executors > 0:
		var pods []string
		if w.Driver > 0 {
			pods = append(pods, count(w.Driver, "driver", "drivers"))
		}
		if w.Executors > 0 {
			pods = append(pods, count(w.Executors, "executor", "executors"))
		}
		add(strings.Join(pods, " + "))
	default:
		add(w.Kind)
	}
	add(w.State)
	add(w.Guess)
	gap := strings.Repeat(" ", max(1, 34-utf8.RuneCountInString(w.Name)))
	t.WriteString(t.paint(bold, w.Name) + gap + strings.Join(about, t.sep()) + "\n")
	for _, f := range findings {
		if t.o.shows(f.Level) {
			t.finding(f)
		}
	}
	if hidden.all() > 0 {
		fmt.Fprintf(t, "  %s %s (--all)\n", t.glyph("…", "..."), hidden)
	}
	t.WriteByte('\n')
}

func (t *table) finding(f Finding) {
	pad := strings.Repeat(" ", indent)
	head := fmt.Sprintf("  %s %s  ", t.sign(f.Level), f.Code)
	for _, message := range f.messages() {
		for _, line := range wrap(message, width-indent) {
			t.WriteString(head + line + "\n")
			head = pad
		}
	}
	var left []string
	if where := f.files(); where != "" {
		left = append(left, where)
	}
	if seen := f.seen(t.glyph(" → ", " -> ")); seen != nil {
		left = append(left, strings.Join(seen, "; "))
	}
	if t.o.wide {
		t.places(f, pad)
	}
	detail := strings.Join(left, t.sep())
	fix := ""
	if summaries := f.summaries(); summaries != nil {
		fix = "fix: " + strings.Join(summaries, "; ")
		if key := [2]string{f.Code, fix}; detail == "" && t.fixes[key] {
			fix = ""
		} else {
			t.fixes[key] = true
		}
	}
	if detail != "" && fix != "" && utf8.RuneCountInString(detail+fix)+4 <= width-indent {
		t.WriteString(pad + t.paint(dim, detail+"    "+fix) + "\n")
		return
	}
	for _, text := range []string{detail, fix} {
		if text == "" {
			continue
		}
		for _, line := range wrap(text, width-indent) {
			t.WriteString(pad + t.paint(dim, line) + "\n")
		}
	}
}

// places says where a finding is and what mends it, in full: paths are not wrapped, so that they can be copied.
func (t *table) places(f Finding, pad string) {
	var lines []string
	for _, p := range f.placed() {
		lines = append(lines, strings.TrimSpace(p.Subject.String()+"  "+p.Path))
	}
	for _, p := range f.placed() {
		if p.Fix != nil && p.Fix.Command != "" {
			lines = append(lines, "$ "+p.Fix.Command)
		}
	}
	for _, line := range unique(lines) {
		t.WriteString(pad + t.paint(dim, line) + "\n")
	}
}

func (t *table) notChecked(r *Report) {
	var lines []string
	for _, m := range r.Coverage.Missing {
		what := fmt.Sprintf("%s %s %s", m.Verb, m.Resource, m.Reason)
		if m.Grant != "" {
			what += "; grant: " + m.Grant
		}
		head := strings.Join(m.NeededBy, ", ")
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
			code += " in part"
		}
		byReason[s.Reason] = append(byReason[s.Reason], code)
	}
	lines = append(lines, fold(byReason, reasons)...)
	if lines == nil {
		return
	}
	for i, line := range lines {
		head := "Not checked: "
		if i > 0 {
			head = strings.Repeat(" ", len(head))
		}
		for j, part := range wrap(line, width-len(head)) {
			if j > 0 {
				head = strings.Repeat(" ", len(head))
			}
			t.WriteString(head + part + "\n")
		}
	}
	t.WriteByte('\n')
}

// skipped says why rules were not run: "SPK-M014 needs the mounted ConfigMap".
func skipped(codes []string, reason string) string {
	list := strings.Join(codes, ", ")
	what, needs := strings.CutPrefix(reason, "needs ")
	switch {
	case !needs:
		return list + " (" + reason + ")"
	case len(codes) > 1:
		return list + " need " + what
	}
	return list + " needs " + what
}

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
		more = append(more, count(n, "file", "files")+" left out")
	}
	if s.Error+s.Warning+s.Advice == 0 {
		checks := count(s.Checks, "check", "checks")
		if n := len(r.Skipped); n > 0 {
			checks += fmt.Sprintf(", %d not checked", n)
		}
		more = append([]string{checks}, more...)
		sign, words := t.paint(green, t.glyph("√", "ok")), "nothing wrong"
		if n := len(r.Coverage.NotChecked); n > 0 {
			more = append(more, count(n, "object", "objects")+" not checked, or in part")
		}
		if len(r.Coverage.LeftOut)+len(r.Coverage.NotChecked) > 0 {
			sign = t.glyph("·", "-")
		}
		if s.Checks == 0 {
			sign, words = t.glyph("·", "-"), "nothing was checked"
		}
		if s.Workloads == 0 {
			sign, words = t.glyph("·", "-"), "no Spark workload found"
			if !r.Coverage.Complete {
				words += ", and not everything could be read"
			}
			fmt.Fprintf(t, "%s %s%s\n", sign, words, t.took(r.Took))
			return
		}
		fmt.Fprintf(t, "%s %s: %s%s%s%s\n", sign, looked(s), words, t.sep(), strings.Join(more, t.sep()), t.took(r.Took))
		return
	}
	tail := ""
	if more != nil {
		tail = t.sep() + strings.Join(more, t.sep())
	}
	worst := r.Findings[0].Level
	fmt.Fprintf(t, "%s %s in %s%s%s\n", t.sign(worst), s.Counts, looked(s), tail, t.took(r.Took))
	if r.Hint != "" {
		fmt.Fprintf(t, "  %s\n", r.Hint)
	}
}

// looked names what was looked at; files hold no pods to count.
func looked(s Summary) string {
	text := count(s.Workloads, "workload", "workloads")
	if s.Pods > 0 {
		text += ", " + count(s.Pods, "pod", "pods")
	}
	return text
}

func (t *table) took(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return fmt.Sprintf("%s%.1f s", t.sep(), d.Seconds())
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// wrap breaks text at spaces into lines of at most n runes; a word that is longer stands alone.
func wrap(text string, n int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		if length > 0 && length+1+size > n {
			lines, line, length = append(lines, line), "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+size
	}
	return append(lines, line)
}

package report

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// indent is that of what goes on under a finding's first line.
const indent = 14

// table writes what people read, in lines of a width.
type table struct {
	*layout.Table
	o    Options
	rows kindColumns // of the table by finding
	// fixes are the codes and fixes that were printed: what a finding without details repeats is not printed again.
	fixes map[[2]string]bool
}

// draw makes a table.
func draw(w io.Writer, o Options, rows func(t *table)) error {
	return layout.Draw(w, o.style(), func(t *layout.Table) { rows(&table{Table: t, o: o, fixes: map[[2]string]bool{}}) })
}

// style is what the terminal shows.
func (o Options) style() layout.Style {
	return layout.Style{Columns: o.Width, Color: o.Color, ASCII: o.ASCII, Wide: o.wide}
}

func (r *Report) table(w io.Writer, o Options) error {
	return draw(w, o, func(t *table) {
		groups, names := r.groups()
		if r.ByFinding(o) {
			t.kinds(r)
		} else {
			for _, name := range names {
				t.workload(r.find(name), groups[name])
			}
		}
		t.notChecked(r)
		t.verdict(r)
	})
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

// workload writes a card: what the workload is, then its findings.
func (t *table) workload(w Workload, findings []Finding) {
	var hidden Counts
	for _, f := range findings {
		if !t.o.shows(f.Level) {
			hidden.Add(f.Level)
		}
	}
	if hidden.all() == len(findings) {
		return
	}
	t.head(w)
	for _, f := range findings {
		if t.o.shows(f.Level) {
			t.finding(f)
		}
	}
	if hidden.all() > 0 {
		fmt.Fprintf(t, "  %s %s (--all)\n", t.Glyph("…", "..."), hidden)
	}
	t.WriteByte('\n')
}

// head is the first line of a card.
func (t *table) head(w Workload) {
	var about []string
	add := func(s string) {
		if s != "" {
			about = append(about, s)
		}
	}
	add(w.Launcher)
	add(prefixed("Spark ", w.Spark))
	switch {
	case w.Driver+w.Executors > 0:
		var pods []string
		if w.Driver > 0 {
			pods = append(pods, Count(w.Driver, "driver", "drivers"))
		}
		if w.Executors > 0 {
			pods = append(pods, Count(w.Executors, "executor", "executors"))
		}
		add(strings.Join(pods, " + "))
	default:
		add(w.Kind)
	}
	add(w.State)
	add(w.Guess)
	name, text := t.Paint(layout.Bold, w.Name), strings.Join(about, t.Sep())
	if gap := max(34-layout.Columns(w.Name), 2); layout.Columns(w.Name)+gap+layout.Columns(text) <= t.Width || t.Wide {
		if text != "" {
			name += strings.Repeat(" ", gap) + text
		}
		t.WriteString(name + "\n")
		return
	}
	t.WriteString(name + "\n")
	t.Wrapped("  ", "  ", text)
}

// finding writes what is wrong, then dim the evidence and bold what fixes it, on one line where both fit. The wide form
// has all of it on the first line.
func (t *table) finding(f Finding) {
	head := fmt.Sprintf("  %s %s  ", t.Sign(f.Level), f.Code)
	detail, fix := t.detail(f), t.remedy(f)
	if t.Wide {
		t.wideFinding(f, head, detail, fix)
		return
	}
	pad := strings.Repeat(" ", indent)
	for _, message := range f.messages() {
		for _, line := range t.Lines(message, t.Width-indent) {
			t.WriteString(head + line + "\n")
			head = pad
		}
	}
	if key := [2]string{f.Code, fix}; detail == "" && t.fixes[key] {
		fix = ""
	} else {
		t.fixes[key] = true
	}
	if detail != "" && fix != "" && layout.Columns(detail)+layout.Columns(fix)+4 <= t.Width-indent {
		t.WriteString(pad + t.Paint(layout.Dim, detail) + "    " + t.Paint(layout.Bold, fix) + "\n")
		detail, fix = "", ""
	}
	t.below(layout.Dim, detail)
	t.below(layout.Bold, fix)
	for _, why := range f.notMade() {
		t.below("", why)
	}
}

// below writes what goes on under a finding's first line.
func (t *table) below(style, text string) {
	if text == "" {
		return
	}
	for _, line := range t.Lines(text, t.Width-indent) {
		t.WriteString(strings.Repeat(" ", indent) + t.Paint(style, line) + "\n")
	}
}

// detail is where a finding is and what was seen there.
func (t *table) detail(f Finding) string {
	var left []string
	if where := f.files(); where != "" {
		left = append(left, where)
	}
	if seen := f.seen(t.Glyph(" → ", " -> ")); seen != nil {
		left = append(left, strings.Join(seen, "; "))
	}
	return strings.Join(left, t.Sep())
}

// remedy is what fixes a finding; "" where nothing is known.
func (t *table) remedy(f Finding) string {
	if summaries := f.summaries(); summaries != nil {
		return "fix: " + strings.Join(summaries, "; ")
	}
	return ""
}

// wideFinding writes a finding as one line: what, evidence, fix, objects with their fields, commands.
func (t *table) wideFinding(f Finding, head, detail, fix string) {
	var objects, commands []string
	for _, p := range f.placed() {
		objects = append(objects, strings.TrimSpace(p.Subject.String()+" "+p.Path))
		if p.Fix != nil && p.Fix.Command != "" {
			commands = append(commands, "$ "+p.Fix.Command)
		}
	}
	parts := []string{strings.Join(f.messages(), "; ")}
	for _, more := range []struct{ style, text string }{
		{layout.Dim, detail}, {layout.Bold, fix}, {layout.Dim, strings.Join(f.notMade(), "; ")}, {layout.Dim, strings.Join(unique(objects), ", ")}, {layout.Dim, strings.Join(unique(commands), "; ")},
	} {
		if more.text != "" {
			parts = append(parts, t.Paint(more.style, more.text))
		}
	}
	t.WriteString(head + strings.Join(parts, "   ") + "\n")
}

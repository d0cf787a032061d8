package report

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// grid is where the columns of a table of settings begin. Where a line has no room for reasons, they go on below.
type grid struct {
	now, recommended, why, confidence int
	below                             bool
}

// grid fits the columns into the width of a line. That of reasons is no wider than the longest.
func (t *table) grid(shown []tuner.Setting) grid {
	const now, recommended, why, confidence, leastWhy = 40, 9, 12, 7, 30 // where the first begins, then the width of each
	longest := leastWhy
	for _, s := range shown {
		longest = max(longest, layout.Columns(reason(s)))
	}
	g := grid{now: now, recommended: now + recommended, why: now + recommended + why, confidence: t.Width - confidence}
	if g.confidence-g.why >= leastWhy {
		g.confidence = min(g.confidence, g.why+longest+2)
		return g
	}
	g.now = max(min(now, t.Width-recommended-why-confidence-1), 4)
	g.recommended = g.now + recommended
	g.confidence = g.recommended + why
	g.why, g.below = 6, true
	return g
}

func (t *table) tuned(w *TunedWorkload) {
	about := []string{}
	for _, s := range []string{w.Launcher, prefixed("Spark ", w.Spark), w.Shape} {
		if s != "" {
			about = append(about, s)
		}
	}
	text := t.Sep() + strings.Join(about, t.Sep())
	if layout.Columns(w.Name)+layout.Columns(text) <= t.Width || t.Wide {
		t.WriteString(t.Paint(layout.Bold, w.Name) + text + "\n")
	} else {
		t.WriteString(t.Paint(layout.Bold, w.Name) + "\n")
		t.Wrapped("  ", "  ", strings.Join(about, t.Sep()))
	}
	t.WriteString(w.evidence() + "\n\n")
	shown := w.shown(t.o)
	g := t.grid(shown)
	switch {
	case len(shown) == 0:
	case t.Wide:
		t.wideSettings(shown)
	case g.below:
		t.row(g, "  setting", "now", "recommended", "", "confid.", "")
	case t.Width-g.confidence >= len("confidence"):
		t.row(g, "  setting", "now", "recommended", "why", "confidence", "")
	default:
		t.row(g, "  setting", "now", "recommended", "why", "confid.", "")
	}
	for _, s := range shown {
		if !t.Wide {
			t.setting(g, s)
		}
	}
	for _, one := range w.NotJudged {
		t.Wrapped("  "+t.Glyph("· ", "- "), "    ", fmt.Sprintf("not checked: %s, %s", one.Role, one.Reason))
	}
	t.packing(w.Packing)
	for _, note := range w.Notes {
		t.Wrapped("  "+t.Glyph("· ", "- "), "    ", note)
	}
	t.WriteByte('\n')
}

// shown are the settings to change, then those worth a try, then, where all are asked for, those that are right.
func (w *TunedWorkload) shown(o Options) (all []tuner.Setting) {
	for _, verdict := range []tuner.Verdict{tuner.Change, tuner.Try, tuner.Keep} {
		for _, s := range w.Settings {
			if s.Verdict == verdict && (verdict != tuner.Keep || o.Right) {
				all = append(all, s)
			}
		}
	}
	return all
}

// quiet says that a table has nothing to say of a workload.
func (w *TunedWorkload) quiet(o Options) bool {
	return len(w.shown(o))+len(w.NotJudged)+len(w.Packing)+len(w.Notes) == 0
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// settingName is the name of a setting, with the role that it is of where the name does not say it.
func settingName(s tuner.Setting) string {
	if strings.HasPrefix(s.Name, "spark.") && strings.Contains(s.Name, string(s.Role)) {
		return s.Name
	}
	return string(s.Role) + " " + s.Name
}

// recommended is the new value behind the sign of its verdict.
func (t *table) recommended(s tuner.Setting) string {
	switch s.Verdict {
	case tuner.Change:
		return t.Glyph("→ ", "> ") + orNone(s.Recommended)
	case tuner.Try:
		return "? " + orNone(s.Recommended)
	}
	return t.Glyph("√", "ok")
}

func (t *table) setting(g grid, s tuner.Setting) {
	style := ""
	if s.Verdict == tuner.Change {
		style = layout.Bold
	}
	t.row(g, "  "+settingName(s), orNone(s.Now), t.recommended(s), reason(s), string(s.Confidence), style)
}

// reason is why, and what is expected of it.
func reason(s tuner.Setting) string {
	if s.Effect == "" {
		return s.Why
	}
	return s.Why + "; " + s.Effect
}

// evidence is what a recommendation goes by.
func (w *TunedWorkload) evidence() string {
	switch {
	case w.Evidence != "":
		return "evidence: " + w.Evidence
	case w.Runs == 0 && w.UnusedRuns > 0:
		return "evidence: the specification alone, " + Count(w.UnusedRuns, "event log", "event logs") + " not used"
	case w.Runs == 0:
		return "evidence: the specification alone"
	}
	text := "evidence: the event logs of " + Count(w.Runs, "run", "runs")
	if w.Runs > w.WholeRuns {
		text += fmt.Sprintf(" (%d whole)", w.WholeRuns)
	}
	if w.UnusedRuns > 0 {
		text += fmt.Sprintf(", %d not used", w.UnusedRuns)
	}
	return text + ", and the specification"
}

// wideSettings writes a line for each setting, its formula and source behind the reason.
func (t *table) wideSettings(all []tuner.Setting) {
	rows := [][]string{{"setting", "now", "recommended", "confid.", "why", "evidence", "formula", "source"}}
	widths := make([]int, len(rows[0])-1)
	for _, s := range all {
		rows = append(rows, []string{settingName(s), orNone(s.Now), t.recommended(s), string(s.Confidence), reason(s), s.Evidence, s.Formula, s.Source})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = t.Lines(row[i], 0)[0]
			if i < len(widths) {
				widths[i] = max(widths[i], layout.Columns(row[i]))
			}
		}
	}
	for i, row := range rows {
		for j, width := range widths {
			row[j] = layout.Pad(row[j], width)
		}
		style := ""
		if i > 0 && all[i-1].Verdict == tuner.Change {
			style = layout.Bold
		}
		t.WriteString("  " + t.Paint(style, strings.TrimRight(strings.Join(row, "  "), " ")) + "\n")
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// row writes a line of the table of settings. A text that reaches into the next column takes a line of its own, so that
// columns stay. A reason that does not fit goes on below.
func (t *table) row(g grid, name, now, to, why, confidence, style string) {
	type cell struct {
		at   int
		text string
	}
	reason := t.Lines(why, t.Width-g.why)
	cells := []cell{{0, name}, {g.now, now}, {g.recommended, to}}
	if !g.below {
		reason = t.Lines(why, g.confidence-g.why-1)
		cells = append(cells, cell{g.why, reason[0]})
		reason = reason[1:]
	}
	line := ""
	for _, c := range append(cells, cell{g.confidence - 1, " " + confidence}) {
		if n := layout.Columns(line); n >= c.at && n > 0 && c.at != g.confidence-1 {
			t.WriteString(t.Paint(style, line) + "\n")
			line = ""
		}
		line = layout.Pad(line, c.at) + c.text
	}
	t.WriteString(t.Paint(style, line) + "\n")
	for _, more := range reason {
		if more != "" {
			t.WriteString(strings.Repeat(" ", g.why) + more + "\n")
		}
	}
}

func (t *table) packing(list []tuner.Packing) {
	if len(list) == 0 {
		return
	}
	t.WriteString("\n")
	for _, p := range list {
		name := p.Node
		if p.Count > 0 {
			name = fmt.Sprintf("%d %s %s", p.Count, t.Glyph("×", "x"), p.Node)
		}
		text := fitWords(p.Now)
		if p.Now != p.Recommended {
			text = "now " + text + t.Glyph(" → ", " > ") + fitWords(p.Recommended)
		}
		t.Wrapped("  ", "      ", name+": "+text+" ("+p.Source+")")
	}
}

func fitWords(f shapes.Fit) string {
	size := fmt.Sprintf("%dMi and %dm", f.PodMiB, f.PodMilli)
	if f.PerNode == 0 {
		return fmt.Sprintf("an executor of %s does not fit (%s)", size, f.Bound)
	}
	return fmt.Sprintf("%s of %s, idle memory %d %%, idle CPU %d %%, full by %s", Count(int(f.PerNode), "executor", "executors"), size, f.IdleMemory, f.IdleCPU, f.Bound)
}

func (t *table) tuningVerdict(r *Tuning) {
	for _, m := range r.Coverage.Missing {
		t.Wrapped("", "  ", fmt.Sprintf("Not read: %s %s %s; grant: %s", m.Verb, m.Resource, m.Reason, m.Grant))
	}
	changes, tries, right, unknown, cut := 0, 0, 0, 0, false
	for _, w := range r.Workloads {
		cut = cut || w.Runs > w.WholeRuns || w.UnusedRuns > 0
		if len(w.NotJudged) > 0 {
			unknown++
		}
		for _, s := range w.Settings {
			switch s.Verdict {
			case tuner.Change:
				changes++
			case tuner.Try:
				tries++
			case tuner.Keep:
				right++
			}
		}
	}
	if len(r.Workloads) == 0 {
		t.WriteString("no Spark workload found\n")
		return
	}
	sign, text := t.Paint(layout.Green, t.Glyph("√", "ok")), "nothing to change"
	switch {
	case changes+tries+right == 0:
		sign, text = t.Glyph("·", "-"), "nothing was checked"
	case changes == 0 && unknown > 0: // no check mark over what was not judged
		sign, text = t.Glyph("·", "-"), "nothing to change in what was checked"
	case changes == 0 && cut: // nor over a run that failed, or whose log is cut
		sign, text = t.Glyph("·", "-"), "nothing to change by what was read"
	case changes > 0:
		sign, text = t.Paint(layout.Yellow, t.Glyph("‼", "!")), Count(changes, "change", "changes")
	}
	if tries > 0 {
		text += fmt.Sprintf(", %d worth a try (?, --try)", tries)
	}
	text += fmt.Sprintf(", %d right (--all), in %s", right, Count(len(r.Workloads), "workload", "workloads"))
	if unknown > 0 {
		text += fmt.Sprintf(", %d not checked", unknown)
	}
	if r.Limits != "" {
		text += t.Sep() + "selected by " + r.Limits
	}
	t.Wrapped(sign+" ", "  ", text)
	if changes > 0 {
		t.next([]string{prefixed("next: ", clean.Text(r.Next))})
	}
}

package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Tuning is what tune says: one object in every machine-readable form.
type Tuning struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Workloads  []TunedWorkload `json:"workloads"`
	Coverage   Coverage        `json:"coverage"`
	// Next is the command that shows the change, for the table.
	Next string `json:"-"`
}

// TunedWorkload is one workload's share.
type TunedWorkload struct {
	Name     string `json:"name"`
	Launcher string `json:"launcher,omitempty"`
	Spark    string `json:"spark,omitempty"`
	// Shape is the workload in a few words: 3 × (6g + 200m, 2 cores).
	Shape string `json:"shape,omitempty"`
	// Targets are the objects that its changes go into.
	Targets []Target `json:"targets,omitempty"`
	tuner.Recommendation
}

// Target is an object that is to be changed, and where it stands. A live one has the uid and the version that it was read
// with, so that a change can be refused where it is another one by then.
type Target struct {
	File            string `json:"file"`
	APIVersion      string `json:"apiVersion,omitempty"`
	Kind            string `json:"kind,omitempty"`
	Namespace       string `json:"namespace,omitempty"`
	Name            string `json:"name,omitempty"`
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
}

// TuningFormats lists the forms that Tuning.Write knows.
func TuningFormats() []string { return []string{"table", "wide", "json", "yaml"} }

// Write writes a recommendation. Wide adds each setting's formula and source.
func (r *Tuning) Write(w io.Writer, o Options) error {
	r.APIVersion, r.Kind = APIVersion, "Recommendations"
	if r.Workloads == nil {
		r.Workloads = []TunedWorkload{}
	}
	r.Coverage.Complete = len(r.Coverage.Missing)+len(r.Coverage.LeftOut)+len(r.Coverage.NotChecked) == 0
	if r.Coverage.Missing == nil {
		r.Coverage.Missing = []Missing{}
	}
	r.clean(o.ShowSecrets)
	if o.Format == "json" || o.Format == "yaml" {
		return encode(w, o.Format, r)
	}
	return draw(w, o, func(t *table) {
		for i := range r.Workloads {
			t.tuned(&r.Workloads[i], o.Format == "wide")
		}
		t.tuningVerdict(r)
	})
}

func encode(w io.Writer, format string, value any) error {
	if format == "yaml" {
		out, err := yaml.Marshal(value)
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		_, err = w.Write(out)
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// draw makes a table. Where the terminal has no more than ASCII, signs within sentences are spelled in it, too.
func draw(w io.Writer, o Options, rows func(t *table)) error {
	var b bytes.Buffer
	t := table{Writer: bufio.NewWriter(&b), o: o}
	rows(&t)
	if err := t.Flush(); err != nil {
		return err
	}
	text := b.String()
	if o.ASCII {
		text = strings.NewReplacer("×", "x", "−", "-", "≥", ">=", "·", "-").Replace(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// clean makes every string safe to print, and masks the values of what looks like a secret.
func (r *Tuning) clean(showSecrets bool) {
	text := func(s string) string {
		if !showSecrets {
			s = Mask(s)
		}
		return Clean(s)
	}
	for i := range r.Workloads {
		w := &r.Workloads[i]
		for _, field := range []*string{&w.Name, &w.Launcher, &w.Spark, &w.Shape} {
			*field = Clean(*field)
		}
		for j := range w.Targets {
			one := &w.Targets[j]
			for _, field := range []*string{&one.File, &one.APIVersion, &one.Kind, &one.Namespace, &one.Name, &one.UID, &one.ResourceVersion} {
				*field = Clean(*field)
			}
		}
		for j := range w.Settings {
			s := &w.Settings[j]
			for _, field := range []*string{&s.Now, &s.Recommended} {
				if !showSecrets {
					*field = MaskValue(s.Name, *field)
				}
				*field = Clean(*field)
			}
			for _, field := range []*string{&s.Name, &s.Why, &s.Formula} {
				*field = text(*field)
			}
		}
		for j := range w.Packing {
			w.Packing[j].Node = Clean(w.Packing[j].Node)
		}
		for j := range w.Notes {
			w.Notes[j] = text(w.Notes[j])
		}
		for j := range w.NotJudged {
			w.NotJudged[j].Reason = text(w.NotJudged[j].Reason)
		}
	}
	for i := range r.Coverage.LeftOut {
		l := &r.Coverage.LeftOut[i]
		l.File, l.Workload, l.Reason = Clean(l.File), Clean(l.Workload), Clean(l.Reason)
	}
	for i := range r.Coverage.Missing {
		r.Coverage.Missing[i].Reason = Clean(r.Coverage.Missing[i].Reason)
	}
}

// Columns of the table of settings, from the left; the reason takes what is left of the line.
const (
	columnNow         = 40
	columnRecommended = 49
	columnWhy         = 61
	columnConfidence  = 94
)

func (t *table) tuned(w *TunedWorkload, wide bool) {
	about := []string{}
	for _, s := range []string{w.Launcher, prefixed("Spark ", w.Spark), w.Shape} {
		if s != "" {
			about = append(about, s)
		}
	}
	t.WriteString(t.paint(bold, w.Name) + t.sep() + strings.Join(about, t.sep()) + "\n")
	t.WriteString("evidence: the specification alone\n\n")
	if len(w.Settings) > 0 {
		t.row("  setting", "now", "recommended", "why", "confid.", "")
	}
	for _, verdict := range []tuner.Verdict{tuner.Change, tuner.Try, tuner.Keep} {
		for _, s := range w.Settings {
			if s.Verdict == verdict {
				t.setting(s, wide)
			}
		}
	}
	for _, one := range w.NotJudged {
		t.wrapped("  "+t.glyph("· ", "- "), "    ", fmt.Sprintf("not checked: %s, %s", one.Role, one.Reason))
	}
	t.packing(w.Packing)
	for _, note := range w.Notes {
		t.wrapped("  "+t.glyph("· ", "- "), "    ", note)
	}
	t.WriteByte('\n')
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func (t *table) setting(s tuner.Setting, wide bool) {
	name := s.Name
	if !strings.HasPrefix(name, "spark.") || !strings.Contains(name, string(s.Role)) {
		name = string(s.Role) + " " + name
	}
	arrow := t.glyph("→ ", "> ")
	if s.Verdict == tuner.Keep && !wide {
		return // counted in the verdict
	}
	switch s.Verdict {
	case tuner.Change:
		t.row("  "+name, orNone(s.Now), arrow+orNone(s.Recommended), s.Why, string(s.Confidence), bold)
	case tuner.Try:
		t.row("  "+name, orNone(s.Now), "? "+orNone(s.Recommended), s.Why, string(s.Confidence), "")
	case tuner.Keep:
		// What stays needs no second value: its reason begins in that column.
		t.cells([]cell{{0, "  " + name}, {columnNow, orNone(s.Now)}, {columnRecommended, t.glyph("√", "ok")}}, columnRecommended+3, s.Why, string(s.Confidence), "")
	}
	if wide {
		t.wrapped("      ", "        ", s.Formula)
		t.wrapped("      ", "        ", s.Source)
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// row writes one line of the table of settings; a reason that does not fit goes on below.
func (t *table) row(name, now, to, why, confidence, style string) {
	t.cells([]cell{{0, name}, {columnNow, now}, {columnRecommended, to}}, columnWhy, why, confidence, style)
}

// cell is a text and the column that it begins in.
type cell struct {
	at   int
	text string
}

// cells writes texts at their columns, then a reason from a column on. A text that reaches into the next column takes a
// line of its own, so that columns stay.
func (t *table) cells(list []cell, at int, why, confidence, style string) {
	lines := wrap(why, columnConfidence-at-1)
	line := ""
	for _, c := range append(list, cell{at, lines[0]}) {
		if n := utf8.RuneCountInString(line); n >= c.at && n > 0 {
			t.WriteString(t.paint(style, line) + "\n")
			line = ""
		}
		line = pad(line, c.at) + c.text
	}
	t.WriteString(t.paint(style, pad(line, columnConfidence-1)+" "+confidence) + "\n")
	for _, rest := range lines[1:] {
		t.WriteString(strings.Repeat(" ", at) + rest + "\n")
	}
}

func (t *table) wrapped(first, rest, text string) {
	for _, line := range wrap(text, width-len(rest)) {
		t.WriteString(first + line + "\n")
		first = rest
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
			name = fmt.Sprintf("%d %s %s", p.Count, t.glyph("×", "x"), p.Node)
		}
		text := fitWords(p.Now)
		if p.Now != p.Recommended {
			text = "now " + text + t.glyph(" → ", " > ") + fitWords(p.Recommended)
		}
		t.wrapped("  "+name+": ", "      ", text+" ("+p.Source+")")
	}
}

func fitWords(f tuner.Fit) string {
	size := fmt.Sprintf("%dMi and %dm", f.PodMiB, f.PodMilli)
	if f.PerNode == 0 {
		return fmt.Sprintf("an executor of %s does not fit (%s)", size, f.Bound)
	}
	return fmt.Sprintf("%s of %s, idle memory %d %%, idle CPU %d %%, full by %s", count(int(f.PerNode), "executor", "executors"), size, f.IdleMemory, f.IdleCPU, f.Bound)
}

func (t *table) tuningVerdict(r *Tuning) {
	for _, m := range r.Coverage.Missing {
		t.wrapped("Not read: ", "  ", fmt.Sprintf("%s %s %s; grant: %s", m.Verb, m.Resource, m.Reason, m.Grant))
	}
	changes, tries, right, unknown := 0, 0, 0, 0
	for _, w := range r.Workloads {
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
	switch {
	case len(r.Workloads) == 0:
		t.WriteString("no Spark workload found\n")
		return
	case changes == 0 && unknown > 0: // no check mark over what was not judged
		t.WriteString(t.glyph("·", "-") + " nothing to change in what was checked")
	case changes == 0:
		t.WriteString(t.paint(green, t.glyph("√", "ok")) + " nothing to change")
	default:
		t.WriteString(t.paint(yellow, t.glyph("‼", "!")) + " " + count(changes, "change", "changes"))
	}
	if tries > 0 {
		fmt.Fprintf(t, ", %d worth a try (?, --try)", tries)
	}
	fmt.Fprintf(t, ", %d right (-o wide), in %s", right, count(len(r.Workloads), "workload", "workloads"))
	if unknown > 0 {
		fmt.Fprintf(t, ", %d not checked", unknown)
	}
	t.WriteByte('\n')
	if changes > 0 && r.Next != "" {
		t.WriteString("  next: " + Clean(r.Next) + "\n")
	}
}

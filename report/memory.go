package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/tuner/memory"
)

// MemoryMap is where the memory of workloads goes.
type MemoryMap struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Workloads  []MemoryWorkload `json:"workloads"`
}

// MemoryWorkload is one workload's share.
type MemoryWorkload struct {
	Name     string       `json:"name"`
	Launcher string       `json:"launcher,omitempty"`
	Spark    string       `json:"spark,omitempty"`
	Roles    []memory.Pod `json:"roles"`
	Notes    []string     `json:"notes,omitempty"`
}

// MemoryFormats lists the forms of a drawing that kubectl does not know; the first is the usual one.
func MemoryFormats() []string { return []string{"table"} }

// barIndent is the margin of the labels that stand in front of a bar, barMargin what stays free behind it.
const (
	barIndent = 16
	barMargin = 4
)

// Write draws memory, or writes it for programs.
func (r *MemoryMap) Write(w io.Writer, o Options) error {
	r.APIVersion, r.Kind = APIVersion, "MemoryMap"
	for i := range r.Workloads {
		w := &r.Workloads[i]
		w.Name, w.Launcher, w.Spark = clean.Text(w.Name), clean.Text(w.Launcher), clean.Text(w.Spark)
		for j := range w.Notes {
			w.Notes[j] = clean.Text(mask.Message(w.Notes[j]))
		}
	}
	if !o.own(MemoryFormats()) {
		d := printers.Document{Whole: r}
		for _, w := range r.Workloads {
			for _, role := range w.Roles {
				d.Rows = append(d.Rows, struct {
					Workload string `json:"workload"`
					memory.Pod
				}{w.Name, role})
			}
			d.Names = append(d.Names, printers.Name{Name: w.Name})
		}
		return o.print(w, d)
	}
	return draw(w, o, func(t *table) {
		for i, one := range r.Workloads {
			if i > 0 {
				t.WriteByte('\n')
			}
			t.memoryOf(one)
		}
		if len(r.Workloads) == 0 {
			t.WriteString("no Spark workload found\n")
		}
	})
}

func (t *table) memoryOf(w MemoryWorkload) {
	about := []string{}
	for _, s := range []string{w.Launcher, prefixed("Spark ", w.Spark)} {
		if s != "" {
			about = append(about, clean.Text(s))
		}
	}
	t.WriteString(t.Paint(layout.Bold, clean.Text(w.Name)) + "  " + strings.Join(about, t.Sep()) + "\n")
	for _, m := range w.Roles {
		t.WriteByte('\n')
		t.roleMemory(m)
	}
	for _, note := range w.Notes {
		t.Wrapped(t.Glyph("· ", "- "), "  ", clean.Text(note))
	}
}

func (t *table) roleMemory(m memory.Pod) {
	whole := max(m.Sum(), m.LimitMiB)
	head, excess := "no limit", ""
	if m.LimitMiB > 0 {
		head = fmt.Sprintf("limit %dMi", m.LimitMiB)
	}
	if m.LimitMiB > 0 && m.Sum() > m.LimitMiB {
		head += fmt.Sprintf(", and %dMi are promised:", m.Sum())
		excess = fmt.Sprintf("%dMi too many", m.Sum()-m.LimitMiB)
		gap := " "
		if barIndent+layout.Columns(head+gap+excess) > t.Width {
			gap = "\n" + layout.Pad("", barIndent)
		}
		excess = gap + t.Paint(layout.Red, excess)
	}
	t.WriteString(layout.Pad(string(m.Role), barIndent) + head + excess + "\n")
	t.WriteString(layout.Pad("", barIndent) + t.bar(m.Parts, whole) + "\n")
	legend := make([]string, len(m.Parts))
	for i, p := range m.Parts {
		legend[i] = fmt.Sprintf("%s %s %dMi", t.fill(i), p.Name, p.MiB)
		if p.Note != "" {
			legend[i] += " (" + p.Note + ")"
		}
	}
	t.Wrapped(layout.Pad("", barIndent), layout.Pad("", barIndent), strings.Join(legend, t.Sep()))
	if r := m.Regions; r != nil {
		text := fmt.Sprintf("reserved %dMi %s execution+storage %dMi (storage floor %dMi) %s user %dMi", r.Reserved, t.Glyph("┤├", "|"), r.Unified, r.StorageFloor, t.Glyph("┤├", "|"), r.User)
		t.Wrapped(layout.Pad(" heap", barIndent), layout.Pad("", barIndent), t.Glyph("├ ", "| ")+text+t.Glyph(" ┤", " |"))
	}
	if m.Tasks > 0 {
		t.Wrapped(layout.Pad(" task", barIndent), layout.Pad("", barIndent), fmt.Sprintf("each of %d at a time gets %d to %dMi of execution memory%s", m.Tasks, m.TaskLeast, m.TaskMost, prefixed(" ", m.TaskPool)))
	}
	t.need(m)
	t.Wrapped(layout.Pad(" formula", barIndent), layout.Pad("", barIndent), clean.Text(m.Formula))
}

// need writes what is needed beside the heap, and what is short of it behind that or, where it does not fit, below.
func (t *table) need(m memory.Pod) {
	if m.Need == nil {
		return
	}
	parts := make([]string, len(m.Need))
	for i, c := range m.Need {
		parts[i] = fmt.Sprintf("%s %d", c.Name, c.MiB)
	}
	text := strings.Join(parts, t.Sep()) + fmt.Sprintf(" = %dMi (estimate)", m.Need.Total())
	short := ""
	switch {
	case m.Short > 0:
		short = fmt.Sprintf("short by %dMi", m.Short)
		if above := m.Sum() - m.LimitMiB; m.LimitMiB > 0 && above > 0 && m.Short == above+m.Need.Total() {
			short += fmt.Sprintf(" (%dMi above + %dMi)", above, m.Need.Total())
		}
		if i := slices.IndexFunc(m.Parts, func(p memory.Part) bool { return p.Name == "overhead" }); i >= 0 && m.Short+m.Parts[i].MiB > m.Need.Total() {
			short += fmt.Sprintf(": Spark's default is %dMi", m.Short+m.Parts[i].MiB)
		}
	case m.MayLack > 0:
		short = fmt.Sprintf("may be short by %dMi", m.MayLack)
	}
	lines := t.Lines(text, t.Width-barIndent)
	for i, line := range lines {
		label := ""
		if i == 0 {
			label = " overhead needs"
		}
		t.WriteString(layout.Pad(label, barIndent) + line)
		if last := i == len(lines)-1; last && short != "" {
			gap := "   "
			if barIndent+layout.Columns(line+gap+short) > t.Width {
				gap = "\n" + layout.Pad("", barIndent)
			}
			t.WriteString(gap + t.Paint(layout.Yellow, short))
		}
		t.WriteByte('\n')
	}
}

// bar draws parts to scale. Each part has a cell at the least, and the bar is never longer than its width.
func (t *table) bar(parts []memory.Part, whole int64) string {
	edge := t.Glyph("┃", "|")
	cells := t.Width - barIndent - barMargin - len(parts) - 1
	text, used := edge, 0
	for i, p := range parts {
		n := int((p.MiB*int64(cells) + whole/2) / max(whole, 1))
		n = max(min(n, cells-used-(len(parts)-1-i)), 1)
		used += n
		text += strings.Repeat(t.fill(i), n) + edge
	}
	return text
}

// fill is the sign that a part is drawn with.
func (t *table) fill(i int) string {
	fills := [...][2]string{{"█", "#"}, {"▒", "="}, {"░", "-"}, {"▓", "+"}}
	return t.Glyph(fills[i%len(fills)][0], fills[i%len(fills)][1])
}

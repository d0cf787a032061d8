package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// Of each list the table shows the worst.
const (
	shownStages = 5
	shownLines  = 5
	shownSizes  = 3
)

// shortestName is the least room of a stage's name, in columns, with the blanks before it.
const shortestName = 15

// unreported is what no task's metrics tell.
const unreported = "no task reported it"

// labels is the column behind the labels of a run.
const labels = 13

// table is a table of a run.
type table struct{ *layout.Table }

// Show writes what a log says of a run, a line for each earlier one, and what it is beside a baseline; nil: there is none.
func Show(t *layout.Table, e *EventLog, earlier []EventLog, beside *prediction.Regression) {
	(&table{t}).ranLog(e, earlier, beside)
}

// ranLog writes what a log says of a run, problems first where they are lists, then what the log does not hold, then the verdict.
func (t *table) ranLog(e *EventLog, earlier []EventLog, beside *prediction.Regression) {
	r := &e.Run
	t.ranHead(e)
	for i := range earlier {
		one := &earlier[i]
		_, ended := ranOutcome(one)
		t.Item(fmt.Sprintf("earlier run %s, %s: ran %s, %s; %s", one.Run.Application.ID, one.Run.Application.Started.Format(time.DateTime), span(one.Run.Seconds), layout.Count(one.Run.Executors, "executor", "executors"), ended))
	}
	if len(earlier) > 0 {
		t.WriteByte('\n')
	}
	row := func(label, text string) {
		t.Wrapped("  "+layout.Pad(label, labels-2), strings.Repeat(" ", labels), text)
	}
	row("time", t.ranTime(r))
	row("tasks", fmt.Sprintf("%d succeeded, %d failed, %d killed", r.Tasks.Succeeded, r.Tasks.Failed, r.Tasks.Killed))
	row("memory", t.ranMemory(r))
	t.ranPods(e.Pods, row)
	row("GC", t.ranGC(r))
	row("data", fmt.Sprintf("input %s, shuffle read %s, shuffle written %s, output %s", amount(r.Totals.InputBytes), amount(r.Totals.ShuffleReadBytes), amount(r.Totals.ShuffleWriteBytes), amount(r.Totals.OutputBytes)))
	spill := "none"
	if r.Totals.RunMillis == 0 {
		spill = unreported
	}
	if r.Totals.MemorySpillBytes+r.Totals.DiskSpillBytes > 0 {
		spill = fmt.Sprintf("%s of memory, %s on disk", amount(r.Totals.MemorySpillBytes), amount(r.Totals.DiskSpillBytes))
	}
	row("spill", spill)
	label := "removed"
	removed := slices.DeleteFunc(slices.Clone(r.Each), func(ex model.Executor) bool { return ex.Removal == 0 || ex.Reason == "" })
	slices.SortFunc(removed, func(a, b model.Executor) int { return cmp.Compare(a.Removal, b.Removal) })
	for i, ex := range removed {
		if i == shownLines {
			row(label, fmt.Sprintf("%d more (-o json)", len(removed)-i))
			break
		}
		row(label, "executor "+ex.ID+": "+ex.Reason)
		label = ""
	}
	label = "failures"
	for i, f := range r.Failures {
		if i == shownLines {
			row(label, fmt.Sprintf("%d more reasons (-o json)", len(r.Failures)-i))
			break
		}
		text := fmt.Sprintf("%d %s %s", f.Count, t.Glyph("×", "x"), f.Reason)
		if f.Example != "" {
			text += ": " + f.Example
		}
		row(label, text)
		label = ""
	}
	t.ranStages(r)
	t.ranMissing(e)
	t.regressed(beside)
	t.ranVerdict(e)
}

func (t *table) ranHead(e *EventLog) {
	r := &e.Run
	about := []string{r.Application.ID}
	if r.Application.Version != "" {
		about = append(about, "Spark "+r.Application.Version)
	}
	if java, _, _ := strings.Cut(r.Java["Java Version"], " "); java != "" {
		about = append(about, "Java "+java)
	}
	about = append(about, "ran "+span(r.Seconds), t.ranSize(r))
	name := r.Application.Name
	if name == "" {
		name = r.Application.ID
	}
	t.WriteString(t.Paint(layout.Bold, name) + "\n")
	t.Wrapped("  ", "  ", strings.Join(about, t.Sep()))
	files := ""
	if e.Log.Files > 1 {
		files = fmt.Sprintf(", %d files", e.Log.Files)
	}
	codec := "not compressed"
	if e.Log.Codec != "none" {
		codec = e.Log.Codec
	}
	t.Wrapped("  ", "  ", fmt.Sprintf("evidence: the event log, %d events (%s%s)", e.Log.Events, codec, files))
	t.WriteByte('\n')
}

// ranSize is how many executors ran, and of which size.
func (t *table) ranSize(r *model.Run) string {
	if r.Application.Local {
		return "local mode: the driver ran the tasks"
	}
	text := layout.Count(r.Executors, "executor", "executors")
	var sizes []string
	for i := range r.Each {
		ex, size := &r.Each[i], ""
		if ex.Cores > 0 {
			size = " of " + layout.Count(int(ex.Cores), "core", "cores")
		}
		if heap := heapSet(r, ex.Profile); heap != "" {
			size += ", heap " + heap
		}
		if size != "" && !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	if len(sizes) > shownSizes {
		sizes = append(sizes[:shownSizes:shownSizes], fmt.Sprintf(" of %d other sizes (-o json)", len(sizes)-shownSizes))
	}
	return text + strings.Join(sizes, ";")
}

// heapSet is the heap that executors of a resource profile were given: what the profile asks for, else the property as it was
// written, else what the default profile has.
func heapSet(r *model.Run, profile int64) string {
	of := func(id int64) string {
		for _, p := range r.Profiles {
			if n := p.Executor["memory"]; p.ID == id && n > 0 {
				return fmt.Sprintf("%.0fMi", n)
			}
		}
		return ""
	}
	if profile != 0 {
		if heap := of(profile); heap != "" {
			return heap
		}
	}
	if set := strings.TrimSpace(r.Spark["spark.executor.memory"]); set != "" {
		if strings.Trim(set, "0123456789") == "" { // Spark counts a number without a unit in MiB
			set += "Mi"
		}
		return set
	}
	return of(0)
}

func (t *table) ranTime(r *model.Run) string {
	text := span(r.Seconds) + " from start to end"
	if r.Application.Ended.IsZero() {
		text = span(r.Seconds) + " from start to the last event"
	}
	if len(r.Each) > 0 {
		text += fmt.Sprintf("; tasks took %.0f %% of the executors' cores", r.UsedShare*100)
	}
	return text
}

func (t *table) ranMemory(r *model.Run) string {
	var all []string
	for _, one := range []struct{ peak, name string }{
		{model.PeakHeap, "heap"}, {model.PeakUnified, "execution and storage"}, {model.PeakUnifiedX, "off-heap execution and storage"}, {model.PeakOffHeap, "metaspace and code"},
		{model.PeakDirect, "direct buffers"}, {model.PeakMapped, "mapped files"}, {model.PeakJVM, "RSS of the JVM"}, {model.PeakPython, "RSS of Python"}, {model.PeakOther, "RSS of other processes"},
	} {
		v, who := r.Peak(one.peak)
		if v == 0 {
			continue
		}
		text := one.name + " " + amount(v)
		var ex model.Executor // whose peak it is, and so its limit
		if i := slices.IndexFunc(r.Each, func(ex model.Executor) bool { return ex.ID == who }); i >= 0 {
			ex = r.Each[i]
		}
		switch {
		case one.peak == model.PeakUnified && ex.UnifiedOnHeap > 0:
			text += " of " + amount(ex.UnifiedOnHeap)
		case one.peak == model.PeakUnifiedX && ex.UnifiedOffHeap > 0:
			text += " of " + amount(ex.UnifiedOffHeap)
		case one.peak == model.PeakHeap && !r.Application.Local:
			if set := heapSet(r, ex.Profile); set != "" {
				text += " of " + set
			}
			text += " (executor " + who + ")"
		}
		all = append(all, text)
	}
	if all == nil {
		return "not sampled"
	}
	return "peaks: " + strings.Join(all, ", ")
}

func (t *table) ranGC(r *model.Run) string {
	text := fmt.Sprintf("%.1f %% of the tasks' run time", r.GC.TaskShare*100)
	if r.Totals.RunMillis == 0 {
		text = unreported
	}
	if !r.GC.Sampled {
		return text
	}
	for _, one := range []struct {
		name          string
		count, millis int64
	}{{"young", r.GC.YoungCount, r.GC.YoungMillis}, {"old", r.GC.OldCount, r.GC.OldMillis}, {"concurrent", r.GC.ConcurrentCount, r.GC.ConcurrentMillis}} {
		if one.count > 0 {
			text += fmt.Sprintf("; %s %s (%d)", one.name, span(float64(one.millis)/1000), one.count)
		}
	}
	return text
}

// ranStages lists the stages whose tasks took the most time.
func (t *table) ranStages(r *model.Run) {
	stages := slices.DeleteFunc(slices.Clone(r.Stages), func(s model.Stage) bool { return s.Tasks == model.Tasks{} })
	if len(stages) == 0 {
		return
	}
	slices.SortStableFunc(stages, func(a, b model.Stage) int { return -cmp.Compare(a.Totals.DurationMillis, b.Totals.DurationMillis) })
	const form = "  %-9s %7s %9s %9s %9s %6s %9s"
	lines, names := []string{fmt.Sprintf(form, "stage", "tasks", "time", "median", "longest", "skew", "spill")}, []string{"name"}
	for _, s := range stages[:min(len(stages), shownStages)] {
		id := fmt.Sprint(s.ID)
		if s.Attempt > 0 {
			id += fmt.Sprintf(" (%d)", s.Attempt)
		}
		count, took, spilled := fmt.Sprint(s.Tasks.Succeeded+s.Tasks.Failed+s.Tasks.Killed), span(float64(s.Totals.DurationMillis)/1000), amount(s.Totals.DiskSpillBytes)
		line := fmt.Sprintf("  %-9s %7s %9s %26s %9s", id, count, took, unknown(&s), spilled)
		if d, known := s.Quantiles[model.Duration]; known {
			skew := "-" // the median is 0
			if s.Skew > 0 {
				skew = fmt.Sprintf("%.1f", s.Skew)
			}
			line = fmt.Sprintf(form, id, count, took, millis(d.P50), millis(d.Max), skew, spilled)
		}
		lines, names = append(lines, line), append(names, s.Name)
	}
	t.WriteByte('\n')
	for i, line := range t.Fit(lines, shortestName) {
		line += "  "
		t.WriteString(line + t.stageName(names[i], t.Width-layout.Columns(line)) + "\n")
	}
	if more := len(stages) - shownStages; more > 0 {
		fmt.Fprintf(t, "  %d more stages (-o json)\n", more)
	}
}

// stageName is a stage's name in at most n columns: without the folder of its file, and cut, where it has no room.
func (t *table) stageName(name string, n int) string {
	name = strings.Join(strings.Fields(t.Plain(name)), " ")
	if t.Wide || layout.Columns(name) <= n {
		return name
	}
	what, file, _ := strings.Cut(name, " at ")
	if i := strings.LastIndexByte(file, '/'); i >= 0 {
		name = what + " at " + file[i+1:]
	}
	return layout.Cut(name, n, t.Glyph("…", "..."))
}

// unknown says why a stage has no median task.
func unknown(s *model.Stage) string {
	if s.Tasks.Succeeded == 0 {
		return "no task succeeded"
	}
	return "all took 0 ms"
}

func (t *table) ranMissing(e *EventLog) {
	r := &e.Run
	if len(r.Missing)+len(e.Log.Incomplete)+len(r.Odd)+len(r.LeftOut) == 0 {
		return
	}
	t.WriteString("\nNot in the log:\n")
	item := func(text string) { t.Wrapped("  "+t.Glyph("· ", "- "), "    ", text) }
	for _, reason := range e.Log.Incomplete {
		item(reason)
	}
	for _, m := range r.Missing {
		text := m.What
		if m.Setting != "" {
			if name, unset := strings.CutSuffix(m.Setting, " (unset)"); unset {
				text += "; unset " + name
			} else {
				text += "; set " + m.Setting
			}
		}
		item(text)
	}
	for _, of := range []struct {
		counts map[string]int
		head   string
	}{{r.Odd, "contradiction: "}, {r.LeftOut, "counted, not kept: "}} {
		for _, what := range sortedKeys(of.counts) {
			item(fmt.Sprintf("%s%d %s", of.head, of.counts[what], what))
		}
	}
}

func sortedKeys(of map[string]int) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// amount is a number of bytes in the unit that leaves at most four digits.
func amount(bytes int64) string {
	switch {
	case bytes < 10<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 10<<20:
		return fmt.Sprintf("%d KiB", bytes>>10)
	case bytes < 10<<30:
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}

func millis(n int64) string { return span(float64(n) / 1000) }

func span(seconds float64) string { return layout.Span(seconds) }

package curves

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/html"
)

func word(text string) html.Cell { return html.Cell{Text: text} }

func digits(text string) html.Cell { return html.Cell{Text: text, Number: true} }

// points has a row for each size that was asked for, and for the knees.
func points(p *prediction.Result) html.Table {
	t := html.Table{Heading: "Predictions", Head: html.Head("#executors", "#cores", "#time", "#from", "#to", "#GiB·h", "#CPU·h", "#cores used")}
	if p.Priced {
		t.Head = append(t.Head, html.Cell{Text: "cost", Number: true})
	}
	t.Head = append(t.Head, html.Cell{Text: ""})
	shown := slices.Clone(p.Points)
	is := func(a prediction.Point) func(prediction.Point) bool {
		return func(b prediction.Point) bool { return a.Executors == b.Executors && a.Cores == b.Cores }
	}
	for _, knee := range p.Knees {
		if !slices.ContainsFunc(shown, is(knee)) {
			shown = append(shown, knee)
		}
	}
	slices.SortStableFunc(shown, func(a, b prediction.Point) int {
		return cmp.Or(cmp.Compare(a.Cores, b.Cores), cmp.Compare(a.Executors, b.Executors))
	})
	for _, one := range shown {
		row := []html.Cell{digits(strconv.Itoa(one.Executors)), digits(strconv.Itoa(one.Cores)), {Text: span(one.Seconds), Number: true, Strong: true}, digits(span(one.Low)), digits(span(one.High)),
			digits(number(one.MemoryGiBHours)), digits(number(one.CPUHours)), digits(fmt.Sprintf("%.0f %%", one.Utilisation*100))}
		if p.Priced {
			row = append(row, digits(number(one.Money)))
		}
		note := ""
		if slices.ContainsFunc(p.Knees, is(one)) {
			note = "knee"
		}
		if one.Executors == p.Bounds.Executors && one.Cores == p.Bounds.Cores {
			if note != "" {
				note += ", "
			}
			note += "as it ran"
		}
		t.Rows = append(t.Rows, append(row, word(note)))
	}
	return t
}

func heaps(p *prediction.Result) *html.Table {
	if len(p.Heaps) == 0 {
		return nil
	}
	t := &html.Table{Heading: "Other heaps", Head: html.Head("#heap", "#pod", "#executors", "#cores", "#at least", "#at most", "#GiB·h")}
	notes := []string{"Bounds only: spill and garbage collection cannot be replayed."}
	for _, h := range p.Heaps {
		bound := func(seconds float64) html.Cell {
			if seconds == 0 {
				return digits("no bound")
			}
			return digits(span(seconds))
		}
		t.Rows = append(t.Rows, []html.Cell{digits(fmt.Sprintf("%d MiB", h.HeapMiB)), digits(fmt.Sprintf("%d MiB", h.PodMiB)), digits(strconv.Itoa(h.Executors)), digits(strconv.Itoa(h.Cores)),
			bound(h.AtLeast), bound(h.AtMost), digits(number(h.MemoryGiBHours))})
		if note := fmt.Sprintf("%d MiB: %s.", h.HeapMiB, h.Because); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	t.Note = strings.Join(notes, " ")
	return t
}

func regression(r *prediction.Regression) *html.Table {
	if r == nil {
		return nil
	}
	t := &html.Table{Heading: "Against the baseline, the median of " + count(r.Runs, "run", "runs"), Head: html.Head("", "#this run", "#baseline", "#difference")}
	row := func(what, now, then string, percent float64) {
		t.Rows = append(t.Rows, []html.Cell{word(what), digits(now), digits(then), digits(fmt.Sprintf("%+.1f %%", percent))})
	}
	row("time", span(r.Seconds), span(r.BaselineSeconds), r.TimePercent)
	switch r.CostBasis {
	case "money":
		row("cost", number(r.Costs.Money), number(r.BaselineCosts.Money), r.CostPercent)
	case "memory":
		row("memory, GiB·h", number(r.Costs.MemoryGiBHours), number(r.BaselineCosts.MemoryGiBHours), r.CostPercent)
	default:
		row("CPU·h", number(r.Costs.CPUHours), number(r.BaselineCosts.CPUHours), r.CostPercent)
	}
	t.Note = fmt.Sprintf("The runs of the baseline took %s to %s, with %s in the median.", span(r.Fastest), span(r.Slowest), count(r.BaselineExecutors, "executor", "executors"))
	return t
}

// What a page shows of a list at most.
const mostRows = 20

// evidence is what the log says of the run.
func evidence(r *model.Run) []html.Table {
	ran := html.Table{Heading: "The run"}
	row := func(what, text string) { ran.Rows = append(ran.Rows, []html.Cell{word(what), word(text)}) }
	row("tasks", fmt.Sprintf("%d succeeded, %d failed, %d killed", r.Tasks.Succeeded, r.Tasks.Failed, r.Tasks.Killed))
	row("cores in use", fmt.Sprintf("%.0f %%", r.UsedShare*100))
	row("garbage collection", fmt.Sprintf("%.1f %% of the tasks' time", r.GC.TaskShare*100))
	for _, peak := range []struct{ what, name string }{{"heap used at its peak", model.PeakHeap}, {"unified memory at its peak", model.PeakUnified}, {"JVM outside the heap at its peak", model.PeakOffHeap}} {
		text := "not in the log"
		if n, id := r.Peak(peak.name); n > 0 {
			text = amount(n) + ", executor " + id
		}
		row(peak.what, text)
	}
	row("data", fmt.Sprintf("input %s, shuffle read %s, shuffle written %s, output %s", amount(r.Totals.InputBytes), amount(r.Totals.ShuffleReadBytes), amount(r.Totals.ShuffleWriteBytes), amount(r.Totals.OutputBytes)))
	row("spill", fmt.Sprintf("%s of memory, %s on disk", amount(r.Totals.MemorySpillBytes), amount(r.Totals.DiskSpillBytes)))
	all := []html.Table{ran, stages(r), executors(r)}
	if len(r.Failures) > 0 {
		t := html.Table{Heading: "Failures of tasks", Head: html.Head("#count", "reason", "example")}
		for _, f := range r.Failures[:min(len(r.Failures), mostRows)] {
			t.Rows = append(t.Rows, []html.Cell{digits(strconv.FormatInt(f.Count, 10)), word(f.Reason), word(f.Example)})
		}
		all = append(all, t)
	}
	if len(r.Missing) > 0 {
		t := html.Table{Heading: "Not in the log", Head: html.Head("evidence", "setting that writes it")}
		for _, m := range r.Missing {
			t.Rows = append(t.Rows, []html.Cell{word(m.What), word(m.Setting)})
		}
		all = append(all, t)
	}
	return all
}

func stages(r *model.Run) html.Table {
	t := html.Table{Heading: "Stages with the most task time", Head: html.Head("#stage", "name", "#tasks", "#task time", "#median", "#longest", "#skew", "#spill")}
	of := slices.Clone(r.Stages)
	slices.SortStableFunc(of, func(a, b model.Stage) int { return -cmp.Compare(a.Totals.DurationMillis, b.Totals.DurationMillis) })
	for _, st := range of[:min(len(of), mostRows)] {
		q := st.Quantiles[model.Duration]
		skew := ""
		if st.Skew > 0 {
			skew = fmt.Sprintf("%.1f", st.Skew)
		}
		id := strconv.FormatInt(st.ID, 10)
		if st.Attempt > 0 {
			id += "." + strconv.FormatInt(st.Attempt, 10)
		}
		millis := func(n int64) html.Cell { return digits(span(float64(n) / 1000)) }
		t.Rows = append(t.Rows, []html.Cell{digits(id), word(st.Name), digits(strconv.FormatInt(st.Tasks.Succeeded+st.Tasks.Failed+st.Tasks.Killed, 10)),
			millis(st.Totals.DurationMillis), millis(q.P50), millis(q.Max), digits(skew), digits(amount(st.Totals.DiskSpillBytes))})
	}
	t.Note = more(len(r.Stages))
	return t
}

func executors(r *model.Run) html.Table {
	t := html.Table{Heading: "Executors", Head: html.Head("id", "#cores", "#came after", "#removed after", "#task time", "#tasks", "why it was removed")}
	after := func(at time.Time) html.Cell {
		if at.IsZero() {
			return digits("")
		}
		return digits(span(max(at.Sub(r.Application.Started).Seconds(), 0)))
	}
	for _, ex := range r.Each[:min(len(r.Each), mostRows)] {
		t.Rows = append(t.Rows, []html.Cell{word(ex.ID), digits(strconv.FormatInt(ex.Cores, 10)), after(ex.Added), after(ex.Removed), digits(span(float64(ex.BusyMillis) / 1000)),
			digits(strconv.FormatInt(ex.Tasks.Succeeded+ex.Tasks.Failed+ex.Tasks.Killed, 10)), word(ex.Reason)})
	}
	t.Note = more(len(r.Each))
	return t
}

func more(n int) string {
	if n <= mostRows {
		return ""
	}
	return fmt.Sprintf("%d more are in the output of -o json.", n-mostRows)
}

package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// withKnees are the predictions that were asked for, and the knees among them.
func withKnees(p *prediction.Result) []prediction.Point {
	shown := slices.Clone(p.Points)
	for _, knee := range p.Knees {
		if slices.ContainsFunc(shown, func(point prediction.Point) bool { return same(point, knee) }) {
			continue
		}
		at := slices.IndexFunc(shown, func(point prediction.Point) bool {
			return point.Cores == knee.Cores && point.Executors > knee.Executors
		})
		if at < 0 {
			at = 1 + lastIndex(shown, func(point prediction.Point) bool { return point.Cores == knee.Cores })
		}
		shown = slices.Insert(shown, at, knee)
	}
	return shown
}

func lastIndex[T any](all []T, is func(T) bool) int {
	for i := len(all) - 1; i >= 0; i-- {
		if is(all[i]) {
			return i
		}
	}
	return len(all) - 1
}

func same(a, b prediction.Point) bool { return a.Executors == b.Executors && a.Cores == b.Cores }

func isKnee(point prediction.Point, p *prediction.Result) bool {
	return slices.ContainsFunc(p.Knees, func(knee prediction.Point) bool { return same(point, knee) })
}

// priced is the column of prices: the header below 0, and nothing without prices.
func (t *table) priced(p *prediction.Result, money float64) string {
	switch {
	case !p.Priced:
		return ""
	case money < 0:
		return fmt.Sprintf(" %8s", "cost")
	}
	return fmt.Sprintf(" %8s", strconv.FormatFloat(money, 'f', decimals(money), 64))
}

// heaps writes the bounds for other heaps, a line each, then where they come from.
func (t *table) heaps(p *prediction.Result) {
	if len(p.Heaps) == 0 {
		return
	}
	fmt.Fprintf(t, "\nOther heaps, bounds only:\n  %9s %9s %9s  %9s %9s %8s\n", "heap", "pod", "executors", "at least", "at most", "GiB"+t.Glyph("·", "-")+"h")
	bound := func(seconds float64) string {
		if seconds == 0 {
			return "none"
		}
		return span(seconds)
	}
	for _, h := range p.Heaps {
		size := t.predictedSize(prediction.Point{Executors: h.Executors, Cores: h.Cores}, p)
		fmt.Fprintf(t, "  %7dMi %7dMi %9s  %9s %9s %8s\n", h.HeapMiB, h.PodMiB, size, bound(h.AtLeast), bound(h.AtMost), strconv.FormatFloat(h.MemoryGiBHours, 'f', decimals(h.MemoryGiBHours), 64))
	}
	said := map[string]bool{}
	for _, h := range p.Heaps {
		if text := fmt.Sprintf("%dMi: %s", h.HeapMiB, h.Because); !said[text] {
			said[text] = true
			t.Wrapped("  "+t.Glyph("· ", "- "), "    ", text)
		}
	}
}

// regressed writes a run beside its baseline.
func (t *table) regressed(r *prediction.Regression) {
	if r == nil {
		return
	}
	t.WriteString("\nAgainst the baseline, the median of " + layout.Count(r.Runs, "run", "runs") + ":\n")
	row := func(label, text string) {
		t.Wrapped("  "+layout.Pad(label, labels-2), strings.Repeat(" ", labels), text)
	}
	spread := ""
	if r.Runs > 1 {
		spread = fmt.Sprintf(" (%s to %s)", span(r.Fastest), span(r.Slowest))
	}
	row("time", fmt.Sprintf("%s, was %s%s: %+.1f %%", span(r.Seconds), span(r.BaselineSeconds), spread, r.TimePercent))
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', decimals(x), 64) }
	of := map[string][2]string{
		"money":  {number(r.Costs.Money), number(r.BaselineCosts.Money)},
		"memory": {number(r.Costs.MemoryGiBHours) + " GiB" + t.Glyph("·", "-") + "h", number(r.BaselineCosts.MemoryGiBHours)},
		"cpu":    {number(r.Costs.CPUHours) + " CPU" + t.Glyph("·", "-") + "h", number(r.BaselineCosts.CPUHours)},
	}[r.CostBasis]
	row("cost", fmt.Sprintf("%s, was %s: %+.1f %%", cmp.Or(of[0], "unknown"), of[1], r.CostPercent))
	if r.Executors != r.BaselineExecutors {
		row("executors", fmt.Sprintf("%d, were %d: part of the difference may be their number", r.Executors, r.BaselineExecutors))
	}
}

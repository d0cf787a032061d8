package runs

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// ShowTrials writes a line for each trial of a backtest, what was not used, then the errors of all, and of those from logs in which every
// stage had a second wave.
func ShowTrials(t *layout.Table, trials []prediction.Trial, notUsed []string, all, second prediction.Score) {
	name := ""
	for i, one := range trials {
		if i == 0 || one.Application != name {
			name = one.Application
			t.WriteString(t.Paint(layout.Bold, name) + "\n")
			fmt.Fprintf(t, "  %4s %5s %9s  %-15s %7s %7s    log\n", "from", "to", "predicted", "from – to", "was", "error")
		}
		mark := "  "
		if !one.Held {
			mark = t.Glyph("‼ ", "! ")
		}
		line := fmt.Sprintf("  %4d %5d %9s  %-15s %7s %+5.1f %% %s", one.From, one.Executors, span(one.Seconds), span(one.Low)+" – "+span(one.High), span(one.Actual), one.Error*100, mark)
		t.WriteString(strings.TrimRight(line+t.Lines(one.Log, max(t.Width-layout.Columns(line), 12))[0], " ") + "\n")
	}
	for _, one := range notUsed {
		t.Wrapped("  "+t.Glyph("· ", "- "), "    ", one)
	}
	if len(trials)+len(notUsed) > 0 {
		t.WriteByte('\n')
	}
	sign := t.Paint(layout.Green, t.Glyph("√", "ok"))
	if all.Held*10 < all.Trials*9 {
		sign = t.Paint(layout.Yellow, t.Glyph("‼", "!"))
	}
	t.Wrapped(sign+" ", "  ", scored(all))
	if n := second.Trials; n > 0 && n < all.Trials {
		t.Wrapped("  ", "  ", "where every stage had a second wave: "+scored(second))
	}
}

// scored is a score in a sentence.
func scored(s prediction.Score) string {
	return fmt.Sprintf("%s, error %.1f %% in the median, %.1f %% at the 90th percentile, %.1f %% at worst. The interval (±%.1f %%) holds %d of them.",
		layout.Count(s.Trials, "prediction", "predictions"), s.Median*100, s.Ninety*100, s.Worst*100, s.Width*100, s.Held)
}

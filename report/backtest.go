package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Backtest is how far predictions from logs are off, by other logs of the same applications.
type Backtest struct {
	APIVersion string             `json:"apiVersion"`
	Kind       string             `json:"kind"`
	Trials     []prediction.Trial `json:"trials"`
	Score      prediction.Score   `json:"score"`
	// SecondWaves are the trials from logs in which every stage had a second wave.
	SecondWaves prediction.Score `json:"secondWaves"`
	// NotUsed are the logs that nothing was made of, with the reason.
	NotUsed []NotChecked `json:"notUsed,omitempty"`
}

// BacktestFormats lists the forms of a backtest that kubectl does not know; the first is the usual one.
func BacktestFormats() []string { return TuningFormats() }

// Write writes a backtest: a line for each trial, then the errors.
func (r *Backtest) Write(w io.Writer, o Options) error {
	r.APIVersion, r.Kind = APIVersion, "Backtest"
	if r.Trials == nil {
		r.Trials = []prediction.Trial{}
	}
	var second []prediction.Trial
	for i := range r.Trials {
		one := &r.Trials[i]
		one.Application, one.Log = clean.Text(one.Application), clean.Text(one.Log)
		if one.Second {
			second = append(second, *one)
		}
	}
	for i := range r.NotUsed {
		r.NotUsed[i].Object, r.NotUsed[i].Reason = clean.Text(r.NotUsed[i].Object), clean.Text(mask.Message(r.NotUsed[i].Reason))
	}
	r.Score, r.SecondWaves = prediction.Scored(r.Trials), prediction.Scored(second)
	if !o.own(BacktestFormats()) {
		d := printers.Document{Whole: r}
		for _, one := range r.Trials {
			d.Rows = append(d.Rows, one)
			d.Names = append(d.Names, printers.Name{Name: one.Log})
		}
		return o.print(w, d)
	}
	return draw(w, o, r.table)
}

func (r *Backtest) table(t *table) {
	name := ""
	for i, one := range r.Trials {
		if i == 0 || one.Application != name {
			name = one.Application
			t.WriteString(t.paint(bold, name) + "\n")
			fmt.Fprintf(t, "  %4s %5s %9s  %-15s %7s %7s    log\n", "from", "to", "predicted", "from – to", "was", "error")
		}
		mark := "  "
		if !one.Held {
			mark = t.glyph("‼ ", "! ")
		}
		line := fmt.Sprintf("  %4d %5d %9s  %-15s %7s %+5.1f %% %s", one.From, one.Executors, span(one.Seconds), span(one.Low)+" – "+span(one.High), span(one.Actual), one.Error*100, mark)
		t.WriteString(strings.TrimRight(line+t.lines(one.Log, max(t.width-columns(line), 12))[0], " ") + "\n")
	}
	for _, one := range r.NotUsed {
		t.wrapped("  "+t.glyph("· ", "- "), "    ", one.Object+": "+one.Reason)
	}
	if len(r.Trials)+len(r.NotUsed) > 0 {
		t.WriteByte('\n')
	}
	sign := t.paint(green, t.glyph("√", "ok"))
	if r.Score.Held*10 < r.Score.Trials*9 {
		sign = t.paint(yellow, t.glyph("‼", "!"))
	}
	t.wrapped(sign+" ", "  ", scored(r.Score))
	if n := r.SecondWaves.Trials; n > 0 && n < r.Score.Trials {
		t.wrapped("  ", "  ", "where every stage had a second wave: "+scored(r.SecondWaves))
	}
}

// scored is a score in a sentence.
func scored(s prediction.Score) string {
	return fmt.Sprintf("%s, error %.1f %% in the median, %.1f %% at the 90th percentile, %.1f %% at worst. The interval (±%.1f %%) holds %d of them.",
		Count(s.Trials, "prediction", "predictions"), s.Median*100, s.Ninety*100, s.Worst*100, s.Width*100, s.Held)
}

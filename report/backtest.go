package report

import (
	"io"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/report/runs"
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
	cleanNotUsed(r.NotUsed)
	r.Score, r.SecondWaves = prediction.Scored(r.Trials), prediction.Scored(second)
	if !o.own(BacktestFormats()) {
		d := printers.Document{Whole: r}
		for _, one := range r.Trials {
			d.Rows = append(d.Rows, one)
			d.Names = append(d.Names, printers.Name{Name: one.Log})
		}
		return o.print(w, d)
	}
	return draw(w, o, func(t *table) {
		var notUsed []string
		for _, one := range r.NotUsed {
			notUsed = append(notUsed, one.Object+": "+one.Reason)
		}
		runs.ShowTrials(t.Table, r.Trials, notUsed, r.Score, r.SecondWaves)
	})
}

package prediction

import (
	"cmp"
	"math"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Trial is what one log predicts of the runs of another size, and what they took.
type Trial struct {
	Application string `json:"application"`
	// Log is the one that was predicted from, of a run with From executors.
	Log  string `json:"log"`
	From int    `json:"from"`
	Point
	// Actual is the median time of the other runs of that size, and Runs how many they are.
	Actual float64 `json:"actualSeconds"`
	Runs   int     `json:"runs"`
	// Error is predicted by actual, less 1.
	Error float64 `json:"error"`
	// Held says that the interval holds the actual time.
	Held bool `json:"held"`
	// Second says that every stage of the log with several tasks had a second wave.
	Second bool `json:"secondWaves"`
}

// Past is a run and the name of its log.
type Past struct {
	Name string
	Run  *model.Run
}

// Score sums trials up. Errors are without sign.
type Score struct {
	Trials int     `json:"trials"`
	Median float64 `json:"medianError"`
	Ninety float64 `json:"ninetiethPercentileError"`
	Worst  float64 `json:"worstError"`
	// Width is the median of half the interval, by the prediction.
	Width float64 `json:"medianHalfWidth"`
	Held  int     `json:"held"`
}

// Backtest predicts from each run the sizes of the other runs of its application, told by its name. The second result are the runs
// from which nothing can be predicted, and further logs of a run; they are compared with neither.
func Backtest(all []Past) (trials []Trial, few map[string]*Insufficient) {
	few = map[string]*Insufficient{}
	type past struct {
		Past
		model *Model
	}
	var runs []past
	seen := model.Seen{}
	for _, one := range all {
		m, err := New(one.Run)
		if err != nil {
			few[one.Name], _ = err.(*Insufficient)
			continue
		}
		if first, again := seen.Again(one.Run.Application, one.Name); again {
			few[one.Name] = &Insufficient{"a log of the same run as " + first}
			continue
		}
		runs = append(runs, past{one, m})
	}
	slices.SortStableFunc(runs, func(a, b past) int {
		return cmp.Or(cmp.Compare(a.Run.Application.Name, b.Run.Application.Name), cmp.Compare(a.model.executors, b.model.executors), cmp.Compare(a.Name, b.Name))
	})
	type size struct{ executors, cores int }
	for i, from := range runs {
		took := map[size][]float64{}
		var order []size
		for j, to := range runs {
			if i == j || to.Run.Application.Name != from.Run.Application.Name {
				continue
			}
			s := size{to.model.executors, to.model.cores}
			if took[s] == nil {
				order = append(order, s)
			}
			took[s] = append(took[s], to.Run.Seconds)
		}
		for _, s := range order {
			one := Trial{Application: from.Run.Application.Name, Log: from.Name, From: from.model.executors, Point: from.model.At(s.executors, s.cores), Runs: len(took[s]), Second: from.model.secondWaves()}
			one.Actual = median(took[s])
			one.Error = math.Round((one.Seconds/max(one.Actual, .001)-1)*1000) / 1000
			one.Held = one.Low <= one.Actual && one.Actual <= one.High
			trials = append(trials, one)
		}
	}
	return trials, few
}

// secondWaves says that every stage with several tasks had a core that ran two of them.
func (m *Model) secondWaves() bool {
	return !slices.ContainsFunc(m.stages, func(st stage) bool { return st.oneWave && st.count > 1 })
}

// Scored sums trials up.
func Scored(all []Trial) (s Score) {
	if s.Trials = len(all); s.Trials == 0 {
		return s
	}
	var errors, widths []float64
	for _, one := range all {
		errors = append(errors, math.Abs(one.Error))
		widths = append(widths, (one.High-one.Low)/2/max(one.Seconds, .001))
		if one.Held {
			s.Held++
		}
	}
	s.Median, s.Width = rounded(median(errors)), rounded(median(widths))
	s.Ninety, s.Worst = errors[min(len(errors)*9/10, len(errors)-1)], errors[len(errors)-1]
	return s
}

func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }

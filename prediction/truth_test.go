package prediction

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// programs are applications of different shape. Every stage of theirs has more tasks than the largest cluster has cores.
func programs() map[string]program {
	one := func(st ...simStage) []simJob { return []simJob{{stages: st}} }
	all := map[string]program{
		"scan":    {start: 4000, tail: 300, cores: 1, steps: []step{{200, one(simStage{base: even(64, 900), warm: 4000})}}},
		"shuffle": {start: 4000, tail: 300, cores: 1, steps: []step{{200, one(simStage{base: even(40, 700), warm: 3500}, simStage{parents: []int{0}, base: even(32, 500), warm: 1500})}, {500, one(simStage{base: even(40, 600), warm: 600}, simStage{parents: []int{0}, base: even(32, 300), warm: 300})}}},
		"skew":    {start: 3000, tail: 300, cores: 1, steps: []step{{200, one(simStage{base: skewed(48, 500, 12), warm: 2500})}, {400, one(simStage{base: skewed(48, 400, 8), warm: 600})}}},
		"cores":   {start: 5000, tail: 200, cores: 2, steps: []step{{100, one(simStage{base: even(96, 800), warm: 3000}, simStage{parents: []int{0}, base: even(64, 600), warm: 1200})}}},
		"overlap": {start: 3000, tail: 300, cores: 1, steps: []step{{200, []simJob{{stages: []simStage{{base: even(40, 600), warm: 2500}}}, {delay: 150, stages: []simStage{{base: even(40, 500), warm: 1500}}}}}, {300, one(simStage{base: even(60, 400), warm: 800})}}},
	}
	chain := program{start: 4000, tail: 300, cores: 1}
	for i := range 12 {
		chain.steps = append(chain.steps, step{250, one(simStage{base: even(24, 250), warm: 2000 / float64(i+1)})})
	}
	all["chain"] = chain
	for name, p := range all {
		p.noise = .08
		all[name] = p
	}
	return all
}

var sizes = []int{1, 2, 4}

// miss is a prediction beside what happened.
type miss struct {
	name                 string
	from, to             int
	predicted, low, high float64
	truth                float64
}

func (m miss) error() float64 { return math.Abs(m.predicted/m.truth - 1) }

// foretell predicts every size of a program from every other, and gives what happened in the median of three runs.
func foretell(t *testing.T, name string, p program) (all []miss) {
	return foretellClean(t, name, p, p, sizes)
}

// foretellClean predicts from runs of a program what another one takes, which has no losses.
func foretellClean(t *testing.T, name string, p, clean program, sizes []int) (all []miss) {
	truth := map[int]float64{}
	for _, n := range sizes {
		var took []float64
		for seed := range uint64(3) {
			took = append(took, recorded(t, clean.run(t, n, 100+seed)).Seconds)
		}
		truth[n] = median(took)
	}
	for _, from := range sizes {
		r, err := Predict(recorded(t, p.run(t, from, 1)), Wanted{Executors: sizes})
		if err != nil {
			t.Fatal(name, err)
		}
		for _, point := range r.Points {
			if to := point.Executors; to != from {
				all = append(all, miss{name, from, to, point.Seconds, point.Low, point.High, truth[to]})
			}
		}
	}
	return all
}

// summary are the quantiles of errors and of half the interval, and how often it holds the truth.
func summary(all []miss) (median, ninety, worst, width, held float64) {
	var errors, widths []float64
	for _, m := range all {
		errors = append(errors, m.error())
		widths = append(widths, (m.high-m.low)/2/m.predicted)
		if m.low <= m.truth && m.truth <= m.high {
			held++
		}
	}
	slices.Sort(errors)
	slices.Sort(widths)
	n := len(all)
	return errors[n/2], errors[n*9/10], errors[n-1], widths[n/2], held / float64(n)
}

// TestPredictionsOutOfSample pins the bounds of errors where every stage had a second wave.
func TestPredictionsOutOfSample(t *testing.T) {
	var all []miss
	for name, p := range programs() {
		all = append(all, foretell(t, name, p)...)
	}
	median, ninety, worst, width, held := summary(all)
	t.Logf("%d predictions: error %.1f %% in the median, %.1f %% at the ninetieth percentile, %.1f %% at worst; interval ±%.1f %%, holds %.0f %%", len(all), median*100, ninety*100, worst*100, width*100, held*100)
	if median > .05 || ninety > .12 || worst > .20 || width > .12 || held < .9 {
		slices.SortFunc(all, func(a, b miss) int { return cmp.Compare(b.error(), a.error()) })
		for _, m := range all {
			t.Logf("%-8s %d -> %d: %.1f (%.1f to %.1f), was %.1f: %.1f %%", m.name, m.from, m.to, m.predicted, m.low, m.high, m.truth, (m.predicted/m.truth-1)*100)
		}
		t.Fail()
	}
}

// TestOneWaveWidensTheInterval: a stage with a task for each core says nothing about warm-up. What is printed holds the truth all the
// same, and a note names the stages.
func TestOneWaveWidensTheInterval(t *testing.T) {
	one := func(st ...simStage) []simJob { return []simJob{{stages: st}} }
	p := program{start: 3000, tail: 200, cores: 1, noise: .05, steps: []step{{200, one(simStage{base: even(24, 500), warm: 3000})}, {200, one(simStage{base: even(8, 600), warm: 2500})}, {200, one(simStage{base: even(8, 400), warm: 900})}}}
	twoWaves := p
	twoWaves.steps = []step{p.steps[0], {200, one(simStage{base: even(24, 600), warm: 2500})}, {200, one(simStage{base: even(24, 400), warm: 900})}}
	var held, of int
	for _, m := range foretell(t, "waves", p) {
		if of++; m.low <= m.truth && m.truth <= m.high {
			held++
		} else {
			t.Logf("%d -> %d: %.1f (%.1f to %.1f), was %.1f", m.from, m.to, m.predicted, m.low, m.high, m.truth)
		}
	}
	if held*10 < of*9 {
		t.Errorf("%d of %d intervals hold the truth", held, of)
	}
	width := func(p program) (width float64, notes []string) {
		r, err := Predict(recorded(t, p.run(t, 8, 1)), Wanted{Executors: []int{1}})
		if err != nil {
			t.Fatal(err)
		}
		return (r.Points[0].High - r.Points[0].Low) / r.Points[0].Seconds, r.Notes
	}
	wide, notes := width(p)
	narrow, none := width(twoWaves)
	if wide < 1.5*narrow || len(notes) == 0 || !slices.ContainsFunc(notes, func(s string) bool {
		return strings.HasPrefix(s, "stages 100, 200 (") && strings.Contains(s, "one wave")
	}) || len(none) > 0 {
		t.Errorf("one wave ±%.2f %q, two waves ±%.2f %q", wide/2, notes, narrow/2, none)
	}
}

// TestARunIsReplayed: each kept log of real Spark, at its own size, within two percent.
func TestARunIsReplayed(t *testing.T) {
	logs, err := filepath.Glob("../test/e2e/testdata/eventlogs/*/*/*spark-*")
	if err != nil || len(logs) < 18 {
		t.Fatal(len(logs), err)
	}
	replayed := 0
	for _, name := range logs {
		if info, err := os.Stat(name); err != nil || filepath.Base(name) == "rest" {
			t.Fatal(info, err)
		}
		log, err := eventlog.Read(t.Context(), name, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(&log.Run)
		var few *Insufficient
		if errors.As(err, &few) {
			if !log.Run.Application.Ended.IsZero() && log.Run.Tasks.Succeeded > 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		replayed++
		b := m.bounds(m.cores)
		if off := b.ReplayedSeconds/log.Run.Seconds - 1; math.Abs(off) > .02 || b.Executors != log.Run.Executors {
			t.Errorf("%s: %d executors took %.2f s, replayed %.2f s: %+.2f %%", filepath.Dir(name), b.Executors, log.Run.Seconds, b.ReplayedSeconds, off*100)
		} else if testing.Verbose() {
			fmt.Printf("%-50s %7.2f %7.2f %+.2f %%\n", filepath.Base(filepath.Dir(name)), log.Run.Seconds, b.ReplayedSeconds, off*100)
		}
	}
	if replayed < 10 {
		t.Errorf("%d logs were replayed", replayed)
	}
}

package prediction

import (
	"math"
	"testing"
)

// TestBacktestComparesRunsOfOneApplication: each log predicts the sizes of the others of its name, and of no other application.
// A copy of a log is no other run.
func TestBacktestComparesRunsOfOneApplication(t *testing.T) {
	scan, skew := programs()["scan"], programs()["skew"]
	var all []Past
	for i, n := range []int{1, 2, 2, 4} {
		name := string(rune('a' + i))
		run := recorded(t, scan.run(t, n, uint64(i)))
		run.Application.ID = name
		all = append(all, Past{name, run})
	}
	other := recorded(t, skew.run(t, 3, 9))
	other.Application.Name = "other"
	cut := scan.run(t, 2, 5)
	all = append(all, Past{"other", other}, Past{"cut", recorded(t, cut[:len(cut)-1])}, Past{"copy of a", all[0].Run})
	trials, few := Backtest(all)
	if len(few) != 2 || few["cut"] == nil || few["copy of a"] == nil || few["copy of a"].Reason != "a log of the same run as a" || len(trials) != 10 { // 1: 2, 4; each 2: 1, 2, 4; 4: 1, 2
		t.Fatalf("%v, %+v", few, trials)
	}
	first := trials[0]
	if first.Log != "a" || first.From != 1 || first.Executors != 2 || first.Runs != 2 || first.Actual != (all[1].Run.Seconds+all[2].Run.Seconds)/2 || math.Abs(first.Error-(first.Seconds/first.Actual-1)) > .001 || !first.Held || !first.Second {
		t.Errorf("%+v", first)
	}
	if s := Scored(trials); s.Trials != 10 || s.Held != 10 || s.Median > s.Ninety || s.Ninety > s.Worst || s.Worst > .05 || s.Width <= 0 {
		t.Errorf("%+v", s)
	}
	if s := Scored(nil); s != (Score{}) {
		t.Errorf("%+v", s)
	}
}

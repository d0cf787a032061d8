package report

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// TestNoCheckMarkStandsOverWhatWasNotJudged pins law 6 for tune.
func TestNoCheckMarkStandsOverWhatWasNotJudged(t *testing.T) {
	keep := tuner.Recommendation{Settings: []tuner.Setting{{Name: "spark.executor.cores", Verdict: tuner.Keep}}}
	lost := tuner.Recommendation{NotJudged: []tuner.NotJudged{{Role: "application", Reason: "its configuration was not read"}}}
	unused, one := keep, keep
	unused.UnusedRuns = 1
	one.Runs, one.WholeRuns, one.UnusedRuns = 2, 1, 1
	for name, c := range map[string]struct {
		workloads []TunedWorkload
		mark      bool
		want      string
	}{
		"all judged":  {[]TunedWorkload{{Name: "a", Recommendation: keep}}, true, "nothing to change, 1 right (--all), in 1 workload\n"},
		"one not":     {[]TunedWorkload{{Name: "a", Recommendation: keep}, {Name: "b", Recommendation: lost}}, false, "nothing to change in what was checked, 1 right (--all), in 2 workloads, 1 not checked\n"},
		"one right":   {[]TunedWorkload{{Name: "a", Recommendation: keep}, {Name: "b", Recommendation: lost}}, false, "1 workload with nothing to change: --all shows them\n"},
		"no log used": {[]TunedWorkload{{Name: "a", Recommendation: unused}}, false, "evidence: the specification alone, 1 event log not used\n"},
		"a log used":  {[]TunedWorkload{{Name: "a", Recommendation: one}}, false, "evidence: the event logs of 2 runs (1 whole), 1 not used, and the specification\n"},
		"none":        {[]TunedWorkload{{Name: "b", Recommendation: lost}}, false, "not checked: application, its configuration was not read\n"},
	} {
		var b strings.Builder
		r := &Tuning{Workloads: c.workloads}
		if err := r.Write(&b, Options{Width: 100}); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); strings.Contains(got, "√") != c.mark || !strings.Contains(got, c.want) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

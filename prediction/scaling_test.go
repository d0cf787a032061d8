package prediction

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

var update = flag.Bool("update", false, "write the table of predictions anew")

// scalingLogs are logs of real Spark: jobs of eight shapes at 1, 2 and 4 executors (TestScaling of test/e2e).
const scalingLogs = "../test/e2e/testdata/scaling/*/*/*.zstd"

// scaled reads the logs: of each shape and size at least one.
func scaled(t *testing.T) (all []Past) {
	t.Helper()
	seen := map[ranAs]bool{}
	names, err := filepath.Glob(scalingLogs)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		log, err := eventlog.Read(t.Context(), name, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Past{name, &log.Run})
		seen[ranAs{log.Run.Application.Name, log.Run.Executors}] = true
	}
	if len(seen) != 8*3 {
		t.Fatalf("logs of %d shapes and sizes, want 24", len(seen))
	}
	return all
}

// ranAs is a job and the number of its executors.
type ranAs struct {
	job       string
	executors int
}

// TestRealJobsOutOfSample: each log predicts the other numbers of executors of its job, within the bounds that README.md names. The page
// with every prediction is what the logs give.
func TestRealJobsOutOfSample(t *testing.T) {
	all := scaled(t)
	trials, few := Backtest(all)
	if len(few) > 0 {
		t.Fatal(few)
	}
	trials = slices.DeleteFunc(trials, func(one Trial) bool { return one.Executors == one.From })
	s := Scored(trials)
	second := Scored(slices.DeleteFunc(slices.Clone(trials), func(one Trial) bool { return !one.Second }))
	t.Logf("%+v; with second waves %+v", s, second)
	if held := float64(s.Held) / float64(s.Trials); s.Trials != 2*len(all) || s.Median > .05 || s.Ninety > .12 || s.Width > .12 || held < .9 {
		t.Errorf("%+v", s)
	}
	if second.Trials == 0 || second.Worst > .2 {
		t.Errorf("where every stage had a second wave: %+v", second)
	}
	const page = "scaling.md"
	want := predictionTable(all, trials, s)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s is not what the logs give: go test ./prediction -run %s -update (%v)", page, t.Name(), err)
	}
}

// predictionTable is the page with every prediction.
func predictionTable(all []Past, trials []Trial, s Score) string {
	took, began := map[ranAs][]float64{}, map[ranAs][]float64{}
	var everyTime, everyStart []float64
	for _, one := range all {
		at := ranAs{one.Run.Application.Name, one.Run.Executors}
		start := one.Run.Jobs[0].Submitted.Sub(one.Run.Application.Started).Seconds()
		took[at], began[at] = append(took[at], one.Run.Seconds), append(began[at], start)
		everyTime, everyStart = append(everyTime, one.Run.Seconds), append(everyStart, start)
	}
	var rest []float64 // errors of the time in which jobs run
	for _, one := range trials {
		jobs := one.Actual - median(began[ranAs{one.Application, one.Executors}])
		rest = append(rest, math.Abs(one.Seconds-one.Actual)/jobs)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `# Predictions of real jobs

Eight jobs of Spark 4.3.0 ran on a real node with 1, 2 and 4 executors of one core, limited to a quarter of a processor; the driver was limited
to half of one. %d logs: each predicts the other two sizes. Errors are against the median of the runs of that size.
`+"`go test ./prediction -run TestRealJobsOutOfSample -update`"+` writes this page.

The runs took %.0f to %.0f s. In the median %.0f s of that pass before the first job, while executors start on so little of a processor: no number of executors changes
that. The last line below leaves that time out.

| %d predictions | |
|---|---|
| error in the median | %.1f %% |
| at the ninetieth percentile | %.1f %% |
| at worst | %.1f %% |
| half of the interval in the median | %.1f %% |
| the interval holds the time | %.0f %% |
| error in the median, of the time from the first job on | %.1f %% |

| job | from | to | took, seconds | predicted | errors, percent | intervals that hold it |
|---|---|---|---|---|---|---|
`, len(all), slices.Min(everyTime), slices.Max(everyTime), median(everyStart), s.Trials, s.Median*100, s.Ninety*100, s.Worst*100, s.Width*100, float64(s.Held)/float64(s.Trials)*100, median(rest)*100)
	type row struct {
		job      string
		from, to int
	}
	of := map[row][]Trial{}
	var order []row
	for _, one := range trials {
		at := row{one.Application, one.From, one.Executors}
		if of[at] == nil {
			order = append(order, at)
		}
		of[at] = append(of[at], one)
	}
	for _, at := range order {
		held := 0
		var predicted, errors []string
		for _, one := range of[at] {
			predicted, errors = append(predicted, fmt.Sprintf("%.0f", one.Seconds)), append(errors, fmt.Sprintf("%+.0f", one.Error*100))
			if one.Held {
				held++
			}
		}
		runs := took[ranAs{at.job, at.to}]
		fmt.Fprintf(&out, "| %s | %d | %d | %.0f (%.0f to %.0f) | %s | %s | %d of %d |\n", at.job, at.from, at.to, of[at][0].Actual,
			slices.Min(runs), slices.Max(runs), strings.Join(predicted, ", "), strings.Join(errors, ", "), held, len(predicted))
	}
	return out.String()
}

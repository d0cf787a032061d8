package curves

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/test/browser"
)

// hostile is a text that would be markup, style or script.
const hostile = `</style></title><script>alert(1)</script><img src=x onerror="alert(1)">'"{{.}}` + "javascript:"

func input() Input {
	at := func(n, cores int) prediction.Point {
		s := 20 + 100/float64(n*cores)
		return prediction.Point{Executors: n, Cores: cores, Seconds: s, Low: s * .9, High: s * 1.2, Costs: prediction.Costs{MemoryGiBHours: s * float64(n) / 1000, CPUHours: .1, Money: 3 * float64(n)}}
	}
	r := &prediction.Result{Points: []prediction.Point{at(1, 2), at(4, 2), at(4, 1)}, Knees: []prediction.Point{at(6, 2), at(9, 1)}, Notes: []string{"stage 3 had one wave of tasks"}, Ran: prediction.Costs{MemoryGiBHours: .2, Money: 7}}
	for _, n := range []int{1, 2, 3, 4, 6, 8, 20} {
		r.Curve = append(r.Curve, at(n, 2))
	}
	r.Bounds = prediction.Bounds{Executors: 2, Cores: 2, Knee: 6, KneeSeconds: 28}
	r.Heaps = []prediction.Heap{{HeapMiB: 2048, PodMiB: 2432, Executors: 1, Cores: 2, AtLeast: 60, Because: "the log has no memory peaks"}}
	start := time.UnixMilli(1_760_000_000_000)
	run := &model.Run{
		Application: model.Application{ID: "spark-1", Name: hostile, Version: hostile, Started: start}, Seconds: 71.4, Java: map[string]string{"Java Version": hostile},
		Stages:   []model.Stage{{ID: 3, Name: hostile}},
		Each:     []model.Executor{{ID: hostile, Reason: hostile, Added: start.Add(time.Second)}},
		Failures: []model.Failure{{Reason: hostile, Count: 2, Example: hostile}},
		Missing:  []model.Missing{{What: hostile, Setting: hostile}},
	}
	return Input{Log: &model.Reading{Name: hostile, Events: 9}, Run: run, Result: r, Unread: []string{hostile}, Regression: &prediction.Regression{Runs: 2, Seconds: 71, BaselineSeconds: 60, CostBasis: "memory", TimePercent: 18.3}}
}

func page(t *testing.T, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAPageIsWellFormedAndNeedsNothing: no script, no address, no style but the one that its policy names by its hash.
func TestAPageIsWellFormedAndNeedsNothing(t *testing.T) { browser.NeedsNothing(t, page(t, input())) }

// TestTextsOfALogStayTexts: each stands on the page as it is, and in no attribute and no style.
func TestTextsOfALogStayTexts(t *testing.T) {
	all, texts := browser.Elements(t, page(t, input()))
	if !slices.Contains(texts["h1"], hostile) || !slices.Contains(texts["title"], hostile+": prediction") {
		t.Errorf("%q %q", texts["h1"], texts["title"])
	}
	found := 0
	for _, one := range texts["td"] {
		if one == hostile {
			found++
		}
	}
	if found != 7 { // a stage, two of an executor, two of a failure, two of what is missing
		t.Errorf("%d cells of the log stand in the tables: %q", found, texts["td"])
	}
	for _, e := range all {
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Errorf("<%s>", e.Name.Local)
		}
	}
}

// TestCurvesShowWhatWasPredicted: the points of curves lie where their numbers are, the knee and the measured run among them, and each
// picture has a title, a description and ids of its own.
func TestCurvesShowWhatWasPredicted(t *testing.T) {
	in := input()
	all, texts := browser.Elements(t, page(t, in))
	ids := map[string]int{}
	pictures := 0
	for _, e := range all {
		role, labels := "", ""
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "id":
				ids[a.Value]++
			case "role":
				role = a.Value
			case "aria-labelledby":
				labels = a.Value
			}
		}
		if e.Name.Local == "svg" {
			if pictures++; role != "img" || len(strings.Fields(labels)) != 2 {
				t.Errorf("%+v", e)
			}
		}
	}
	if pictures != 4 || len(ids) != 8 || slices.Contains(slices.Collect(func(yield func(int) bool) {
		for _, n := range ids {
			if !yield(n) {
				return
			}
		}
	}), 2) {
		t.Errorf("%d pictures, ids %v", pictures, ids)
	}
	if !slices.Contains(texts["desc"], "From 1m10s with 1 executor to 22.5 s with 20 executors. The knee is at 6. The measured run had 2 executors and took 1m11s.") {
		t.Errorf("%q", texts["desc"])
	}
	c := charts(in)[0].Forms[0]
	if c.Ran == nil || len(c.Dots) != 2 || c.Dots[0].X != c.Left || c.Knee.X <= c.Dots[1].X || c.Knee.X >= c.Right {
		t.Fatalf("%+v", c)
	}
	// 1 executor takes 70 s, the run 71.4 s: the axis reaches beyond 84 s, and lower is less.
	if c.Ran.Y >= c.Dots[0].Y || c.Dots[1].Y <= c.Dots[0].Y || c.Y[0].Label != "0" || c.Y[len(c.Y)-1].Label != "1m30s" {
		t.Errorf("%+v", c)
	}
	coordinate := regexp.MustCompile(`^(-?[0-9.]+,-?[0-9.]+( |$))+$`)
	for _, figure := range charts(in) {
		for _, form := range figure.Forms {
			if !coordinate.MatchString(form.Line) || form.Band != "" && !coordinate.MatchString(form.Band) {
				t.Errorf("%q %q", form.Line, form.Band)
			}
		}
	}
}

// TestPricesReplaceMemory: with prices the cost is money, and without memory or prices there is no curve of costs.
func TestPricesReplaceMemory(t *testing.T) {
	in := input()
	in.Result.Priced = true
	if text := page(t, in); !strings.Contains(text, "Predicted cost over executors") || !strings.Contains(text, "times hours and prices") {
		t.Error("no curve of money")
	}
	in = input()
	for i := range in.Result.Curve {
		in.Result.Curve[i].MemoryGiBHours = 0
	}
	if got := len(charts(in)); got != 1 {
		t.Errorf("%d charts", got)
	}
}

// TestAxesReadWell: steps of an axis are round.
func TestAxesReadWell(t *testing.T) {
	for x, want := range map[float64]float64{.3: .5, 4: 5, 7: 10, 21: 30, 61: 120, 1000: 1800, 9000: 10800, 20_000: 21_600, 100_000: 172_800} {
		if got := niceTime(x); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, .0003: .0005, 1: 1, 1.2: 2, 70: 100} {
		if got := nice(x); got < want*.999 || got > want*1.001 {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
}

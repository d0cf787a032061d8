package prediction

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// mustPredict predicts sizes of a run.
func mustPredict(t testing.TB, run *model.Run, executors []int, cores int) *Result {
	t.Helper()
	w := Wanted{Executors: executors}
	if cores > 0 {
		w.Cores = []int{cores}
	}
	r, err := Predict(run, w)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMoreExecutorsTakeNoLonger: nothing is below the critical path or the perfect time, more executors take no longer up to what each
// stage may cost, and the knee is one.
func TestMoreExecutorsTakeNoLonger(t *testing.T) {
	all := []int{1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64, 128, 1000}
	for _, name := range slices.Sorted(maps.Keys(programs())) {
		p := programs()[name]
		run := recorded(t, p.run(t, 3, 7))
		m, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, cores := range []int{1, 2, 4} {
			r := mustPredict(t, run, all, cores)
			last := math.Inf(1)
			perStage := .05 * float64(len(m.stages))
			for _, point := range r.Points {
				if point.Seconds < r.Bounds.CriticalPathSeconds || point.Low > point.Seconds || point.High < point.Seconds || point.Low < 0 {
					t.Errorf("%s: %+v; critical path %v", name, point, r.Bounds.CriticalPathSeconds)
				}
				// Executors come in batches of 5 a second, and the first job waits for 80 % of them.
				ramp := float64(point.Executors) / 5 * .8
				if point.Seconds > last+perStage+ramp {
					t.Errorf("%s, %d cores: %d executors take %.2f s, fewer took %.2f s", name, cores, point.Executors, point.Seconds, last)
				}
				last = min(last, point.Seconds)
				if point.Utilisation <= 0 || point.Utilisation > 1 || point.MemoryGiBHours <= 0 {
					t.Errorf("%s: %+v", name, point)
				}
			}
			knee := mustPredict(t, run, []int{r.Bounds.Knee, max(r.Bounds.Knee-1, 1), m.useful(cores)}, cores).Points
			if knee[0].Seconds != r.Bounds.KneeSeconds || knee[0].Seconds > 1.1*knee[2].Seconds+.002 || r.Bounds.Knee > 1 && knee[1].Seconds <= 1.1*knee[2].Seconds-.002 {
				t.Errorf("%s: knee %d: %+v", name, r.Bounds.Knee, knee)
			}
		}
	}
}

// TestMemoryIsThatOfPods computes it by hand: 1 GiB of heap and 384 MiB of overhead for each pod.
func TestMemoryIsThatOfPods(t *testing.T) {
	p := programs()["scan"]
	r := mustPredict(t, recorded(t, p.run(t, 2, 1)), []int{2}, 0)
	point := r.Points[0]
	m, err := New(recorded(t, p.run(t, 2, 1)))
	if err != nil || len(m.arrivals) != 2 || m.arrivals[0] < 2000 || m.arrivals[1] > 4000 {
		t.Fatal(err, m.arrivals)
	}
	want := (3*point.Seconds - (m.arrivals[0]+m.arrivals[1])/1000) * 1408 / 1024 / 3600
	if math.Abs(point.MemoryGiBHours-want) > .0002 || point.Cores != 1 {
		t.Errorf("%+v, want %v", point, want)
	}
	if r.Bounds.SerialSeconds < 6 || r.Bounds.SerialSeconds > 9 {
		t.Errorf("%+v", r.Bounds)
	}
}

// TestATaskForEachCoreMayFollowTheCores: such a stage may be split otherwise. The interval holds both, and a note says so.
func TestATaskForEachCoreMayFollowTheCores(t *testing.T) {
	split := func(tasks int) program {
		return program{start: 2000, tail: 100, cores: 1, steps: []step{{100, []simJob{{stages: []simStage{{base: even(tasks, 80_000/float64(tasks)), warm: 500}}}}}}}
	}
	r := mustPredict(t, recorded(t, split(4).run(t, 4, 1)), []int{8}, 0)
	for _, tasks := range []int{4, 8} {
		if p, truth := r.Points[0], recorded(t, split(tasks).run(t, 8, 2)).Seconds; p.Low > truth || p.High < truth {
			t.Errorf("%d tasks took %v: %+v", tasks, truth, p)
		}
	}
	if !slices.ContainsFunc(r.Notes, func(s string) bool { return strings.Contains(s, "as spark.default.parallelism is without a setting") }) {
		t.Errorf("%q", r.Notes)
	}
}

// TestWithoutEvidenceNothingIsPredicted: each log of which nothing can be said has its reason.
func TestWithoutEvidenceNothingIsPredicted(t *testing.T) {
	p := programs()["scan"]
	lines := p.run(t, 2, 1)
	local := slices.Clone(lines)
	for i := range local {
		local[i] = strings.NewReplacer(`"Executor ID":"1"`, `"Executor ID":"driver"`, `"Executor ID":"2"`, `"Executor ID":"driver"`).Replace(local[i])
	}
	compacted := hostile(programs()["chain"].run(t, 2, 1), func(_ int, line string) []string {
		if strings.Contains(line, `"Job ID":0,`) || strings.Contains(line, `"Stage ID":0,`) {
			return nil
		}
		return []string{line}
	})
	together := slices.Clone(lines)
	for i := range together {
		together[i] = strings.Replace(together[i], `"RDD Info":[]`, `"RDD Info":[{"RDD ID":1,"Name":"\"Barrier\":false","Barrier":true}]`, 1)
	}
	profiles := slices.Clone(lines)
	for i := range profiles {
		if strings.Contains(profiles[i], "SparkListenerExecutorAdded") && strings.Contains(profiles[i], `"Executor ID":"2"`) {
			profiles[i] = strings.Replace(profiles[i], `"Resource Profile Id":0`, `"Resource Profile Id":1`, 1)
		}
	}
	for want, lines := range map[string][]string{
		"executors of several resource profiles":   profiles,
		"a stage in barrier mode ran":              together,
		"the jobs before job 1 are not in the log": compacted,
		"the log ends before the application did":  lines[:len(lines)-1],
		"no task ran":              append(slices.Clone(lines[:3]), lines[len(lines)-1]),
		"the driver ran the tasks": local,
	} {
		var few *Insufficient
		if _, err := New(recorded(t, lines)); !errors.As(err, &few) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestLargeStagesAreSampled: the time of a stage with more tasks than are kept is that of all of them.
func TestLargeStagesAreSampled(t *testing.T) {
	base := make([]float64, 30_000)
	for i := range base {
		base[i] = 20 + float64(i%7)*5
	}
	base[17_000] = 9000
	p := program{start: 1000, tail: 100, cores: 4, steps: []step{{100, []simJob{{stages: []simStage{{base: base, warm: 1000}}}}}}}
	run := recorded(t, p.run(t, 4, 1))
	if w := run.Stages[0].Work; len(w.Tasks) > 4096 || w.Count != 30_000 || !slices.ContainsFunc(w.Longest, func(one model.Timed) bool { return one.Millis >= 9000 }) {
		t.Fatalf("%d tasks kept of %d, %d longest", len(w.Tasks), w.Count, len(w.Longest))
	}
	r := mustPredict(t, run, []int{2, 4}, 0)
	if off := r.Points[1].Seconds/run.Seconds - 1; math.Abs(off) > .03 {
		t.Errorf("%.2f s, was %.2f s", r.Points[1].Seconds, run.Seconds)
	}
	if truth := recorded(t, p.run(t, 2, 2)).Seconds; math.Abs(r.Points[0].Seconds/truth-1) > .05 {
		t.Errorf("%.2f s, was %.2f s", r.Points[0].Seconds, truth)
	}
}

// hostile changes numbers of a log.
func hostile(lines []string, change func(i int, line string) []string) (out []string) {
	for i, line := range lines {
		out = append(out, change(i, line)...)
	}
	return out
}

// TestHostileLogs: events that contradict each other end in a prediction or in a reason, and never in a panic or a loop.
func TestHostileLogs(t *testing.T) {
	lines := programs()["overlap"].run(t, 2, 1)
	drop := func(part string) func(int, string) []string {
		return func(_ int, line string) []string {
			if strings.Contains(line, part) {
				return nil
			}
			return []string{line}
		}
	}
	replace := func(from ...string) func(int, string) []string {
		return func(_ int, line string) []string { return []string{strings.NewReplacer(from...).Replace(line)} }
	}
	cases := map[string][]string{
		"no jobs":              hostile(lines, drop("JobStart")),
		"no ends of jobs":      hostile(lines, drop("JobEnd")),
		"no stages":            hostile(lines, drop(`"Stage Info"`)),
		"no executors":         hostile(lines, drop("ExecutorAdded")),
		"a parent of itself":   hostile(lines, replace(`"Parent IDs":[]`, `"Parent IDs":[0,1,100,200]`)),
		"negative times":       hostile(lines, replace(`"Launch Time":1760`, `"Launch Time":-1760`)),
		"huge times":           hostile(lines, replace(`"Finish Time":1760`, `"Finish Time":9223372036854775807`)),
		"jobs end at first":    hostile(lines, replace(`"Completion Time":17600000`, `"Completion Time":17500000`)),
		"jobs start late":      hostile(lines, replace(`"Submission Time":17600000`, `"Submission Time":17700000`)),
		"no cores":             hostile(lines, replace(`"Total Cores":1`, `"Total Cores":0`)),
		"many cores":           hostile(lines, replace(`"Total Cores":1`, `"Total Cores":9223372036854775807`)),
		"tasks take nothing":   hostile(lines, replace(`"Finish Time":`, `"Finish Time":0,"X":`)),
		"late executors":       hostile(lines, replace(`ExecutorAdded","Timestamp":1760`, `ExecutorAdded","Timestamp":1960`)),
		"stages of other jobs": hostile(lines, replace(`"Stage IDs":[0`, `"Stage IDs":[7,200,100,0`)),
		"backwards":            append(slices.Clone(lines[:3]), reversed(lines[3:])...),
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) { sane(t, recorded(t, cases[name])) })
	}
}

func reversed(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Reverse(lines)
	return lines
}

// sane predicts a run, and checks that every number is one.
func sane(t *testing.T, run *model.Run) {
	r, err := Predict(run, Wanted{Executors: []int{1, 3, 40}, Cores: []int{1, 3}, Heaps: []int64{512, 4096}})
	var few *Insufficient
	if errors.As(err, &few) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(r.Points, r.Curve...) {
		for _, x := range []float64{p.Seconds, p.Low, p.High, p.MemoryGiBHours, p.CPUHours, p.Utilisation, p.PerfectSeconds} {
			if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
				t.Errorf("%+v", p)
			}
		}
		if p.Low > p.Seconds || p.High < p.Seconds {
			t.Errorf("%+v", p)
		}
	}
	if b := fmt.Sprintf("%+v %+v", r.Bounds, r.Heaps); strings.Contains(b, "NaN") || strings.Contains(b, "Inf") || strings.Contains(b, ":-") {
		t.Error(b)
	}
}

// FuzzPredict changes bytes of a log's lines.
func FuzzPredict(f *testing.F) {
	lines := programs()["overlap"].run(f, 2, 1)
	f.Add(uint16(9), uint16(200), "9")
	f.Add(uint16(20), uint16(90), "-")
	f.Add(uint16(30), uint16(60), `,"Parent IDs":[0]`)
	f.Add(uint16(len(lines)-2), uint16(50), "000000")
	f.Fuzz(func(t *testing.T, line, at uint16, with string) {
		r := model.NewRecorder()
		for i, text := range lines {
			if i%len(lines) == int(line)%len(lines) || i%17 == int(line)%17 {
				n := int(at) % len(text)
				text = text[:n] + with + text[min(n+len(with), len(text)):]
			}
			_ = r.Record([]byte(text)) // what is no event is not recorded
		}
		run := r.Run()
		sane(t, &run)
	})
}

package prediction

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// within holds predictions out of sample to bounds of their errors, and to intervals that hold the truth.
func within(t *testing.T, all []miss, median, worst, held float64) {
	t.Helper()
	slices.SortFunc(all, func(a, b miss) int { return cmp.Compare(b.error(), a.error()) })
	m, ninety, w, width, h := summary(all)
	t.Logf("%d predictions: error %.1f %% in the median, %.1f %% at the ninetieth percentile, %.1f %% at worst; interval ±%.1f %%, holds %.0f %%", len(all), m*100, ninety*100, w*100, width*100, h*100)
	if m > median || w > worst || h < held {
		for _, m := range all {
			t.Logf("%-8s %d -> %d: %.1f (%.1f to %.1f), was %.1f: %+.1f %%", m.name, m.from, m.to, m.predicted, m.low, m.high, m.truth, (m.predicted/m.truth-1)*100)
		}
		t.Fail()
	}
}

func noted(t *testing.T, run *model.Run, want string) {
	t.Helper()
	if notes := mustPredict(t, run, []int{2}, 0).Notes; !slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("%q is not in %q", want, notes)
	}
}

func only(st ...simStage) []simJob { return []simJob{{stages: st}} }

func query(st ...simStage) []simJob { return []simJob{{sql: true, stages: st}} }

// tied has stages with a task for each core, one of them behind a shuffle, and one of fixed tasks.
func tied() program {
	return program{start: 3000, tail: 200, cores: 1, noise: .05, steps: []step{
		{200, only(simStage{base: even(40, 400), warm: 1500})}, {200, only(simStage{work: 24_000, warm: 700}, simStage{parents: []int{0}, work: 9_000, warm: 400})},
		{300, only(simStage{base: even(40, 300), warm: 500})}, {200, only(simStage{work: 30_000, warm: 500})},
	}}
}

// TestTasksThatFollowTheCores: a stage with a task for each core of one run has a task for each core of the next one.
func TestTasksThatFollowTheCores(t *testing.T) {
	p := tied()
	within(t, foretellClean(t, "tied", p, p, []int{2, 3, 6}), .05, .15, .9)
	p.cores = 2
	within(t, foretellClean(t, "tied", p, p, []int{1, 2, 4}), .08, .15, .9)
	m, err := New(recorded(t, p.run(t, 1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	truth := recorded(t, p.run(t, 4, 2)).Seconds * 1000
	split, kept := m.size(4, 2), m.size(4, 2)
	kept.fixed = true
	if by, without := m.replay(split).end/truth-1, m.replay(kept).end/truth-1; math.Abs(by) > .15 || without < .5 {
		t.Errorf("off by %.2f, and with the number of tasks kept by %.2f", by, without)
	}
	noted(t, recorded(t, p.run(t, 2, 1)), "had a task for each core")
	p.properties = `,"spark.default.parallelism":"4"`
	if m, err := New(recorded(t, p.run(t, 2, 1))); err != nil || len(m.named(byDefault)) > 0 {
		t.Error("spark.default.parallelism is set, and stages follow the cores all the same", err)
	}
}

// TestPartitionsThatAreJoined: adaptive execution makes as many tasks as there are cores, or fewer of the least size.
func TestPartitionsThatAreJoined(t *testing.T) {
	p := program{start: 3000, tail: 200, cores: 1, noise: .05, steps: []step{
		{200, query(simStage{base: even(40, 400), warm: 1500}, simStage{parents: []int{0}, read: 900 << 20, work: 24_000, warm: 600})},
		{200, query(simStage{base: even(40, 300), warm: 600}, simStage{parents: []int{0}, read: 40 << 20, work: 20_000, warm: 500})},
		{200, query(simStage{base: even(40, 300), warm: 400}, simStage{parents: []int{0}, read: 3 << 20, work: 6_000, warm: 400})},
	}}
	within(t, foretellClean(t, "joined", p, p, []int{1, 2, 4, 8}), .05, .20, .9)
	noted(t, recorded(t, p.run(t, 4, 1)), "adaptive execution chooses the number of tasks by the cores")
	m, err := New(recorded(t, p.run(t, 4, 1)))
	if err != nil || len(m.named(coalesced)) != 3 || len(m.named(byDefault)) > 0 {
		t.Fatal(err, m.named(coalesced))
	}
	for _, c := range []struct{ cores, wide, small, tiny int64 }{{1, 15, 1, 1}, {4, 15, 4, 4}, {16, 17, 17, 4}, {64, 67, 40, 4}} {
		for i, want := range []int64{c.wide, c.small, c.tiny} {
			// Partitions are not cut: each task has a whole number of them, so that there may be some more.
			if got := m.tasksAt(&m.stages[2*i+1], int(c.cores)); got < want || got > want+want/4+1 {
				t.Errorf("%d cores, stage %d: %d tasks, want %d", c.cores, m.stages[2*i+1].id, got, want)
			}
		}
	}
	for _, off := range []string{"spark.sql.adaptive.enabled", "spark.sql.adaptive.coalescePartitions.enabled", "spark.sql.adaptive.coalescePartitions.parallelismFirst"} {
		run := recorded(t, p.run(t, 4, 1))
		run.Spark[off] = "false"
		if m, err := New(run); err != nil || len(m.named(coalesced)) > 0 {
			t.Errorf("%s=false, and stages follow the cores all the same: %v", off, err)
		}
	}
}

// TestPartsKeepTheTime: spread over more or fewer tasks, a stage takes as long, and its longest part stays the longest.
func TestPartsKeepTheTime(t *testing.T) {
	st := stage{count: 4, scale: 1}
	for i, millis := range []uint32{100, 900, 200, 100} {
		st.tasks = append(st.tasks, model.Timed{Launch: uint32(i), Millis: millis, Wave: model.Later})
	}
	for n, most := range map[int64]float64{1: 1255, 2: 985, 3: 728.3, 8: 457.5} {
		parts, mean := st.parts(n, 0)
		sum := 0.0
		for _, x := range parts {
			sum += x
		}
		if want := 1300 + fixedPart*float64(n-4); math.Abs(sum-want) > 1e-6 || math.Abs(mean*float64(n)-want) > 1e-6 || math.Abs(slices.Max(parts)-most) > 1 {
			t.Errorf("%d: %v, mean %v, want %v", n, parts, mean, want)
		}
	}
}

// grown is an application with dynamic allocation whose executors are removed in its middle.
func grown() program {
	return program{start: 3000, tail: 200, cores: 1, noise: .05, dynamic: &simDynamic{least: 0, initial: 1, idle: 8000},
		properties: `,"spark.dynamicAllocation.enabled":"true","spark.dynamicAllocation.initialExecutors":"1","spark.dynamicAllocation.executorIdleTimeout":"8s"`,
		steps:      []step{{200, only(simStage{base: even(60, 900), warm: 1500})}, {20_000, only(simStage{base: even(60, 700), warm: 700})}, {1000, only(simStage{base: even(48, 500), warm: 500}, simStage{parents: []int{0}, base: even(32, 400), warm: 300})}}}
}

// TestExecutorsThatComeAndGo: the number of executors is the upper bound of dynamic allocation, and each costs while it exists.
func TestExecutorsThatComeAndGo(t *testing.T) {
	p := grown()
	within(t, foretellClean(t, "dynamic", p, p, []int{2, 4, 8}), .05, .15, .9)
	run := recorded(t, p.run(t, 4, 1))
	noted(t, run, "dynamic allocation: the number of executors is its upper bound")
	m, err := New(run)
	if err != nil || m.dynamic.unseen || m.dynamic.takes < 2000 || m.dynamic.takes > 4500 {
		t.Fatalf("%+v, %v", m.dynamic, err)
	}
	for _, n := range []int{2, 8} {
		truth, few := costsOf(recorded(t, p.run(t, n, 3)), Prices{})
		if got := m.At(n, 1).MemoryGiBHours; few != nil || math.Abs(got/truth.MemoryGiBHours-1) > .12 {
			t.Errorf("%d executors: %v GiBh, was %v", n, got, truth.MemoryGiBHours)
		}
	}
	p.steps = p.steps[:1]
	p.dynamic.initial = 0
	p.properties = strings.ReplaceAll(p.properties, `"spark.dynamicAllocation.initialExecutors":"1"`, `"spark.dynamicAllocation.initialExecutors":"0"`)
	within(t, foretellClean(t, "from none", p, p, []int{2, 4, 8}), .08, .15, .9)
}

// TestLostExecutors: what failed and ran again is no part of the prediction, which is said, and of which the interval is wider.
func TestLostExecutors(t *testing.T) {
	clean := program{start: 3000, tail: 200, cores: 1, noise: .05, steps: []step{
		{200, only(simStage{base: even(60, 600), warm: 1500}, simStage{parents: []int{0}, base: even(40, 400), warm: 700})}, {200, only(simStage{base: even(60, 500), warm: 600})}}}
	lossy := clean
	lossy.losses = []simLoss{{12_000, 0}, {16_000, 1}}
	within(t, foretellClean(t, "losses", lossy, clean, []int{2, 3, 4}), .05, .15, .9)
	run := recorded(t, lossy.run(t, 3, 1))
	if run.Tasks.Failed == 0 || run.Tasks.Resubmitted == 0 {
		t.Fatalf("%+v", run.Tasks)
	}
	noted(t, run, "the prediction is of a run without them")
	noted(t, run, "executors were lost: in the prediction none is; the interval is 5.0 % wider on each side")
	noted(t, run, "longer than its replay without losses; the interval is")
	for _, reason := range []string{"Executor decommission: ", "Pod was terminated in response to imminent node shutdown."} { // as of spot nodes
		lines := lossy.run(t, 3, 1)
		for i := range lines {
			if strings.Contains(lines[i], "SparkListenerExecutorRemoved") {
				before, _, _ := strings.Cut(lines[i], `"Removed Reason":"`)
				lines[i] = before + `"Removed Reason":"` + reason + `"}`
			}
		}
		noted(t, recorded(t, lines), "executors were lost: in the prediction none is")
	}
	m, err := New(run)
	if err != nil || m.repeats.attempts != run.Tasks.Failed+run.Tasks.Resubmitted || m.stages[0].count != 60 || m.stages[1].count != 40 {
		t.Errorf("%+v of %+v, %v", m.repeats, run.Tasks, err)
	}
	if width := func(run *model.Run) float64 {
		p := mustPredict(t, run, []int{4}, 0).Points[0]
		return (p.High - p.Low) / p.Seconds
	}; width(run) < width(recorded(t, clean.run(t, 3, 1)))+.1 {
		t.Error("the interval is no wider")
	}
}

// TestCopiesOfSlowTasks: the copies that speculation started run again, and the interval is wider by their share.
func TestCopiesOfSlowTasks(t *testing.T) {
	p := program{start: 3000, tail: 200, cores: 1, noise: .05, slow: 40, properties: `,"spark.speculation":"true"`, steps: []step{
		{200, only(simStage{base: even(80, 500), warm: 1500})}, {200, only(simStage{base: even(80, 600), warm: 700})}, {200, only(simStage{base: even(80, 500), warm: 500})}}}
	within(t, foretellClean(t, "copies", p, p, []int{2, 4, 8}), .07, .20, .9)
	run := recorded(t, p.run(t, 4, 1))
	if run.Tasks.Speculative == 0 || run.Tasks.Killed == 0 {
		t.Fatalf("%+v", run.Tasks)
	}
	noted(t, run, "of slow tasks: the prediction repeats them")
}

// TestJobsThatShareTheCoresFairly are predicted in their order, and that is said where some ran at the same time.
func TestJobsThatShareTheCoresFairly(t *testing.T) {
	for name, want := range map[string]bool{"overlap": true, "scan": false} {
		p, ok := programs()[name]
		if !ok {
			t.Fatal(name)
		}
		p.properties = `,"spark.scheduler.mode":"FAIR"`
		said := slices.ContainsFunc(mustPredict(t, recorded(t, p.run(t, 2, 1)), []int{2}, 0).Notes, func(s string) bool { return strings.Contains(s, "spark.scheduler.mode=FAIR") })
		if said != want {
			t.Errorf("%s: said %v, not %v", name, said, want)
		}
	}
}

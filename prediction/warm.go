package prediction

import (
	"math"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// stage is one attempt of a stage. Times are milliseconds.
type stage struct {
	id, attempt            int64
	ids                    []int64 // of its parents, as the log has them
	planned, millis        int64
	submitted, first, last float64
	delay                  float64
	job                    int
	parents, children      []int

	tasks, longest []model.Timed
	places         []int64 // of the longest, among all
	count          int64
	scale          float64 // of the sampled tasks, so that their sum is the stage's
	gap            float64
	shuffled       bool // it reads a shuffle

	// excess is what the first, second and third task of a core take above later ones; low and high bound the first.
	excess    [model.Later]float64
	low, high float64
	least     float64 // a task without excess takes at least that
	oneWave   bool
	split     partitions
}

func newStage(in *model.Stage, submitted float64) stage {
	w := &in.Work
	st := stage{
		id: in.ID, attempt: in.Attempt, ids: in.Parents, planned: in.Planned, millis: w.Millis, submitted: submitted, first: clamp(float64(w.First)), last: clamp(float64(w.Last)),
		tasks: w.Tasks, longest: w.Longest, count: max(w.Count, int64(len(w.Tasks)+len(w.Longest))), scale: 1, gap: w.Gap,
		shuffled: len(in.Parents) > 0,
	}
	st.last = max(st.last, st.first)
	if len(st.tasks) == 0 {
		st.tasks, st.longest = st.longest, nil
	}
	for i, one := range st.longest { // a long task that is launched last makes the stage longer: each keeps its place
		share := max(float64(one.Launch)-st.first, 0) / max(st.last-st.first, 1)
		at := min(int64(share*float64(st.count)), st.count-int64(len(st.longest)-i))
		if i > 0 {
			at = max(at, st.places[i-1]+1)
		}
		st.places = append(st.places, at)
	}
	if sampled := st.count - int64(len(st.longest)); sampled > int64(len(st.tasks)) {
		sum, rest := 0.0, float64(w.Millis)
		for _, one := range st.tasks {
			sum += float64(one.Millis)
		}
		for _, one := range st.longest {
			rest -= float64(one.Millis)
		}
		if sum > 0 {
			st.scale = min(max(rest/(sum/float64(len(st.tasks))*float64(sampled)), .5), 2)
		}
	}
	return st
}

// task is the i-th task of a stage: of a sampled stage the sample comes again and again, the longest tasks in their places.
func (st *stage) task(i int64) (millis float64, wave int) {
	if len(st.places) > 0 {
		if at, is := slices.BinarySearch(st.places, i); is {
			return float64(st.longest[at].Millis), int(st.longest[at].Wave)
		}
	}
	one := st.tasks[i%int64(len(st.tasks))]
	return float64(one.Millis) * st.scale, int(one.Wave)
}

// excessOf is what a core's task of a wave takes above later ones. warm is -1 for the least that the log allows, 1 for the most.
func (st *stage) excessOf(wave, warm int) float64 {
	if wave >= model.Later {
		return 0
	}
	x := st.excess[wave]
	switch {
	case warm < 0 && st.excess[0] > 0:
		x *= st.low / st.excess[0]
	case warm > 0 && st.excess[0] > 0:
		x *= st.high / st.excess[0]
	case warm > 0 && wave == 0:
		x = st.high
	}
	return x
}

// base is what a task takes on a core that has run others of the stage.
func (st *stage) base(i int64, warm int) float64 {
	millis, wave := st.task(i)
	return max(millis-st.excessOf(wave, warm), min(st.least, millis))
}

// total is the time of all tasks without warm-up.
func (st *stage) total(warm int) (sum float64) {
	for i := range st.count {
		sum += st.base(i, warm)
	}
	return sum
}

// longestTask is the least that a stage takes: its longest task, or its first one on a cold core. One that can be split is.
func (m *Model) longestTask(st *stage) float64 {
	if n := m.mostTasks(st); n > st.count {
		parts, mean := st.parts(n, 0)
		return max(slices.Max(append(parts, mean)), mean+st.excess[0])
	}
	longest := st.base(0, 0) + st.excess[0]
	for i := range st.count {
		longest = max(longest, st.base(i, 0))
	}
	return longest
}

// Warm-up. A core's first task of a stage loads and compiles the stage's code; the excess decays over its next tasks. For each wave of
// a stage it is the median, over its cores, of a task's time less that of the stage's later tasks.
//
//   - A task that reads much more than usual is compared with later tasks of as many bytes.
//   - Where a core ran two tasks at most, the second is not warm either: the decay of the other stages corrects it.
//   - A stage with one wave has nothing to compare. It borrows the excess of the nearest stages of its kind, and the interval goes from
//     no excess to most of its time.
const (
	// These are estimates, not published figures.
	mostExcess   = .95 // of a first task, the most that may be warm-up
	noKin        = .5  // of a first task, where no stage can be compared with
	usualDecay   = .08 // second excess by the first, where no stage shows it; 0 to .1 in most stages of the kept logs
	firstStage   = 3   // excess of the application's first stage by the second one's; 1.9 to 3.2 in the kept logs
	large        = 1.5 // bytes by the median from which a first task counts as large
	nearest      = 3   // stages that are borrowed from
	sureOfExcess = .15 // relative error of an excess at its best
	unsure       = .2  // and what one core or one later task adds to it
)

func (m *Model) warmUp() {
	seen := make([]waves, len(m.stages))
	decay, weight := 0.0, 0.0
	for i := range m.stages {
		seen[i] = m.stages[i].waves()
		if w := &seen[i]; w.from > 1 && w.warm > 0 && len(w.of[1]) > 0 {
			m.stages[i].measured(w, 0)
			decay += m.stages[i].excess[1]
			weight += m.stages[i].excess[0]
		}
	}
	if weight > 0 {
		decay = min(decay/weight, .6)
	} else {
		decay = usualDecay
	}
	for i := range m.stages {
		st, w := &m.stages[i], &seen[i]
		st.oneWave = len(w.of[1])+len(w.of[2])+len(w.of[3]) == 0
		if !st.oneWave {
			st.measured(w, decay)
		}
	}
	first := slices.IndexFunc(m.stages, func(st stage) bool { return !st.oneWave })
	for i := range m.stages {
		if m.stages[i].oneWave {
			m.borrow(i, first)
		}
	}
}

// waves are the tasks of a stage by wave.
type waves struct {
	of    [model.Later + 1][]model.Timed
	later float64 // the median time of tasks that are warm
	kib   float64 // and what they read
	warm  int     // how many they are
	from  int     // the first wave that counts as warm
}

func (st *stage) waves() (w waves) {
	for _, all := range [...][]model.Timed{st.tasks, st.longest} {
		for _, one := range all {
			wave := min(one.Wave, model.Later)
			w.of[wave] = append(w.of[wave], one)
		}
	}
	var times, kibs []float64
	for w.from = model.Later; w.from > 0; w.from-- {
		for _, one := range w.of[w.from] {
			times, kibs = append(times, float64(one.Millis)), append(kibs, float64(one.KiB))
		}
		if len(times) > 1 || len(times) > 0 && 2*len(times) >= len(w.of[w.from-1]) {
			break
		}
	}
	w.from = max(w.from, 1)
	w.later, w.kib, w.warm = median(times), median(kibs), len(times)
	return w
}

// measured computes the excess of a stage with more than one wave.
func (st *stage) measured(w *waves, decay float64) {
	last := math.Inf(1)
	st.excess = [model.Later]float64{}
	for wave := range min(w.from, model.Later) {
		var above []float64
		for _, one := range w.of[wave] {
			expected := w.later
			if by := float64(one.KiB) / max(w.kib, 1); w.kib > 0 && by > large {
				expected *= by
			}
			above = append(above, float64(one.Millis)-expected)
		}
		st.excess[wave] = min(max(median(above), 0), last)
		last = st.excess[wave]
	}
	later := w.later
	if w.from == 1 && decay > 0 { // the second wave is not warm either
		st.excess[0] /= 1 - decay
		st.excess[1] = st.excess[0] * decay
		later = max(later-st.excess[1], 0)
	}
	st.least = later / 2
	off := sureOfExcess + unsure/math.Sqrt(float64(max(min(len(w.of[0]), w.warm), 1)))
	if w.from == 1 {
		off += decay
	}
	st.low, st.high = st.excess[0]*max(1-off, 0), st.excess[0]*(1+off)
}

// borrow gives a stage with one wave the excess of the nearest stages of its kind. first is the first stage with more than one wave; -1
// where there is none.
func (m *Model) borrow(i, first int) {
	st := &m.stages[i]
	var times []float64
	for _, all := range [...][]model.Timed{st.tasks, st.longest} {
		for _, one := range all {
			times = append(times, float64(one.Millis))
		}
	}
	took := median(times)
	var kin []float64
	if first >= 0 {
		if kin = m.kin(i, func(other *stage) bool { return other.shuffled == st.shuffled }); len(kin) == 0 {
			kin = m.kin(i, func(*stage) bool { return true })
		}
	}
	st.low, st.high = 0, took*mostExcess
	st.excess = [model.Later]float64{took * noKin}
	if len(kin) > 0 {
		like := median(slices.Clone(kin))
		if i == 0 {
			like *= firstStage
		}
		st.excess[0] = min(like, took*mostExcess)
		// One that begins before all of its kind may take more than they did.
		if i > first {
			st.high = min(max(1.5*slices.Max(kin), st.excess[0]), took*mostExcess)
		}
	}
	st.least = min(took*(1-mostExcess), slices.Min(times))
}

// kin are the first excesses of the nearest stages that can be compared with.
func (m *Model) kin(i int, alike func(*stage) bool) (all []float64) {
	for d := 1; d < len(m.stages) && len(all) < nearest; d++ {
		for _, at := range [...]int{i - d, i + d} {
			if at >= 0 && at < len(m.stages) && !m.stages[at].oneWave && alike(&m.stages[at]) {
				all = append(all, m.stages[at].excess[0])
			}
		}
	}
	return all
}

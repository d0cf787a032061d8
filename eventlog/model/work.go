package model

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Work is what the attempts of a stage's tasks took, one by one, for a replay of the run. Times are milliseconds. Failed and killed
// attempts are among them: they held a core too.
type Work struct {
	// Tasks are in the order in which they were launched. Of a stage with many tasks they are a sample, and Longest the others that
	// took the most time.
	Tasks, Longest []Timed
	// Count is how many attempts ended, and Millis the time of all.
	Count, Millis int64
	// First is the launch of the first and Last the finish of the last, since the application's start.
	First, Last int64
	// Gap is the mean time between the finish of a task and the launch of the next one on its core. It is negative where the driver
	// launches the next task before it notes the finish.
	Gap float64
}

// Timed is one attempt of a task.
type Timed struct {
	Launch uint32 // milliseconds since the application's start
	Millis uint32 // from launch to finish
	KiB    uint32 // what it read: input and shuffle
	// Wave is how many tasks of the stage its core had run before, Later at most.
	Wave uint8
	Fate Fate
}

// Fate is how an attempt of a task ended.
type Fate uint8

// The fates. Unsuccessful are those of an exception, a lost executor or a lost shuffle: the task runs again.
const (
	Succeeded Fate = iota
	Unsuccessful
	Killed
)

// Later is the wave of all tasks from the fourth on that a core runs in a stage.
const Later = 3

// What is kept of tasks at most.
const (
	maxTimed    = 1 << 17 // in all stages together, 3 MiB
	maxOfStage  = 4096
	leastKept   = 16
	maxLongest  = 32
	maxSeen     = 8 << 20 // bytes
	maxSlots    = 1024    // of an executor
	longestIdle = 250     // milliseconds; a core that waits longer waits for work
	sampleSeed  = 0x9e3779b97f4a7c15
)

// timed is one attempt of a task while the log is read; its launch counts from the epoch.
type timed struct {
	Timed
	executor uint16 // its index
}

// timing is the tasks of a stage while the log is read.
type timing struct {
	kept, longest  []timed
	count, millis  int64
	first, last    int64
	seen           []uint8 // of a sampled stage: tasks by executor
	gaps, gapCount int64
	shift          uint // one of 1<<shift tasks is kept
}

// timings bounds the tasks of all stages.
type timings struct {
	kept    int
	ofStage int // what one stage keeps at most
	seen    int // bytes that count tasks by executor
	// epoch is what launches are counted from while a log is read; 0 until the first task.
	epoch int64
}

// keep notes the times of a task that has ended.
func (r *Recorder) keep(st *stage, ex *executor, t *task) {
	millis, n := t.values[mDuration], st.work.count
	w := &st.work
	if w.count == 0 || t.launch < w.first {
		w.first = t.launch
	}
	w.last = max(w.last, t.launch+millis)
	w.count++
	w.millis = plus(w.millis, millis)
	if r.timings.epoch == 0 { // the start of the application may come later
		r.timings.epoch = t.launch - 1<<31
	}
	one := timed{Timed{Launch: small(t.launch - r.timings.epoch), Millis: small(millis), KiB: small(t.values[mData] >> 10), Fate: t.fate()}, uint16(ex.index)}
	if w.shift > 0 {
		one.Wave = r.wave(w, ex)
		if one = w.trade(one); !w.chosen(uint64(n)) {
			return
		}
	}
	w.kept = append(w.kept, one)
	r.timings.kept++
	if most := cmp.Or(r.timings.ofStage, maxOfStage); len(w.kept) > most {
		r.thin(st, most)
	}
	for r.timings.kept > maxTimed && cmp.Or(r.timings.ofStage, maxOfStage) > leastKept {
		r.timings.ofStage = cmp.Or(r.timings.ofStage, maxOfStage) / 2
		for _, other := range r.stages {
			r.thin(other, r.timings.ofStage)
		}
	}
}

// small is a number in 32 bits, cut at their bounds.
func small(n int64) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }

// wave counts a task of a sampled stage: by the order in which they end, for their launches come out of order.
func (r *Recorder) wave(w *timing, ex *executor) uint8 {
	if !r.see(w, ex.index) {
		return Later
	}
	return uint8(min(int(w.seen[ex.index]-1)/r.slots(ex), Later))
}

// see counts a task by its executor, where there is room for that.
func (r *Recorder) see(w *timing, executor int) bool {
	if more := executor + 1 - len(w.seen); more > 0 {
		if r.timings.seen+more > maxSeen {
			return false
		}
		r.timings.seen += more
		w.seen = append(w.seen, make([]uint8, more)...)
	}
	if w.seen[executor] < math.MaxUint8 {
		w.seen[executor]++
	}
	return true
}

// Slots is how many tasks an executor runs at once: its cores by those that a task takes.
func (r *Run) Slots(ex *Executor) int {
	task := 0.0
	for i := range r.Profiles {
		if r.Profiles[i].ID == ex.Profile {
			task = r.Profiles[i].Task["cpus"]
		}
	}
	if !(task > 0) {
		task, _ = strconv.ParseFloat(r.Spark["spark.task.cpus"], 64)
	}
	if !(task > 0) {
		task = 1
	}
	return int(min(max(math.Floor(float64(ex.Cores)/task+1e-9), 1), maxSlots))
}

// slots are those of an executor, counted once: each task asks for them.
func (r *Recorder) slots(ex *executor) int {
	if ex.slots == 0 {
		ex.slots = r.run.Slots(&ex.Executor)
	}
	return ex.slots
}

// countSlotsAgain is for what changes them: a profile or the settings.
func (r *Recorder) countSlotsAgain() {
	for _, ex := range r.order {
		ex.slots = 0
	}
}

// trade puts a task among the longest where it belongs there, and gives the one that leaves them.
func (w *timing) trade(one timed) timed {
	if len(w.longest) == 0 || one.Millis <= w.longest[0].Millis {
		return one
	}
	out := w.longest[0]
	at, _ := slices.BinarySearchFunc(w.longest[1:], one, shorter)
	copy(w.longest, w.longest[1:at+1])
	w.longest[at] = one
	return out
}

func shorter(a, b timed) int { return cmp.Compare(a.Millis, b.Millis) }

// chosen says whether the task of a number belongs to the sample: by chance, for executors take turns.
func (w *timing) chosen(n uint64) bool {
	n = (n + 1) * sampleSeed
	n ^= n >> 29
	n *= 0xbf58476d1ce4e5b9
	return n>>(64-w.shift) == 0
}

// thin leaves out tasks until at most half of a bound is kept. Before the first time, what needs all tasks is computed.
func (r *Recorder) thin(st *stage, most int) {
	w := &st.work
	if len(w.kept) <= most {
		return
	}
	before := len(w.kept)
	if w.shift == 0 {
		r.arrange(w)
		for _, one := range w.kept {
			r.see(w, int(one.executor))
		}
		w.longest = longest(w.kept, min(maxLongest, most/4))
		least := w.longest[0].Millis
		left := len(w.longest)
		w.kept = slices.DeleteFunc(w.kept, func(one timed) bool {
			if one.Millis >= least && left > 0 && slices.Contains(w.longest, one) {
				left--
				return true
			}
			return false
		})
	}
	for len(w.kept) > most/2 && w.shift < 48 {
		w.shift++
		n := uint64(0)
		half := timing{shift: 1}
		w.kept = slices.DeleteFunc(w.kept, func(one timed) bool {
			n++
			return !half.chosen(n + uint64(one.Launch)<<20 + uint64(w.shift)<<56)
		})
	}
	w.kept = slices.Clip(slices.Clone(w.kept))
	r.timings.kept += len(w.kept) - before
}

// longest are so many tasks that took the most time, the shortest first; of those that took as long, the last ones.
func longest(all []timed, n int) []timed {
	keys := make([]uint64, len(all)) // numbers are sorted in a third of the time
	for i := range all {
		keys[i] = uint64(all[i].Millis)<<32 | uint64(i)
	}
	slices.Sort(keys)
	out := make([]timed, 0, n)
	for _, key := range keys[max(len(keys)-n, 0):] {
		out = append(out, all[uint32(key)])
	}
	return out
}

// arrange orders all tasks of a stage by launch, and computes their waves and the gap between them. The task that a core runs
// after its first is taken to be that of the same rank: by launch the one, by finish the other.
func (r *Recorder) arrange(w *timing) {
	slices.SortFunc(w.kept, byExecutor)
	finishes := make([]int64, 0, len(w.kept))
	w.gaps, w.gapCount = 0, 0
	for begin := 0; begin < len(w.kept); {
		end := begin + 1
		for end < len(w.kept) && w.kept[end].executor == w.kept[begin].executor {
			end++
		}
		of, slots := w.kept[begin:end], 1
		if executor := int(of[0].executor); executor < len(r.order) {
			slots = r.slots(r.order[executor])
		}
		finishes = finishes[:0]
		for rank := range of {
			of[rank].Wave = uint8(min(rank/slots, Later))
			finishes = append(finishes, int64(of[rank].Launch)+int64(of[rank].Millis))
		}
		slices.Sort(finishes)
		for rank := slots; rank < len(of); rank++ {
			if gap := int64(of[rank].Launch) - finishes[rank-slots]; gap >= -longestIdle && gap <= longestIdle {
				w.gaps += gap
				w.gapCount++
			}
		}
		begin = end
	}
}

// byExecutor is the order by executor, launch and what else tells tasks apart.
func byExecutor(a, b timed) int {
	if x, y := uint64(a.executor)<<32|uint64(a.Launch), uint64(b.executor)<<32|uint64(b.Launch); x != y {
		return cmp.Compare(x, y)
	}
	return cmp.Or(cmp.Compare(a.Millis, b.Millis), cmp.Compare(a.KiB, b.KiB))
}

// published are tasks in the order of their launches, from the application's start on.
func (r *Recorder) published(all []timed) []Timed {
	out := make([]Timed, len(all))
	for i, one := range all {
		out[i] = one.Timed
		out[i].Launch = small(int64(one.Launch) + r.timings.epoch - r.start)
	}
	slices.SortFunc(out, func(a, b Timed) int {
		if a.Launch != b.Launch {
			return cmp.Compare(a.Launch, b.Launch)
		}
		return cmp.Or(cmp.Compare(a.Millis, b.Millis), cmp.Compare(a.KiB, b.KiB), cmp.Compare(a.Wave, b.Wave))
	})
	return out
}

// work is what the run says of the tasks.
func (r *Recorder) work(st *stage) Work {
	w := &st.work
	if w.count == 0 {
		return Work{}
	}
	if w.shift == 0 {
		r.arrange(w)
	}
	out := Work{Tasks: r.published(w.kept), Longest: r.published(w.longest), Count: w.count, Millis: w.millis, First: w.first - r.start, Last: w.last - r.start}
	if w.gapCount > 0 {
		out.Gap = float64(w.gaps) / float64(w.gapCount)
	}
	return out
}

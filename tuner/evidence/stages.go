package evidence

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Thresholds of stages, each with where it comes from.
const (
	// SpillTask is the disk spill of a task at the 99th percentile from which on it counts, and SpillShare that of memory spilled in the
	// data that was read (Dr. Elephant's fork for insights: 0.1).
	SpillTask  = 256 << 20
	SpillShare = .1
	// LargeTask is the data of the median task above which partitions are the answer to spill.
	LargeTask = 256 << 20
	// Tiny tasks: at least so many, the median and the 95th percentile at most so long (SparkForensics).
	TinyTasks        = 100
	TinyP50, TinyP95 = 500, 1000 // ms
	// SkewTimes is the longest task by the median, SkewShare its part of the stage's time, SkewMillis the least that counts (Dr. Elephant's
	// fork: 4, 0.75, 2.5 minutes).
	SkewTimes  = 4
	SkewShare  = .75
	SkewMillis = 150_000
	// UnevenMillis is the longest task from which on a skewed stage is worth a word, though no setting answers it.
	UnevenMillis = 10_000
	// mattering is the part of the run's task time below which a stage is not looked at.
	mattering = .05
)

// Stages is what the stages of a run ask for.
type Stages struct {
	// Spilled, Skewed, Tiny and TinyInput are the worst stage of each kind; nil where there is none.
	Spilled, Skewed, Tiny, TinyInput, LargeInput *model.Stage
	// Uneven is the skewed stage with the longest task, also where Skewed does not count it.
	Uneven *model.Stage
	// Few is the stage with the most task time that read a shuffle with fewer tasks than the run had slots.
	Few *model.Stage
	// SpilledSkew is a stage in which few tasks spilled: more memory or partitions would not help them.
	SpilledSkew *model.Stage
	// Shuffle is the most bytes that one stage read of shuffles, and Tasks how many tasks it had.
	Shuffle int64
	Tasks   int64
	// Execution is what the tasks of the stage that spilled need of execution memory at the 99th percentile, in MiB.
	Execution int64
	// Input is the most that the usual tasks of one stage of a query read of files, in bytes: 95 of 100 read no more.
	Input int64
	// DiskSpill is the most that the tasks of one stage spilled to disk, in MiB.
	DiskSpill int64
	// SQL says that queries of Spark SQL ran, and Own is the part of the tasks' time in stages outside of them, from 0 to 1.
	SQL bool
	Own float64

	waited int64 // ms that tasks waited for shuffle data, as far as medians tell
	// The most execution memory of the tasks of one stage: at the 99th percentile, and of one task. Bytes.
	usual, most int64
}

// taken is the execution memory of so many tasks at once, in MiB: of the worst stage the 99th percentile for each, and at least the
// largest task.
func (s *Stages) taken(slots int64) int64 { return mib(max(s.usual*slots, s.most)) }

func (r *Run) stages() (out Stages) {
	m := r.Model
	out.SQL = len(m.Queries) > 0
	queried, own := map[int64]bool{}, int64(0)
	for i := range m.Jobs {
		for _, id := range m.Jobs[i].Stages {
			queried[id] = queried[id] || m.Jobs[i].Query != nil
		}
	}
	worst := func(held **model.Stage, st *model.Stage, by func(*model.Stage) float64) {
		if *held == nil || by(st) > by(*held) {
			*held = st
		}
	}
	for i := range m.Stages {
		st := &m.Stages[i]
		if st.Profile != 0 || st.Tasks.Succeeded == 0 {
			continue
		}
		if in := st.Quantiles[model.Input]; queried[st.ID] {
			out.Input = max(out.Input, in.P50, in.P95)
		} else {
			own += st.Totals.DurationMillis
		}
		out.waited += st.Quantiles[model.FetchWait].P50 * st.Tasks.Succeeded
		out.DiskSpill = max(out.DiskSpill, mib(st.Totals.DiskSpillBytes))
		peak := st.Quantiles[model.PeakExecution]
		out.usual, out.most = max(out.usual, peak.P99), max(out.most, peak.Max)
		if read := st.Totals.ShuffleReadBytes; read > out.Shuffle {
			out.Shuffle, out.Tasks = read, st.Tasks.Succeeded
		}
		if m.Totals.DurationMillis > 0 && float64(st.Totals.DurationMillis) < mattering*float64(m.Totals.DurationMillis) {
			continue
		}
		time := func(s *model.Stage) float64 { return float64(s.Totals.DurationMillis) }
		if st.Totals.ShuffleReadBytes > 0 && st.Tasks.Succeeded < r.AllSlots() {
			worst(&out.Few, st, time)
		}
		if skewed(st) {
			worst(&out.Skewed, st, time)
		}
		if uneven(st, UnevenMillis) {
			worst(&out.Uneven, st, func(s *model.Stage) float64 { return float64(s.Quantiles[model.Duration].Max) })
		}
		if spilled(st) {
			if spill := st.Quantiles[model.MemorySpill]; spill.P75 == 0 && st.Tasks.Succeeded >= 4 {
				worst(&out.SpilledSkew, st, time)
			} else {
				worst(&out.Spilled, st, func(s *model.Stage) float64 { return float64(s.Totals.MemorySpillBytes) })
			}
		}
		if tiny(st) {
			if st.Totals.ShuffleReadBytes > st.Totals.InputBytes {
				worst(&out.Tiny, st, time)
			} else if st.Totals.InputBytes > 0 {
				worst(&out.TinyInput, st, time)
			}
		}
		if in := st.Quantiles[model.Input]; in.P50 > LargeTask && st.Tasks.Succeeded >= 2 {
			worst(&out.LargeInput, st, time)
		}
	}
	if all := m.Totals.DurationMillis; all > 0 {
		out.Own = float64(own) / float64(all)
	}
	if st := out.Spilled; st != nil {
		out.Execution = mib(st.Quantiles[model.PeakExecution].P99 + st.Quantiles[model.MemorySpill].P99)
	}
	return out
}

func spilled(st *model.Stage) bool {
	data := st.Totals.InputBytes + st.Totals.ShuffleReadBytes
	return st.Quantiles[model.DiskSpill].P99 >= SpillTask || st.Totals.MemorySpillBytes > 0 && float64(st.Totals.MemorySpillBytes) >= SpillShare*float64(max(data, st.Totals.ShuffleWriteBytes))
}

func skewed(st *model.Stage) bool {
	wall := st.Completed.Sub(st.Submitted).Milliseconds()
	return uneven(st, SkewMillis) && float64(st.Quantiles[model.Duration].Max) >= SkewShare*float64(wall)
}

// uneven says that a stage has a task that took far longer than the others, and at least so many milliseconds.
func uneven(st *model.Stage, least int64) bool {
	d := st.Quantiles[model.Duration]
	return st.Tasks.Succeeded >= 4 && d.P50 > 0 && float64(d.Max) >= SkewTimes*float64(d.P50) && d.Max >= least
}

// Skew says what the skew of a stage costs, where no setting answers it; "" where no stage is skewed so, or where Skewed tells of it. No
// stage takes less time than its longest task, and with even tasks it takes theirs, shared out among the slots.
func (r *Run) Skew() string {
	st := r.Stages.Uneven
	if st == nil || r.Stages.Skewed != nil || r.Stages.SpilledSkew != nil {
		return ""
	}
	d, slots := st.Quantiles[model.Duration], r.AllSlots()
	text := fmt.Sprintf("stage %d is skewed: the longest task took %.1f s, the median %.1f s. ", st.ID, float64(d.Max)/1000, float64(d.P50)/1000)
	if even := st.Totals.DurationMillis / slots; d.Max > even {
		return text + fmt.Sprintf("That costs up to %.1f s of the run: spread its keys", float64(d.Max-even)/1000)
	}
	from := (st.Totals.DurationMillis + d.Max - 1) / d.Max
	return text + fmt.Sprintf("With %d tasks at once that costs little; with %d or more the stage takes as long as that task: spread its keys", slots, from)
}

func tiny(st *model.Stage) bool {
	d, known := st.Quantiles[model.Duration]
	return known && st.Tasks.Succeeded >= TinyTasks && d.P50 <= TinyP50 && d.P95 <= TinyP95
}

// Idle is the part of its cores' time in which the tasks of a stage did not run: they were sent and reported, and cores waited for the next
// one. From 0 to 1; 0 too where no task told how long it ran.
func Idle(st *model.Stage) float64 {
	took := float64(st.Totals.DurationMillis) + max(st.Work.Gap, 0)*float64(st.Work.Count)
	if took <= 0 || st.Totals.RunMillis == 0 {
		return 0
	}
	return max(1-float64(st.Totals.RunMillis)/took, 0)
}

// Adaptive says whether queries of the run were planned again between stages: they are where nothing says otherwise.
func (r *Run) Adaptive() bool {
	on, set, err := r.Conf.Bool("spark.sql.adaptive.enabled")
	return on || !set || err != nil
}

// AllSlots is how many tasks all executors run at once.
func (r *Run) AllSlots() int64 { return max(int64(r.Executors)*r.Slots, 1) }

// InSQL says whether a stage belongs to a query of Spark SQL.
func (r *Run) InSQL(st *model.Stage) bool {
	return slices.ContainsFunc(r.Model.Jobs, func(j model.Job) bool { return j.Query != nil && slices.Contains(j.Stages, st.ID) })
}

// Partitions is how many a shuffle of the run had before adaptive execution merged any: 200 where nothing was set.
func (r *Run) Partitions() int64 {
	for _, key := range []string{"spark.sql.adaptive.coalescePartitions.initialPartitionNum", "spark.sql.shuffle.partitions"} {
		if n, set, err := r.Conf.Long(key); set && err == nil && n > 0 {
			return n
		}
	}
	return 200
}

// MedianData is what the median task of a stage read.
func MedianData(st *model.Stage) int64 { return st.Quantiles[model.Data].P50 }

// Share is a stage's part of the tasks' time.
func Share(st *model.Stage, run *model.Run) float64 {
	return float64(st.Totals.DurationMillis) / float64(max(run.Totals.DurationMillis, 1))
}

// Saved is the part of a run's time that a stage would take less with its work spread over all slots, at the most.
func (r *Run) Saved(st *model.Stage) float64 {
	took, whole := st.Completed.Sub(st.Submitted).Seconds(), r.Model.Seconds
	if took <= 0 || whole <= 0 {
		return 0
	}
	return took / whole * (1 - float64(st.Tasks.Succeeded)/float64(r.AllSlots()))
}

// Unmerged is the run without adaptive execution whose tiny tasks of a query took the most time; nil where there is none.
func (e *Evidence) Unmerged() (worst *Run) {
	for i := range e.Runs {
		r := &e.Runs[i]
		if st := r.Stages.Tiny; st == nil || r.Adaptive() || !r.InSQL(st) || worst != nil && st.Totals.DurationMillis <= worst.Stages.Tiny.Totals.DurationMillis {
			continue
		}
		worst = r
	}
	return worst
}

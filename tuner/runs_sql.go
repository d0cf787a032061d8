package tuner

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

const (
	keyPartitions  = "spark.sql.shuffle.partitions"
	keyInitial     = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
	keyAdaptive    = "spark.sql.adaptive.enabled"
	keyParallelism = "spark.sql.adaptive.coalescePartitions.parallelismFirst"
	keySkewJoin    = "spark.sql.adaptive.skewJoin.enabled"
	keySplit       = "spark.sql.files.maxPartitionBytes"
	keyBroadcast   = "spark.sql.autoBroadcastJoinThreshold"

	defaultPartitions = 200
	defaultSplit      = 128 << 20
	targetTask        = 128 << 20 // bytes of a task's data (NVIDIA's AutoTuner: 128 to 256 MiB)
	smallTask         = 64 << 20  // that of spark.sql.adaptive.advisoryPartitionSizeInBytes
	mostPartitions    = 10_000
	mostSplit         = 4 << 30
	mostlyIdle        = .5 // of the cores' time: starting tasks takes more than running them
	worthCores        = .1 // of a run's time, that all cores could save
)

// sql decides about partitions and adaptive execution by the stages of runs.
func (w *work) sql() error {
	if !w.ran() {
		return nil
	}
	queries := false
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		if queries = queries || r.Stages.SQL; r.Skew() != "" {
			w.note("%s%s", r.Skew(), w.from(r))
		}
	}
	if !queries {
		w.note("no query of Spark SQL ran: shuffle partitions and adaptive execution are not judged")
		return nil
	}
	adaptive, err := w.adaptive()
	if err != nil {
		return err
	}
	if err := w.partitions(adaptive); err != nil {
		return err
	}
	if err := w.splits(); err != nil {
		return err
	}
	return w.broadcast()
}

// adaptive decides about adaptive query execution and its answer to skew, and says whether runs had it and the next one has.
func (w *work) adaptive() (on bool, err error) {
	on, set, err := w.conf.Bool(keyAdaptive)
	if err != nil {
		return false, err
	}
	if set && !on {
		confidence, why, seen, effect := Medium, "off: small and skewed partitions stay as they are", "queries of Spark SQL ran without it", "queries are planned again between stages"
		if r := w.runs.Unmerged(); r != nil {
			confidence, seen, effect = High, w.tasksOf(r.Stages.Tiny, r), "one task reads what many did, up to 64 MiB"
			why = fmt.Sprintf("off, so that nothing merges the %d tiny tasks of stage %d", r.Stages.Tiny.Tasks.Succeeded, r.Stages.Tiny.ID)
		}
		w.setByRuns(spark.Driver, keyAdaptive, "", "adaptive-off", Change, confidence, why, seen, effect)
		on = !w.left[keyAdaptive]
	}
	on = on || !set
	if _, given := w.in.Conf.Get(keyAdaptive); !given && !w.runs.Last().Adaptive() {
		w.note("the last run had %s=false, and the configuration does not set it: where the application's code does, change it to true there", keyAdaptive)
	}
	skewJoin, set, err := w.conf.Bool(keySkewJoin)
	if err != nil {
		return false, err
	}
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		for _, st := range []*model.Stage{r.Stages.Skewed, r.Stages.SpilledSkew} {
			if st == nil {
				continue
			}
			d := st.Quantiles[model.Duration]
			seen := fmt.Sprintf("stage %d: the longest task took %d s, the median %d s%s", st.ID, d.Max/1000, d.P50/1000, w.from(r))
			if on && set && !skewJoin {
				w.setByRuns(spark.Driver, keySkewJoin, "", "skew-join", Try, Medium, fmt.Sprintf("stage %d is skewed", st.ID), seen, "joins split skewed partitions")
				return on, nil
			}
			w.note("%s. It is skewed: partitions and memory do not help; spread its keys", seen)
		}
	}
	return on, nil
}

// tasksOf words how short the tasks of a stage are, and what it takes to start them.
func (w *work) tasksOf(st *model.Stage, r *evidence.Run) string {
	d := st.Quantiles[model.Duration]
	text := fmt.Sprintf("stage %d: %d tasks, median %d ms, 95 %% within %d ms", st.ID, st.Tasks.Succeeded, d.P50, d.P95)
	if idle := evidence.Idle(st); idle > 0 {
		text += fmt.Sprintf("; %.0f %% of its cores' time went into starting them", idle*100)
	}
	return text + w.from(r)
}

// partitions decides about the number of shuffle partitions: more where tasks spilled, fewer where they were tiny.
func (w *work) partitions(adaptive bool) error {
	key := keyPartitions
	if _, set := w.conf.Get(keyInitial); set && adaptive {
		key = keyInitial
	}
	now, set, err := w.conf.Int(key)
	if err != nil {
		return err
	}
	if !set {
		now = defaultPartitions
	}
	var more, fewer, all int64
	var grown, shrunk, idle *evidence.Run
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		had := r.Partitions()
		total := r.AllSlots()
		if st := r.Stages.Few; st != nil && r.InSQL(st) && st.Tasks.Succeeded >= had && 2*total > all { // what was merged has more partitions
			all, idle = min(2*total, mostPartitions), r
		}
		if st := r.Stages.Spilled; st != nil && parted(r, st) {
			n := min(max((st.Totals.ShuffleReadBytes+targetTask-1)/targetTask, 2*had, total), mostPartitions)
			if n > more {
				more, grown = n, r
			}
		}
		if st := r.Stages.Tiny; st != nil && r.InSQL(st) {
			n := min(max((r.Stages.Shuffle+smallTask-1)/smallTask, total), mostPartitions)
			if n > fewer {
				fewer, shrunk = n, r
			}
		}
	}
	if grown != nil { // and no fewer than use all cores
		more = max(more, all)
	}
	switch {
	case grown != nil && more > int64(now):
		st := grown.Stages.Spilled
		w.setByRuns(spark.Driver, key, strconv.FormatInt(more, 10), "partitions-spill", Change, Medium, fmt.Sprintf("tasks of stage %d spilled", st.ID),
			fmt.Sprintf("stage %d: %d tasks read %dMi of shuffle data and spilled %dMi%s", st.ID, st.Tasks.Succeeded, st.Totals.ShuffleReadBytes>>20, st.Totals.MemorySpillBytes>>20, w.from(grown)), "less spill")
	case grown != nil:
	case idle != nil && all > int64(now):
		st := idle.Stages.Few
		verdict, confidence, effect := Try, Low, "all cores are used"
		if saved := idle.Saved(st); saved >= worthCores {
			verdict, confidence, effect = Change, Medium, fmt.Sprintf("all cores are used: up to %.0f %% of the time less", saved*100)
		}
		w.setByRuns(spark.Driver, key, strconv.FormatInt(all, 10), "partitions-few", verdict, confidence, fmt.Sprintf("stage %d has fewer tasks than the executors run at once", st.ID),
			fmt.Sprintf("stage %d: %s on %d slots, %.0f %% of the tasks' time%s", st.ID, count(st.Tasks.Succeeded, "task", "tasks"), idle.AllSlots(), evidence.Share(st, idle.Model)*100, w.from(idle)), effect)
	case idle != nil:
	case shrunk != nil:
		w.tiny(adaptive, key, int64(now), fewer, shrunk)
	}
	return nil
}

// parted says whether more partitions answer the spill of a stage: it reads a shuffle of SQL of which none was merged, for those would be
// again, and its tasks are not small. What then spills has too little memory.
func parted(r *evidence.Run, st *model.Stage) bool {
	had := r.Partitions()
	return st.Totals.ShuffleReadBytes > 0 && r.InSQL(st) && st.Tasks.Succeeded >= had && had < mostPartitions && evidence.MedianData(st) > smallTask
}

// tiny merges partitions: by adaptive execution where it is on. Of a run that had it off adaptive has spoken.
func (w *work) tiny(adaptive bool, key string, now, fewer int64, r *evidence.Run) {
	st := r.Stages.Tiny
	seen, why := w.tasksOf(st, r), fmt.Sprintf("tasks of stage %d are tiny", st.ID)
	switch {
	case adaptive && !r.Adaptive():
	case adaptive:
		w.setByRuns(spark.Driver, keyParallelism, "false", "tasks-merged", Try, Medium, why, seen, "adaptive execution merges partitions up to 64 MiB")
	case fewer*2 <= now:
		verdict := Try
		if evidence.Idle(st) >= mostlyIdle {
			verdict = Change
		}
		w.setByRuns(spark.Driver, key, strconv.FormatInt(fewer, 10), "partitions-tiny", verdict, Medium, why, seen, "fewer tasks to schedule")
	}
}

// splits decides about the size of input partitions: one size for all files of an application. It grows no further than the largest task
// that reads files allows.
func (w *work) splits() error {
	now, set, err := w.conf.Size(keySplit, spark.Byte)
	if err != nil {
		return err
	}
	if !set {
		now = defaultSplit
	}
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		had, set, err := r.Conf.Size(keySplit, spark.Byte)
		if err != nil || !set {
			had = defaultSplit
		}
		if st := r.Stages.LargeInput; st != nil && r.InSQL(st) {
			seen := fmt.Sprintf("stage %d: the median task read %dMi%s", st.ID, st.Quantiles[model.Input].P50>>20, w.from(r))
			if had > evidence.LargeTask && now > defaultSplit {
				w.setByRuns(spark.Driver, keySplit, "128m", "splits-large", Try, Medium, fmt.Sprintf("tasks of stage %d read much", st.ID), seen, "more and smaller tasks")
				return nil
			}
			w.note("%s, which is more than a partition of input: files that cannot be split, as gzip", seen)
		}
		if st := r.Stages.TinyInput; st != nil && r.InSQL(st) {
			read := max(st.Quantiles[model.Input].P50, 1)
			by := min(targetTask/read, 16, evidence.LargeTask/max(r.Stages.Input, 1))
			if to := min(had*max(by, 1), mostSplit); to > had && to > now {
				d := st.Quantiles[model.Duration]
				w.setByRuns(spark.Driver, keySplit, spark.FormatSize(to), "splits-small", Try, Low, fmt.Sprintf("tasks of stage %d are tiny", st.ID),
					fmt.Sprintf("stage %d: %d tasks, median %d ms and %dKi%s", st.ID, st.Tasks.Succeeded, d.P50, read>>10, w.from(r)), "fewer tasks to schedule")
				return nil
			}
		}
	}
	return nil
}

// broadcast only suggests: what the sides of joins hold is in no figure of a log.
func (w *work) broadcast() error {
	text, set := w.conf.Get(keyBroadcast)
	if !set {
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n <= 0 {
		w.setByRuns(spark.Driver, keyBroadcast, "", "broadcast-off", Try, Low, "off: joins with small tables shuffle both sides", "queries of Spark SQL ran; the sizes of their joins are unknown", "joins with tables up to 10 MiB need no shuffle")
	}
	return nil
}

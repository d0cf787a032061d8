package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Run is what was read so far. It can be asked for at any time, and more can be read afterwards.
func (r *Recorder) Run() Run {
	run := r.run
	run.Jobs, run.Queries, run.Profiles = slices.Clone(run.Jobs), slices.Clone(run.Queries), slices.Clone(run.Profiles)
	run.Odd, run.LeftOut = maps.Clone(run.Odd), maps.Clone(run.LeftOut)
	run.Spark, run.Java = masked(run.Spark), masked(run.Java)
	end := r.end
	if end == 0 {
		end = r.latest
	}
	run.Application.Started = moment(r.start)
	run.Application.Ended = moment(r.end)
	if run.Seconds = float64(end-r.start) / 1000; run.Seconds < 0 || r.start <= 0 {
		run.Seconds = 0
	}
	if r.end != 0 && r.end < r.start {
		count(&run.Odd, "an application that ends before it starts", 1)
	}
	r.publishStages(&run)
	r.publishExecutors(&run, end)
	sums := r.sums
	for _, st := range r.stages {
		add(&sums, &st.sums)
	}
	run.Totals = totals(&sums)
	for _, f := range r.failures {
		run.Failures = append(run.Failures, *f)
	}
	slices.SortFunc(run.Failures, func(a, b Failure) int { return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Reason, b.Reason)) })
	if run.Totals.RunMillis > 0 {
		run.GC.TaskShare = rounded(float64(run.Totals.GCMillis)/float64(run.Totals.RunMillis), 1000)
	}
	run.Missing = run.missing(r.unended, r.unmeasured, r.unsampled)
	run.Outcome = run.outcome()
	return run
}

// outcome is how the application ended. A job that fails once the context is stopped was cancelled by that: Spark ends jobs that run
// behind the application's end (SparkContext.stop, DAGScheduler.cleanUpAfterSchedulerStop).
func (r *Run) outcome() Outcome {
	failed, stopped := r.FailedJobs()
	switch code := r.Application.ExitCode; {
	case r.Application.Ended.IsZero():
		return NoEnd
	case code != nil && *code != 0:
		return Failed
	case stopped > 0:
		return Stopped
	case failed > 0:
		return Failures
	}
	return Done
}

// FailedJobs counts the jobs that failed, and those that ran when the application was stopped.
func (r *Run) FailedJobs() (failed, stopped int) {
	for _, j := range r.Jobs {
		switch {
		case j.Succeeded:
		case j.Completed.IsZero(), !r.Application.Ended.IsZero() && !j.Completed.Before(r.Application.Ended):
			stopped++
		default:
			failed++
		}
	}
	return failed, stopped
}

func (r *Recorder) publishStages(run *Run) {
	all := r.sorted(func(a, b *stage) int { return 0 })
	if len(all) > maxStages { // a log of that many ended between two prunings
		count(&run.LeftOut, "stages", len(all)-maxStages)
		slices.SortStableFunc(all, func(a, b *stage) int { return -cmp.Compare(a.sums[mDuration], b.sums[mDuration]) })
		all = all[:maxStages]
		slices.SortFunc(all, func(a, b *stage) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt)) })
	}
	run.Stages = make([]Stage, 0, len(all))
	for _, st := range all {
		out := st.publish()
		out.Work = r.work(st)
		run.Stages = append(run.Stages, out)
	}
}

// publishExecutors lists the executors, and computes what is of all of them: how many ran at once, their garbage collection, and
// how much of their cores' time tasks took.
func (r *Recorder) publishExecutors(run *Run, end int64) {
	all := r.order
	if d := r.driver; d != nil {
		out := d.publish()
		if d.known || d.Tasks != (Tasks{}) {
			run.Application.Local = true
			all = append(slices.Clone(all), d)
		} else {
			run.Driver = &out
		}
	}
	type step struct {
		time  int64
		count int
	}
	var steps []step
	var busy, alive float64
	for _, ex := range all {
		out := ex.publish()
		run.Each = append(run.Each, out)
		begin, stop := ex.added, ex.removed
		if begin <= 0 {
			begin = r.start
		}
		if stop < begin {
			stop = end
		}
		if stop > begin {
			steps = append(steps, step{begin, 1}, step{stop, -1})
			alive += float64(stop-begin) * float64(max(ex.Cores, 1))
		}
		busy += float64(ex.BusyMillis)
		run.GC.add(out.Peaks)
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.count, b.count)) })
	now := 0
	for _, s := range steps {
		now += s.count
		run.Executors = max(run.Executors, now)
	}
	if alive > 0 {
		run.UsedShare = min(rounded(busy*r.cores(run)/alive, 1000), 1)
	}
}

// add adds what the collectors of one executor took: their counters only grow, so that a peak is the last value that was sampled.
func (g *GC) add(peaks map[string]int64) {
	g.Sampled = g.Sampled || peaks[peakAll]+peaks[peakYoungN]+peaks[peakOldN]+peaks[PeakHeap] > 0
	g.YoungMillis += peaks[peakYoung]
	g.YoungCount += peaks[peakYoungN]
	g.OldMillis += peaks[peakOld]
	g.OldCount += peaks[peakOldN]
	g.ConcurrentMillis += peaks[peakConc]
	g.ConcurrentCount += peaks[peakConcN]
	g.TotalMillis += max(peaks[peakAll], peaks[peakYoung]+peaks[peakOld]+peaks[peakConc])
}

// Settings that write evidence, and those that say what is missing.
const (
	logStageMetrics = "spark.eventLog.logStageExecutorMetrics"
	polling         = "spark.executor.metrics.pollingInterval"
	processTree     = "spark.executor.processTreeMetrics.enabled"
	excluded        = "spark.eventLog.excludedPatterns"
)

// missing names the evidence that a log lacks. Tasks that were lost had no metrics; of others none was sampled.
func (r *Run) missing(unended string, unmeasured, unsampled int64) (all []Missing) {
	add := func(what, setting string) { all = append(all, Missing{what, setting}) }
	if r.Application.Ended.IsZero() {
		add("the end of the application: "+cmp.Or(unended, "it still ran, or its driver was killed"), "")
	}
	if r.Spark == nil {
		add("the Spark properties", "")
	}
	if patterns := r.Spark[excluded]; patterns != "" {
		add("events that are excluded: "+patterns, excluded+" (unset)")
	}
	tasks := r.Tasks.Succeeded+r.Tasks.Failed+r.Tasks.Killed > 0
	if !tasks {
		add("tasks: none has ended", "")
		return all
	}
	if unmeasured > 0 {
		add("the metrics of "+counted(unmeasured, "task that was", "tasks that were")+" lost", "")
	}
	sampled, tree := 0, false
	for i := range r.Each {
		if r.Each[i].Peaks[PeakHeap] > 0 {
			sampled++
		}
		tree = tree || r.Each[i].Peaks[PeakJVM] > 0
	}
	on := func(setting string) bool { return strings.EqualFold(strings.TrimSpace(r.Spark[setting]), "true") }
	off, driver := !on(logStageMetrics), ""
	if !r.Application.Local && (r.Driver == nil || r.Driver.Peaks[PeakHeap] == 0) {
		driver = ", and the driver's"
	}
	switch {
	case sampled == 0 && off:
		add("the memory and garbage collection of executors"+driver, logStageMetrics+"=true")
	case sampled == 0:
		add("the memory and garbage collection of executors: they were never sampled", polling+"=1s")
	case sampled < len(r.Each):
		add("the memory of executors that were never sampled", polling+"=1s")
	case off:
		add("the memory of executors between their tasks"+driver, logStageMetrics+"=true")
	}
	if !off && driver != "" {
		add("the memory of the driver: it was never sampled", "")
	}
	if sampled == len(r.Each) && 2*unsampled > r.Tasks.Succeeded {
		add("the memory that "+counted(unsampled, "task", "tasks")+" took: no sample was taken while they ran", polling+"=1s")
	}
	switch {
	case tree:
	case on(processTree):
		add("the memory of processes (RSS): it is on, and was never sampled", polling+"=1s")
	default:
		add("the memory of processes, Python's too (RSS)", processTree+"=true")
	}
	return all
}

// counted is a number of things.
func counted(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + more
}

package prediction

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// limit is something that the log shows and the replay does not have: a sentence, and the share by which it widens each side of the
// interval.
type limit struct {
	text         string
	below, above float64
}

// By what limits widen the interval. These are estimates.
const (
	widerLost    = .05 // executors were lost
	widerDynamic = .05 // executors come and go
	widerSizes   = .10 // executors differ in cores
	widerCopies  = .05 // slow tasks had copies
	mostCopies   = .20 // and for them: their share of all tasks, at most this
	mostFailed   = .10 // for tasks that ended without success: half of their share, at most this
	tellError    = .02 // from which error of the replay on a sentence says so
)

// findLimits finds what widens the interval.
func (m *Model) findLimits() {
	add := func(below, above float64, format string, args ...any) {
		m.limits = append(m.limits, limit{fmt.Sprintf(format, args...) + widened(below, above), below, above})
	}
	n := m.run.Tasks
	all := float64(max(n.Succeeded+n.Failed+n.Killed, 1))
	repeated := m.repeats.attempts
	if repeated > 0 {
		millis := float64(m.repeats.millis)
		add(0, 0, "%s failed or repeated lost work (%.0f %% of the tasks' time): the prediction is of a run without them", counted(repeated, "task attempt", "task attempts"), millis/max(millis+m.work, 1)*100)
	}
	left := n.Failed - repeated
	if n.Speculative == 0 {
		left += n.Killed
	}
	if left > 0 {
		by := min(float64(left)/all/2, mostFailed)
		add(by, by, "%s without success: the prediction repeats that", counted(left, "task ended", "tasks ended"))
	}
	if n.Speculative > 0 {
		by := widerCopies + min(float64(n.Speculative)/all, mostCopies)
		add(by, by, "speculation started %s of slow tasks: the prediction repeats them, and with other executors others are slow", counted(n.Speculative, "copy", "copies"))
	}
	if m.lost > 0 && m.dynamic == nil {
		add(widerLost, widerLost, "%s lost: in the prediction none is", counted(int64(m.lost), "executor was", "executors were"))
	}
	if a := m.dynamic; a != nil {
		takes := fmt.Sprintf("%.1f s after the request", a.takes/1000)
		if a.unseen {
			takes += ", an estimate"
		}
		add(widerDynamic, widerDynamic, "dynamic allocation: the number of executors is its upper bound, and they come %s", takes)
	}
	if strings.EqualFold(strings.TrimSpace(m.run.Spark["spark.scheduler.mode"]), "FAIR") && slices.ContainsFunc(m.groups, func(g group) bool { return len(g.jobs) > 1 }) {
		add(0, 0, "jobs ran at the same time, and spark.scheduler.mode=FAIR: the prediction gives free cores to the earlier job first; so it predicts when all of them end, and not when each does")
	}
	if m.sizes > 1 {
		add(widerSizes, widerSizes, "executors of %d sizes ran: the prediction gives all of them %d cores", m.sizes, m.cores)
	}
	switch off := math.Abs(m.error); {
	case m.error < 0 && (repeated > 0 || m.lost > 0):
		add(0, off, "the run took %.0f %% longer than its replay without losses", off/max(1-off, .01)*100)
	case off > tellError:
		add(off, off, "the replay of the run itself is %.0f %% off", m.error*100)
	default:
		m.limits = append(m.limits, limit{"", off, off})
	}
}

// widened says by how much the interval is wider.
func widened(below, above float64) string {
	switch {
	case above < .0005:
		return ""
	case below == 0:
		return fmt.Sprintf("; the interval is %.1f %% wider above", above*100)
	}
	return fmt.Sprintf("; the interval is %.1f %% wider on each side", above*100)
}

// named are the stages that follow the cores in some respect.
func (m *Model) named(by follows) (ids []string) {
	for i := range m.stages {
		if m.stages[i].split.follows == by {
			ids = append(ids, fmt.Sprint(m.stages[i].id))
		}
	}
	return ids
}

// notes say what the prediction cannot know. cores are those of an executor for which it is made.
func (m *Model) notes(cores []int) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	var single []string
	took, of := 0.0, 0.0
	for i := range m.stages {
		st := &m.stages[i]
		time := float64(st.millis)
		of += time
		if st.oneWave && st.count > 1 {
			single = append(single, fmt.Sprint(st.id))
			took += time
		}
	}
	if len(single) > 0 {
		add("%s (%.0f %% of the tasks' time) had one wave of tasks: how long a task takes on a warm core is unknown", listed(single), took/max(of, 1)*100)
	}
	if tied := m.named(byDefault); len(tied) > 0 {
		add("%s had a task for each core, as spark.default.parallelism is without a setting: predicted with a task for each core again. The interval holds the old number too", listed(tied))
	}
	if joined := m.named(coalesced); len(joined) > 0 {
		add("%s: adaptive execution chooses the number of tasks by the cores: predicted by its formula, with partitions of one size", listed(joined))
	}
	failed := 0
	for _, j := range m.run.Jobs {
		if !j.Succeeded {
			failed++
		}
	}
	if failed > 0 {
		add("%s failed: the prediction is of a run that fails like this one", counted(int64(failed), "job", "jobs"))
	}
	for _, l := range m.limits {
		if l.text != "" {
			all = append(all, l.text)
		}
	}
	for _, c := range cores {
		if m.slotsOf(c) > m.slotsOf(m.cores) {
			add("with %d cores more tasks share a heap: spill and garbage collection by that are not predicted%s", c, widened(0, lessMemory*math.Log2(float64(m.slotsOf(c))/float64(m.slotsOf(m.cores)))))
		}
	}
	for _, what := range [...]string{"executors", "jobs", "stages"} {
		if n := m.run.LeftOut[what]; n > 0 {
			add("%d %s are not in the prediction: the log has more than is kept", n, what)
		}
	}
	if m.memory.executor == 0 || m.memory.driver == 0 {
		add("the memory of pods is unknown: a memory setting of the run cannot be read")
	}
	return all
}

// listed lists the first stages.
func listed(ids []string) string {
	const most = 5
	if len(ids) == 1 {
		return "stage " + ids[0]
	}
	more := ""
	if len(ids) > most {
		more = fmt.Sprintf(" and %d more", len(ids)-most)
		ids = ids[:most]
	}
	return "stages " + strings.Join(ids, ", ") + more
}

func counted(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

package prediction

import (
	"fmt"
	"math"
	"strings"
)

// The interval of a prediction. Its replays are repeated with the least and the most warm-up that the log allows, and with stages
// that may follow the number of cores. The widest is widened by noise, which is an estimate: what two runs differ by, and
// more for each doubling or halving of the cores. What went wrong in the run widens it further.
const (
	noise        = .04  // of the time, at the size of the run
	noiseByTwice = .045 // for each doubling or halving
	mostNoise    = .5
	noiseLost    = .05
	driverWork   = 10 // milliseconds for each stage and doubling: the driver launches more tasks at once
)

func (m *Model) interval(s size, mid float64) (low, high float64) {
	low, high = mid, mid
	spreads := []bool{false, true}
	if !m.anyTied() || s.executors*s.perExecutor == m.ownSlots() {
		spreads = spreads[:1]
	}
	for _, s.spread = range spreads {
		for _, s.warm = range [...]int{-1, 1} {
			end := m.replay(s).end
			low, high = min(low, end), max(high, end)
		}
	}
	twice := math.Abs(math.Log2(float64(s.executors*s.perExecutor) / float64(m.ownSlots())))
	share := noise + noiseByTwice*twice + math.Abs(m.error)
	if n := m.run.Tasks; n.Failed+n.Killed > 0 {
		share += min(float64(n.Failed+n.Killed)/float64(n.Succeeded+n.Failed+n.Killed), .2) / 2
	}
	if m.lost > 0 {
		share += noiseLost
	}
	share = min(share, mostNoise)
	high *= 1 + share
	if more := s.executors*s.perExecutor > m.ownSlots(); more {
		high += driverWork * twice * float64(len(m.stages))
	}
	return low * (1 - share), high
}

func (m *Model) ownSlots() int { return len(m.arrivals) * m.slotsOf(m.cores) }

// tied says that a stage had a task for each core of the run, as stages have that follow spark.default.parallelism
// (CoarseGrainedSchedulerBackend.defaultParallelism: all cores, 2 at least).
func (m *Model) tied(st *stage) bool {
	return !st.shuffled && st.planned == st.count && st.count == int64(max(len(m.arrivals)*m.cores, 2)) && m.run.Spark["spark.default.parallelism"] == ""
}

func (m *Model) anyTied() bool {
	for i := range m.stages {
		if m.tied(&m.stages[i]) {
			return true
		}
	}
	return false
}

// notes say what the prediction cannot know.
func (m *Model) notes() (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	var single, tied []string
	took, of := 0.0, 0.0
	for i := range m.stages {
		st := &m.stages[i]
		time := float64(st.millis)
		of += time
		if st.oneWave && st.count > 1 {
			single = append(single, fmt.Sprint(st.id))
			took += time
		}
		if m.tied(st) {
			tied = append(tied, fmt.Sprint(st.id))
		}
	}
	if len(single) > 0 {
		add("%s (%.0f %% of the tasks' time) had one wave of tasks: how long a task takes on a warm core is unknown", named(single), took/max(of, 1)*100)
	}
	if len(tied) > 0 {
		add("%s had as many tasks as spark.default.parallelism is without a setting: with other cores that may change", named(tied))
	}
	if n := m.run.Tasks; n.Failed+n.Killed > 0 {
		add("%s without success: the prediction repeats that", counted(n.Failed+n.Killed, "task ended", "tasks ended"))
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
	if m.lost > 0 {
		add("%s lost: in the prediction none is", counted(int64(m.lost), "executor was", "executors were"))
	}
	if m.dynamic() {
		add("executors came and went by dynamic allocation: the prediction keeps them from their arrival on")
	}
	if math.Abs(m.error) > .02 {
		add("the replay of the run itself is %.0f %% off: the interval is wider by that", m.error*100)
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

// named lists the first stages.
func named(ids []string) string {
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

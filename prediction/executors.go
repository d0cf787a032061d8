package prediction

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ramp is how executors beyond those of the run arrive: in batches, each a delay after the one before
// (resource-managers/kubernetes ExecutorPodsAllocator). Milliseconds.
type ramp struct {
	batch, delay float64
	first        float64 // arrival of the first executor
	beyond       float64 // what executors took in the median above the batches
	// ratio is the share of executors that the first job waits for, and wait how long at most; 0 where it waits for none.
	ratio, wait float64
}

// readExecutors finds when executors came. One that is added after another was removed takes its place.
func (m *Model) readExecutors() {
	type place struct{ from, until float64 }
	var all []*model.Executor
	for i := range m.run.Each {
		all = append(all, &m.run.Each[i])
	}
	slices.SortStableFunc(all, func(a, b *model.Executor) int { return a.Added.Compare(b.Added) })
	var places []place
	var cores []float64
	differ := map[int64]bool{}
	for _, ex := range all {
		added, removed := max(m.since(ex.Added), 0), m.since(ex.Removed)
		if removed < added || removed > m.end {
			removed = m.end
		} else if !m.idle(ex.Reason) {
			m.lost++
		}
		if added >= m.end && len(places) > 0 {
			continue
		}
		cores = append(cores, float64(max(ex.Cores, 1)))
		differ[max(ex.Cores, 1)] = true
		if i := slices.IndexFunc(places, func(p place) bool { return p.until <= added }); i >= 0 {
			places[i].until = removed
			continue
		}
		places = append(places, place{added, removed})
	}
	m.sizes = len(differ)
	for _, p := range places {
		m.arrivals = append(m.arrivals, p.from)
	}
	if len(places) == 0 {
		m.arrivals = []float64{0}
	}
	m.cores = min(max(int(median(cores)), 1), Most)
	m.taskCPUs = 1
	if len(all) > 0 {
		one := *all[0]
		one.Cores = 1000
		m.taskCPUs = 1000 / float64(max(m.run.Slots(&one), 1))
	}
	if m.executors = len(m.arrivals); m.dynamic != nil {
		m.executors = max(m.run.Executors, 1)
	}
	m.readRamp()
}

// idle says that an executor was removed because it had nothing to do, or with the application. With dynamic allocation some are
// decommissioned for that; without it, they are told from outside to leave.
func (m *Model) idle(reason string) bool {
	reason = strings.ToLower(reason)
	return strings.Contains(reason, "idle") || strings.Contains(reason, "killed by driver") || m.dynamic != nil && strings.Contains(reason, "decommission") ||
		strings.Contains(reason, "shutdown") && !strings.Contains(reason, "node shutdown")
}

func (m *Model) on(key string) bool {
	return strings.EqualFold(strings.TrimSpace(m.run.Spark[key]), "true")
}

// Defaults of Spark: spark.kubernetes.allocation.batch.size is 5, from 4.0 10, from 4.2 20; .batch.delay is 1s. The first job waits
// for 80 % of the executors (KubernetesClusterSchedulerBackend.minRegisteredRatio), with dynamic allocation for the initial ones.
func (m *Model) readRamp() {
	v, _ := spark.ParseVersion(m.run.Application.Version)
	m.ramp.batch, m.ramp.delay = 5, 1000
	switch {
	case v.AtLeast(4, 2):
		m.ramp.batch = 20
	case v.AtLeast(4, 0):
		m.ramp.batch = 10
	}
	if n, err := strconv.Atoi(strings.TrimSpace(m.run.Spark["spark.kubernetes.allocation.batch.size"])); err == nil && n > 0 {
		m.ramp.batch = float64(n)
	}
	m.ramp.first = m.arrivals[0]
	above := make([]float64, len(m.arrivals))
	for i, at := range m.arrivals {
		above[i] = max(at-m.ramp.asked(i), 0)
	}
	if m.ramp.beyond = median(above); len(above) == 1 {
		m.ramp.beyond = besideFirst
	}
	if strings.HasPrefix(m.run.Spark["spark.master"], "k8s") && m.dynamic == nil {
		m.ramp.ratio = .8
	}
	if x, err := strconv.ParseFloat(strings.TrimSpace(m.run.Spark["spark.scheduler.minRegisteredResourcesRatio"]), 64); err == nil && x >= 0 && x <= 1 {
		m.ramp.ratio = x
	}
	m.ramp.wait = m.millis("spark.scheduler.maxRegisteredResourcesWaitingTime", time.Millisecond, longestWait)
}

// millis is a setting of a time, in milliseconds; unit is that of a number without one.
func (m *Model) millis(key string, unit time.Duration, unset float64) float64 {
	d, set, err := spark.Conf{key: spark.Setting{Value: m.run.Spark[key]}}.Duration(key, unit)
	if m.run.Spark[key] == "" || err != nil || !set || d < 0 {
		return unset
	}
	return float64(d.Milliseconds())
}

// besideFirst is how much later than the first executor others come where the run had one; milliseconds, an estimate.
const besideFirst = 1000

// asked is when the i-th executor would come if each took as long as the first.
func (r *ramp) asked(i int) float64 { return r.first + math.Floor(float64(i)/r.batch)*r.delay }

// size is a number of executors with when they come.
func (m *Model) size(executors, cores int) size {
	s := size{executors: executors, cores: cores, perExecutor: min(m.slotsOf(cores), max(mostSlots/executors, 1))}
	s.arrivals = slices.Clone(m.arrivals[:min(executors, len(m.arrivals))])
	for i := len(s.arrivals); i < executors; i++ {
		s.arrivals = append(s.arrivals, m.ramp.asked(i)+m.ramp.beyond)
	}
	slices.SortFunc(s.arrivals, cmp.Compare[float64])
	if own := m.waited(m.arrivals); own >= 0 && own <= m.groups[0].gap {
		s.shift = min(m.waited(s.arrivals), max(own, m.ramp.wait)) - own
	}
	return s
}

// longestWait is spark.scheduler.maxRegisteredResourcesWaitingTime without a setting, in milliseconds.
const longestWait = 30_000

// waited is when enough executors are there for the first job; negative where it waits for none.
func (m *Model) waited(arrivals []float64) float64 {
	if m.ramp.ratio <= 0 {
		return -1
	}
	return arrivals[max(int(math.Ceil(m.ramp.ratio*float64(len(arrivals))-1e-9))-1, 0)]
}

// slotsOf is how many tasks an executor with some cores runs at once.
func (m *Model) slotsOf(cores int) int { return max(int(float64(cores)/m.taskCPUs+1e-9), 1) }

// serial is the time in which no job runs.
func (m *Model) serial(s size) float64 {
	sum := m.tail + s.shift
	for _, g := range m.groups {
		sum += g.gap
	}
	return max(sum, 0)
}

// criticalPath is the time with a core for every task.
func (m *Model) criticalPath() float64 {
	s := m.size(1, m.cores)
	s.unlimited = true
	return m.replay(s).end
}

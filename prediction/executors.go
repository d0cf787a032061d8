package prediction

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ramp is how executors beyond those of the run arrive: in batches, each a delay after the one before
// (resource-managers/kubernetes ExecutorPodsAllocator). Milliseconds.
type ramp struct {
	batch, delay float64
	first        float64 // arrival of the first executor
	beyond       float64 // what executors took in the median above the batches
	// ratio is the share of executors that the first job waits for; 0 where it waits for none.
	ratio float64
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
	existed := 0.0
	for _, ex := range all {
		added, removed := max(m.since(ex.Added), 0), m.since(ex.Removed)
		if removed < added || removed > m.end {
			removed = m.end
		} else if !idle(ex.Reason) {
			m.lost++
		}
		if added >= m.end && len(places) > 0 {
			continue
		}
		existed += max(removed-added, 0)
		cores = append(cores, float64(max(ex.Cores, 1)))
		if i := slices.IndexFunc(places, func(p place) bool { return p.until <= added }); i >= 0 {
			places[i].until = removed
			continue
		}
		places = append(places, place{added, removed})
	}
	there := 0.0
	for _, p := range places {
		m.arrivals = append(m.arrivals, p.from)
		there += max(m.end-p.from, 0)
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
	if m.alive = 1; m.dynamic() && there > 0 {
		m.alive = min(existed/there, 1)
	}
	m.readRamp()
}

// idle says that an executor was removed because it had nothing to do, or with the application.
func idle(reason string) bool {
	reason = strings.ToLower(reason)
	return strings.Contains(reason, "idle") || strings.Contains(reason, "killed by driver") || strings.Contains(reason, "decommission") || strings.Contains(reason, "shutdown")
}

// dynamic says that executors come and go with the work.
func (m *Model) dynamic() bool { return m.on("spark.dynamicAllocation.enabled") }

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
	if strings.HasPrefix(m.run.Spark["spark.master"], "k8s") && !m.dynamic() {
		m.ramp.ratio = .8
	}
	if x, err := strconv.ParseFloat(strings.TrimSpace(m.run.Spark["spark.scheduler.minRegisteredResourcesRatio"]), 64); err == nil && x >= 0 && x <= 1 {
		m.ramp.ratio = x
	}
}

// besideFirst is how much later than the first executor others come where the run had one; milliseconds, an estimate.
const besideFirst = 1000

// asked is when the i-th executor would come if each took as long as the first.
func (r *ramp) asked(i int) float64 { return r.first + math.Floor(float64(i)/r.batch)*r.delay }

// size is a number of executors with when they come.
func (m *Model) size(executors, cores int) size {
	s := size{executors: executors, cores: cores, perExecutor: min(m.slotsOf(cores), max(mostSlots/executors, 1))}
	s.arrivals = slices.Clone(m.arrivals[:min(executors, len(m.arrivals))])
	last := m.arrivals[len(m.arrivals)-1]
	for i := len(s.arrivals); i < executors; i++ {
		at := m.ramp.asked(i) + m.ramp.beyond
		if m.dynamic() { // they are asked for one after the other, each second twice as many
			at = last + m.ramp.delay*math.Ceil(math.Log2(float64(i-len(m.arrivals))/float64(len(m.arrivals))+2))
		}
		s.arrivals = append(s.arrivals, at)
	}
	slices.SortFunc(s.arrivals, cmp.Compare[float64])
	if own := m.waited(m.arrivals); own >= 0 && own <= m.groups[0].gap {
		s.shift = min(m.waited(s.arrivals), max(own, longestWait)) - own
	}
	return s
}

// longestWait is spark.scheduler.maxRegisteredResourcesWaitingTime, in milliseconds.
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

// memory is that of pods, in MiB; 0 where it is unknown.
type memory struct{ executor, driver float64 }

// readMemory computes the pods of the run by Spark's formula (spark.PodMemory). On other cluster managers it is what such pods
// would take.
func (m *Model) readMemory() {
	conf := spark.Conf{}
	for key, value := range m.run.Spark {
		conf[key] = spark.Setting{Value: value}
	}
	for _, p := range m.run.Profiles { // what a log without properties has
		if n := p.Executor["memory"]; p.ID == 0 && m.run.Spark == nil && n >= 1 {
			conf["spark.executor.memory"] = spark.Setting{Value: strconv.FormatInt(int64(n), 10) + "m"}
		}
	}
	v, _ := spark.ParseVersion(m.run.Application.Version)
	in := spark.MemoryInput{Version: v, Conf: conf, ClusterMode: m.run.Spark["spark.submit.deployMode"] == "cluster", Python: m.run.Spark["spark.kubernetes.resource.type"] == "python"}
	for _, one := range []struct {
		role spark.Role
		into *float64
	}{{spark.Executor, &m.memory.executor}, {spark.Driver, &m.memory.driver}} {
		in.Role = one.role
		if pod, err := spark.PodMemory(in); err == nil {
			*one.into = float64(pod.Total())
		}
	}
}

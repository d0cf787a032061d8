package prediction

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Stages whose number of tasks follows the cores of all executors.
//
//   - byDefault: spark.default.parallelism is unset, and the stage had a task for each core, 2 at least
//     (CoarseGrainedSchedulerBackend.defaultParallelism). A scan has that number within the bounds of its splits
//     (FilePartition.maxSplitBytes). An RDD that shuffles takes over the number of its parent (Partitioner.defaultPartitioner).
//   - coalesced: adaptive execution joins small partitions of a shuffle until each has
//     max(min(bytes / default parallelism, advisory size), least size) (CoalesceShufflePartitions, ShufflePartitionsUtil.coalescePartitions).
//     The default parallelism is that of byDefault: the cores, 2 at least.
//     The stage counts as coalesced where the number of its tasks is what this gives for the cores of the run.
//
// The time of such a stage is spread over its new number of tasks. Each task also has a part that does not shrink (fixedPart).
type follows int

const (
	data follows = iota // the number of tasks stays
	byDefault
	coalesced
)

// What Spark has without a setting, and what is estimated.
const (
	usualMaxSplit   = 128 << 20 // spark.sql.files.maxPartitionBytes
	usualOpenCost   = 4 << 20   // spark.sql.files.openCostInBytes
	usualPartitions = 200       // spark.sql.shuffle.partitions
	usualAdvisory   = 64 << 20  // spark.sql.adaptive.advisoryPartitionSizeInBytes
	usualLeast      = 1 << 20   // spark.sql.adaptive.coalescePartitions.minPartitionSize
	fixedPart       = 15        // milliseconds of a task that stay however small it is, an estimate
	offBy           = .2        // by which the tasks of a coalesced stage may differ from the formula
	smallest        = 50        // milliseconds; shorter tasks make no stage faster
	mostSplit       = 20_000    // tasks that are computed one by one
)

// partitions is how a stage is split.
type partitions struct {
	follows
	cores  int   // of the run, that the number of tasks followed
	least  int64 // tasks at least, and most of them; 0 for no bound
	most   int64
	bytes  float64 // of the shuffle that it reads
	writes bool    // it writes a shuffle
}

// readPartitions finds the stages that follow the cores.
func (m *Model) readPartitions(all map[[2]int64]*model.Stage) {
	m.coalesce = m.coalescing()
	_, set := m.run.Spark["spark.default.parallelism"]
	leaves := set || m.run.Spark["spark.sql.leafNodeDefaultParallelism"] != ""
	for i := range m.stages {
		st := &m.stages[i]
		in := all[[2]int64{st.id, st.attempt}]
		st.split.writes = in.Totals.ShuffleWriteBytes > 0 || len(st.children) > 0
		if st.planned != st.count || st.attempt > 0 {
			continue
		}
		sql := m.jobs[st.job].sql
		switch cores := m.coresAt(m.jobs[st.job].submitted); {
		case st.shuffled && sql:
			cores = m.coresAt(max(st.submitted, m.jobs[st.job].submitted))
			st.split.bytes = float64(in.Totals.ShuffleReadBytes)
			n := m.coalesce.tasks(st.split.bytes, cores)
			if m.coalesce.on && st.split.bytes > 0 && math.Abs(float64(st.count-n)) <= max(1, offBy*float64(n)) {
				st.split.follows, st.split.cores, st.split.least, st.split.most = coalesced, cores, 1, m.coalesce.partitions
			}
		case set, sql && leaves, st.count != int64(max(cores, 2)):
		case !st.shuffled:
			st.split.follows, st.split.cores = byDefault, cores
			if sql && in.Totals.InputBytes > 0 {
				m.scan(st, float64(in.Totals.InputBytes))
			}
		default:
			for _, p := range st.parents {
				if parent := &m.stages[p]; parent.split.follows == byDefault && parent.count == st.count {
					st.split.follows, st.split.cores = byDefault, cores
				}
			}
		}
	}
}

// scan bounds the splits of a scan, where the run kept to these bounds: what is read from memory does not.
func (m *Model) scan(st *stage, bytes float64) {
	if m.run.Spark["spark.sql.files.minPartitionNum"] != "" {
		st.split = partitions{writes: st.split.writes}
		return
	}
	least := int64(math.Ceil(bytes / m.size64("spark.sql.files.maxPartitionBytes", usualMaxSplit)))
	most := int64(math.Ceil((bytes + usualOpenCost) / m.size64("spark.sql.files.openCostInBytes", usualOpenCost)))
	if least <= st.count && st.count <= most {
		st.split.least, st.split.most = least, most
	}
}

// size64 is a setting in bytes.
func (m *Model) size64(key string, unset float64) float64 {
	conf := spark.Conf{key: spark.Setting{Value: m.run.Spark[key]}}
	if m.run.Spark[key] == "" {
		return unset
	}
	v, _ := spark.ParseVersion(m.run.Application.Version)
	n, _, err := conf.SizeFor(v, key, spark.Byte, spark.Byte)
	if err != nil || n <= 0 {
		return unset
	}
	return float64(n)
}

// coalescing is how adaptive execution joins partitions.
type coalescing struct {
	on              bool
	partitions      int64 // before they are joined
	parallelism     int   // spark.default.parallelism; 0 where it follows the cores
	advisory, least float64
}

func (m *Model) coalescing() coalescing {
	off := func(key string) bool { return strings.EqualFold(strings.TrimSpace(m.run.Spark[key]), "false") }
	const prefix = "spark.sql.adaptive.coalescePartitions."
	v, known := spark.ParseVersion(m.run.Application.Version)
	c := coalescing{
		on: !off("spark.sql.adaptive.enabled") && !off(prefix+"enabled") && !off(prefix+"parallelismFirst") && m.run.Spark[prefix+"minPartitionNum"] == "" &&
			(!known || v.AtLeast(3, 2)),
		partitions: usualPartitions,
		advisory:   m.size64("spark.sql.adaptive.advisoryPartitionSizeInBytes", usualAdvisory),
		least:      m.size64(prefix+"minPartitionSize", usualLeast),
	}
	for _, key := range [...]string{prefix + "initialPartitionNum", "spark.sql.shuffle.partitions"} {
		if n, err := strconv.ParseInt(strings.TrimSpace(m.run.Spark[key]), 10, 32); err == nil && n > 0 {
			c.partitions = n
			break
		}
	}
	if n, err := strconv.Atoi(strings.TrimSpace(m.run.Spark["spark.default.parallelism"])); err == nil && n > 0 {
		c.parallelism = n
	}
	return c
}

// tasks are how many a shuffle of some bytes has on some cores, its partitions being of one size.
func (c *coalescing) tasks(bytes float64, cores int) int64 {
	parallelism := cmp.Or(c.parallelism, max(cores, 2))
	target := max(min(math.Ceil(bytes/float64(parallelism)), c.advisory), c.least)
	each := max(math.Floor(target/max(bytes/float64(c.partitions), 1)), 1)
	return max(int64(math.Ceil(float64(c.partitions)/each)), 1)
}

// coresAt are those of all executors: with dynamic allocation at a time of the run.
func (m *Model) coresAt(at float64) (cores int) {
	if m.dynamic == nil {
		return len(m.arrivals) * m.cores
	}
	for i := range m.run.Each {
		ex := &m.run.Each[i]
		if added, removed := m.since(ex.Added), m.since(ex.Removed); added <= at && (removed < 0 || removed > at) {
			cores += int(min(ex.Cores, Most))
		}
	}
	return cores
}

// tasksAt is how many tasks a stage has on some cores of all executors.
func (m *Model) tasksAt(st *stage, cores int) int64 {
	p := &st.split
	n := st.count
	switch p.follows {
	case byDefault:
		if n = int64(min(max(cores, 2), mostSlots)); p.most > 0 {
			n = min(max(n, p.least), p.most)
		}
	case coalesced:
		by := float64(m.coalesce.tasks(p.bytes, cores)) / float64(m.coalesce.tasks(p.bytes, p.cores))
		n = min(max(int64(math.Round(float64(n)*by)), p.least), p.most)
	}
	return n
}

// mostTasks is how many tasks of a stage can run at once, with any number of cores.
func (m *Model) mostTasks(st *stage) int64 {
	if st.split.follows == byDefault && st.split.most == 0 {
		return min(max(st.count, int64(st.total(0)/smallest)), mostSlots)
	}
	return max(m.tasksAt(st, mostSlots), 1)
}

// parts spreads the time of a stage over another number of tasks. The parts of the data keep their order, so that a task that took
// long is split as well; nil for more tasks than are computed one by one, of which each takes the mean.
func (st *stage) parts(n int64, warm int) (parts []float64, mean float64) {
	mean = max(st.total(warm)-fixedPart*float64(st.count), 0)/float64(n) + fixedPart
	if n > mostSplit || st.count > mostSplit || st.count > int64(len(st.tasks)+len(st.longest)) {
		return nil, mean
	}
	parts = make([]float64, n)
	for i := range st.count {
		took := st.base(i, warm)
		fixed := min(took, fixedPart)
		from, to := float64(i)/float64(st.count)*float64(n), float64(i+1)/float64(st.count)*float64(n)
		for j := int64(from); j < n && float64(j) < to; j++ {
			share := (min(to, float64(j+1)) - max(from, float64(j))) / (to - from)
			parts[j] += max(share, 0) * (took - fixed)
		}
	}
	for j := range parts {
		parts[j] += fixedPart
	}
	return parts, mean
}

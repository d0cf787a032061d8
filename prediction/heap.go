package prediction

import (
	"fmt"
	"math"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Heap is what is known of a run with another heap of executors. Spill and garbage collection cannot be replayed, so that there are
// bounds only.
type Heap struct {
	HeapMiB   int64 `json:"heapMiB"`
	PodMiB    int64 `json:"podMiB"`
	Executors int   `json:"executors"`
	Cores     int   `json:"cores"`
	// AtLeast and AtMost bound the time in seconds; AtMost is 0 where nothing bounds it.
	AtLeast float64 `json:"atLeastSeconds"`
	AtMost  float64 `json:"atMostSeconds,omitempty"`
	// Costs are those of the time that is predicted with the heap of the run.
	Costs
	// Because says where the bounds come from.
	Because string `json:"because"`
}

// ParseHeap reads the heap of an executor, in MiB: at least what Spark starts with, and at most 16 TiB.
func ParseHeap(text string) (mib int64, err error) {
	const most = 16 << 20
	n, err := spark.ParseSizeFor(spark.Version{}, text, spark.MiB, spark.MiB)
	if err != nil || n < spark.MinHeapMiB || n > most {
		return 0, fmt.Errorf("%q is not a heap from %dm to %dg", text, spark.MinHeapMiB, most>>10)
	}
	return n, nil
}

// compressed is the heap in MiB from which references take eight bytes, and twice the room.
const compressed = 32 << 10

// heap bounds a point with another heap. The evidence is the peak of heap used, which holds garbage too, the peak of unified memory,
// and the share of garbage collection in the time of tasks.
//
//   - With a larger heap the time is at most as predicted, and at least without garbage collection. A run that spilled has no such
//     bound: what spill took is in the time of tasks.
//   - With a smaller one it is at least as predicted. It is at most that, with collections by the ratio of free heap
//     (old - peak) / (new - peak), where the peak of heap leaves a tenth free and the peak of unified memory, or what tasks say that
//     they took, has room in fraction x (heap - 300 MiB) (UnifiedMemoryManager).
func (m *Model) heap(mib int64, p Point, prices Prices) Heap {
	own := m.ownHeap()
	mem := memory{podMiB(m.run, spark.Executor, mib), m.memory.driver}
	h := Heap{HeapMiB: mib, PodMiB: int64(mem.executor), Executors: p.Executors, Cores: p.Cores, AtLeast: p.Low, AtMost: p.High}
	if own > 0 {
		mid := m.replay(m.size(p.Executors, p.Cores))
		h.Costs = m.costs(mem, m.cpuOf(p.Cores), mid.alive, mid.end, prices)
	}
	used, _ := m.run.Peak(model.PeakHeap)
	unified, _ := m.run.Peak(model.PeakUnified)
	peak, needs := float64(used)/(1<<20), float64(max(unified, m.taken()))/(1<<20)*float64(p.Cores)/float64(max(m.cores, 1))
	gc := min(m.run.GC.TaskShare, .99)
	reserved := float64(spark.ReservedMiB)
	spilled := m.run.Totals.MemorySpillBytes+m.run.Totals.DiskSpillBytes > 0
	switch fraction := m.fraction(); {
	case own == 0:
		h.AtLeast, h.AtMost = 0, 0
		h.Because = "the heap of the run is unknown"
	case mib == own:
		h.Because = "the heap of the run"
	case mib > own && mib >= compressed && own < compressed:
		h.AtLeast, h.AtMost = round3(p.Low*(1-gc)), 0
		h.Because = "from 32 GiB on references take twice the room"
	case mib > own && spilled:
		h.AtLeast = min(p.Low, m.bounds(p.Cores).SerialSeconds)
		h.Because = "the run spilled: what less spill saves is unknown"
	case mib > own:
		h.AtLeast = round3(p.Low * (1 - gc))
		h.Because = fmt.Sprintf("at least without garbage collection, %.1f %% of the tasks' time", gc*100)
	case peak == 0:
		h.AtMost, h.Because = 0, "the log has no memory peaks: set spark.eventLog.logStageExecutorMetrics=true"
	case float64(mib) < needs+reserved:
		h.AtMost, h.Because = 0, fmt.Sprintf("below the unified memory at its peak, %.0f MiB, and 300 MiB: tasks spill or fail", needs)
	case float64(mib) < 1.1*peak || needs > fraction*(float64(mib)-reserved) || p.Cores > m.cores || spilled:
		h.AtMost, h.Because = 0, "spill and garbage collection in a smaller heap cannot be replayed"
	default:
		ratio := (float64(own) - peak) / (float64(mib) - peak)
		h.AtMost = round3(p.High * (1 + gc*max(ratio-1, 0)))
		h.Because = fmt.Sprintf("%.0f MiB of heap were used at the highest sample, garbage included", peak)
	}
	return h
}

// taken is the execution memory on the heap that the tasks of an executor say that they took, in bytes: each reports its own peak, of
// which samples may see nothing. It is at most the pool, and 0 where execution memory is off the heap.
func (m *Model) taken() (most int64) {
	pool := int64(0)
	for i := range m.run.Each {
		if m.run.Each[i].UnifiedOffHeap > 0 {
			return 0
		}
		pool = max(pool, m.run.Each[i].UnifiedOnHeap)
	}
	for i := range m.run.Stages {
		q := m.run.Stages[i].Quantiles[model.PeakExecution]
		most = max(most, q.P99*int64(m.slotsOf(m.cores)), q.Max)
	}
	if pool > 0 {
		most = min(most, pool)
	}
	return most
}

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

// ownHeap is the heap of the run's executors in MiB; 0 where it cannot be read.
func (m *Model) ownHeap() int64 {
	v, _ := spark.ParseVersion(m.run.Application.Version)
	conf := spark.Conf{}
	if text := m.run.Spark["spark.executor.memory"]; text != "" {
		conf["spark.executor.memory"] = spark.Setting{Value: text}
	} else if m.run.Spark == nil {
		return 0
	}
	n, set, err := conf.SizeFor(v, "spark.executor.memory", spark.MiB, spark.MiB)
	switch {
	case err != nil:
		return 0
	case !set:
		return spark.DefaultHeapMiB
	}
	return n
}

// fraction is spark.memory.fraction.
func (m *Model) fraction() float64 {
	conf := spark.Conf{}
	if text := m.run.Spark["spark.memory.fraction"]; text != "" {
		conf["spark.memory.fraction"] = spark.Setting{Value: text}
	}
	if x, set, err := conf.Float("spark.memory.fraction"); err == nil && set && x > 0 && x < 1 {
		return x
	}
	return .6
}

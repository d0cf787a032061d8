package tuner

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Fit is how pods of one size lie on one node.
type Fit struct {
	PodMiB   int64 `json:"podMiB"`
	PodMilli int64 `json:"podMilliCPU"`
	PerNode  int64 `json:"perNode"`
	// IdleMemory and IdleCPU are the shares of a node that such pods cannot use, in percent, rounded down.
	IdleMemory int64 `json:"idleMemoryPercent"`
	IdleCPU    int64 `json:"idleCPUPercent"`
	// Bound is what a further pod would lack: memory, cpu or pods.
	Bound string `json:"bound"`
}

// Packing is how executors lie on a shape of nodes, now and as recommended.
type Packing struct {
	Node        string `json:"node"`
	Count       int    `json:"count,omitempty"`
	Now         Fit    `json:"now"`
	Recommended Fit    `json:"recommended"`
	Source      string `json:"source"`
}

// fit counts pods of a size on a node that holds nothing else.
func fit(n Node, podMiB, podMilli int64) Fit {
	f := Fit{PodMiB: podMiB, PodMilli: podMilli, PerNode: n.MemoryMiB / max(podMiB, 1), Bound: "memory"}
	if by := n.CPUMilli / max(podMilli, 1); by < f.PerNode {
		f.PerNode, f.Bound = by, "cpu"
	}
	if n.Pods > 0 && n.Pods < f.PerNode {
		f.PerNode, f.Bound = n.Pods, "pods"
	}
	f.IdleMemory = idle(n.MemoryMiB, f.PerNode*podMiB)
	f.IdleCPU = idle(n.CPUMilli, f.PerNode*podMilli)
	return f
}

func idle(have, used int64) int64 { return (have - used) * 100 / max(have, 1) }

// podSize is what an executor's pod requests by a configuration.
func (w *work) podSize() (mib, milli int64, err error) {
	m, err := spark.PodMemory(w.input(spark.Executor))
	if err != nil {
		return 0, 0, err
	}
	cores, err := w.cores(spark.Executor)
	if err != nil {
		return 0, 0, err
	}
	milli, set, err := w.quantity("spark.kubernetes.executor.request.cores")
	if !set {
		milli = cores * 1000
	}
	return m.Total(), milli, err
}

func (w *work) packing() error {
	mib, milli, err := w.podSize()
	if err != nil {
		return err
	}
	before := &work{in: w.in, conf: w.in.Conf}
	mibBefore, milliBefore, err := before.podSize()
	if err != nil {
		return err
	}
	if err := w.instances(); err != nil {
		return err
	}
	anywhere := false
	for _, n := range w.in.Nodes {
		p := Packing{Node: n.Name, Count: n.Count, Now: fit(n, mibBefore, milliBefore), Recommended: fit(n, mib, milli), Source: n.Source}
		anywhere = anywhere || p.Recommended.PerNode > 0
		w.out.Packing = append(w.out.Packing, p)
	}
	switch {
	case w.in.Nodes == nil:
		w.note("the nodes are not known: packing is not weighed (--node-shape=16x64Gi gives one)")
	case !anywhere:
		w.note("an executor of %dMi and %s fits none of these nodes: it stays Pending until there are larger ones; --goal=packing looks for a size that fits", mib, processorsOf(milli))
	}
	return nil
}

// defaultExecutors is what Spark starts on Kubernetes where spark.executor.instances is not set
// (SchedulerBackendUtils.DEFAULT_NUMBER_EXECUTORS).
const defaultExecutors = 2

const (
	keyInstances = "spark.executor.instances"
	keyOverhead  = "spark.executor.memoryOverhead"
)

func (w *work) instances() error {
	dynamic, _, err := w.conf.Bool("spark.dynamicAllocation.enabled")
	if err != nil {
		return err
	}
	n, set, err := w.conf.Int(keyInstances)
	if err != nil || !set || dynamic {
		return err
	}
	cores, err := w.cores(spark.Executor)
	if err != nil {
		return err
	}
	s := Setting{Role: spark.Executor, Name: keyInstances, Verdict: Keep, Confidence: Medium, Source: "Spark: spark.executor.instances",
		Why: "the sum of cores is left as it is", Formula: fmt.Sprintf("%d × %d cores = %d", n, cores, int64(n)*cores)}
	if w.changedByPacking(keyInstances) {
		s.Verdict, s.Recommended, s.Why = Change, w.conf[keyInstances].Value, "the sum of cores and of heap stays"
	}
	w.set(s)
	return nil
}

// changedByPacking says whether pack has decided about a key before.
func (w *work) changedByPacking(key string) bool {
	return w.in.Pack && w.conf[key].Value != w.in.Conf[key].Value
}

// pack looks for the size of executors of which nodes hold the most cores: the same sum of cores, the same heap for each
// core. It changes nothing for less than a tenth more.
func (w *work) pack() error {
	heap, cores, instances, ok, err := w.packable()
	if err != nil || !ok {
		return err
	}
	// An overhead under Spark's own is taken out first: what it should be depends on the size that is found.
	delete(w.conf, keyOverhead)
	now, err := w.held(cores, heap)
	if err != nil {
		return err
	}
	best, most := cores, now
	for c := int64(1); c <= 8; c++ {
		if hi, lo := bits.Mul64(uint64(heap), uint64(c)); hi > 0 || lo > 1<<50 {
			continue
		}
		if c == cores || instances*cores%c != 0 || heap*c%cores != 0 || heap*c/cores < spark.DefaultHeapMiB || heap*c/cores > 31<<10 {
			continue
		}
		held, err := w.held(c, heap*c/cores)
		if err != nil {
			return err
		}
		if held > most || held == most && best != cores && distance(c, cores) < distance(best, cores) {
			best, most = c, held
		}
	}
	if best == cores || most*10 < now*11 {
		return nil
	}
	w.conf["spark.executor.cores"] = spark.Setting{Value: strconv.FormatInt(best, 10)}
	w.conf["spark.executor.memory"] = spark.Setting{Value: size(heap * best / cores)}
	w.conf[keyInstances] = spark.Setting{Value: strconv.FormatInt(instances*cores/best, 10)}
	return nil
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// packable says whether executors may be resized, and from what.
func (w *work) packable() (heap, cores, instances int64, ok bool, err error) {
	m, err := spark.PodMemory(w.input(spark.Executor))
	if err != nil {
		return 0, 0, 0, false, err
	}
	if cores, err = w.cores(spark.Executor); err != nil {
		return 0, 0, 0, false, err
	}
	dynamic, _, err := w.conf.Bool("spark.dynamicAllocation.enabled")
	if err != nil {
		return 0, 0, 0, false, err
	}
	n, set, err := w.conf.Int(keyInstances)
	if !set {
		n = defaultExecutors
	}
	_, request := w.conf.Get("spark.kubernetes.executor.request.cores")
	why := ""
	switch {
	case err != nil:
		return 0, 0, 0, false, err
	case w.in.Nodes == nil:
		return 0, 0, 0, false, nil
	case dynamic:
		why = "dynamic allocation counts executors, and its bounds would have to change with their size"
	case request:
		why = "the CPU request is set apart from the cores"
	case m.OffHeap > 0 || m.PySpark > 0:
		why = "off-heap or PySpark memory is set for each executor"
	case m.OverheadSet && m.Overhead >= m.Derived:
		why = "spark.executor.memoryOverhead is set for executors of this size"
	case m.Heap < spark.MinHeapMiB || n < 1:
		return 0, 0, 0, false, nil
	}
	if why != "" {
		w.note("the size of executors is not changed for packing: %s", why)
		return 0, 0, 0, false, nil
	}
	return m.Heap, cores, int64(n), true, nil
}

// held is how many cores of executors of a size all nodes hold, with the overhead that would be recommended for them.
func (w *work) held(cores, heap int64) (sum int64, err error) {
	try := &work{in: w.in, conf: clone(w.conf)}
	try.in.Pack = false
	try.conf["spark.executor.cores"] = spark.Setting{Value: strconv.FormatInt(cores, 10)}
	try.conf["spark.executor.memory"] = spark.Setting{Value: size(heap)}
	m, err := spark.PodMemory(try.input(spark.Executor))
	if err != nil {
		return 0, err
	}
	if err := try.overhead(spark.Executor, m, cores); err != nil {
		return 0, err
	}
	mib, milli, err := try.podSize()
	if err != nil {
		return 0, err
	}
	for _, n := range w.in.Nodes {
		sum += int64(max(n.Count, 1)) * fit(n, mib, milli).PerNode * cores
	}
	return sum, nil
}

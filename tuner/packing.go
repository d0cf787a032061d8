package tuner

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// Packing is how executors lie on a shape of nodes, now and as recommended.
type Packing struct {
	Node        string     `json:"node"`
	Count       int        `json:"count,omitempty"`
	Now         shapes.Fit `json:"now"`
	Recommended shapes.Fit `json:"recommended"`
	Source      string     `json:"source"`
}

// podSize is what an executor's pod requests by a configuration.
func (w *work) podSize() (mib, milli int64, err error) {
	m, err := w.sized(spark.Executor)
	if err != nil {
		return 0, 0, err
	}
	cpu, err := sizing.CPUOf(w.conf, spark.Executor)
	return m.Total(), cpu.Request, err
}

func (w *work) packing() error {
	mib, milli, err := w.podSize()
	if err != nil {
		return err
	}
	before := &work{in: w.in, conf: w.in.Conf, runs: w.runs}
	mibBefore, milliBefore, err := before.podSize()
	if err != nil { // Spark cannot read a value of which it is certain what was meant
		before.conf = w.meant
		if mibBefore, milliBefore, err = before.podSize(); err != nil {
			return err
		}
	}
	if err := w.instances(); err != nil {
		return err
	}
	anywhere := false
	for _, n := range w.in.Nodes {
		p := Packing{Node: n.Name, Count: n.Count, Now: n.Fit(mibBefore, milliBefore), Recommended: n.Fit(mib, milli), Source: n.Source}
		anywhere = anywhere || p.Recommended.PerNode > 0
		w.out.Packing = append(w.out.Packing, p)
	}
	switch {
	case w.in.Nodes == nil:
		w.note("nodes unknown: packing is not checked. Set --node-shape=16x64Gi")
	case !anywhere:
		w.note("an executor of %dMi and %s fits on none of these nodes and stays Pending. Add larger nodes, or use --goal=packing", mib, processorsOf(milli))
	}
	return nil
}

// defaultExecutors is what Spark starts on Kubernetes where spark.executor.instances is not set
// (SchedulerBackendUtils.DEFAULT_NUMBER_EXECUTORS).
const defaultExecutors = 2

const (
	keyInstances = "spark.executor.instances"
	keyOverhead  = "spark.executor.memoryOverhead"
	keyCores     = "spark.executor.cores"
)

func (w *work) instances() error {
	dynamic, _, err := w.conf.Bool("spark.dynamicAllocation.enabled")
	if err != nil {
		return err
	}
	n, set, err := w.conf.Int(keyInstances)
	if err != nil || dynamic {
		return err
	}
	if now := n; !w.changedByPacking(keyInstances) {
		if !set {
			now = defaultExecutors
		}
		if w.executorsForCores(now) || w.objective(keyInstances, now, 1) {
			return nil
		}
	}
	if !set {
		return nil
	}
	cores, err := sizing.Cores(w.conf, spark.Executor)
	if err != nil {
		return err
	}
	s := Setting{Role: spark.Executor, Name: keyInstances, Verdict: Keep, Confidence: Medium, Source: "Spark: spark.executor.instances",
		Why: "the total number of cores is kept", Formula: fmt.Sprintf("%d × %d cores = %d", n, cores, int64(n)*cores)}
	if w.changedByPacking(keyInstances) {
		s.Verdict, s.Recommended, s.Why = Change, w.conf[keyInstances].Value, "same total of cores and heap"
	} else {
		w.instancesByRuns(&s, n)
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
	now, _, err := w.held(cores, heap)
	if err != nil {
		return err
	}
	best, most, overhead := cores, now, ""
	for c := int64(1); c <= 8; c++ {
		if hi, lo := bits.Mul64(uint64(heap), uint64(c)); hi > 0 || lo > 1<<50 {
			continue
		}
		if c == cores || c%sizing.TaskCores(w.conf) != 0 || instances*cores%c != 0 || heap*c%cores != 0 || heap*c/cores < spark.DefaultHeapMiB || heap*c/cores > 31<<10 {
			continue
		}
		held, asked, err := w.held(c, heap*c/cores)
		if err != nil {
			return err
		}
		if held > most || held == most && best != cores && distance(c, cores) < distance(best, cores) {
			best, most, overhead = c, held, asked
		}
	}
	if best == cores || most*10 < now*11 {
		return nil
	}
	w.conf[keyCores] = spark.Setting{Value: strconv.FormatInt(best, 10)}
	w.conf["spark.executor.memory"] = spark.Setting{Value: size(heap * best / cores)}
	w.conf[keyInstances] = spark.Setting{Value: strconv.FormatInt(instances*cores/best, 10)}
	if overhead != "" {
		w.conf[keyOverhead] = spark.Setting{Value: overhead}
	}
	return nil
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// packable says whether executors may be resized, and from what.
func (w *work) packable() (heap, cores, instances int64, ok bool, err error) {
	m, err := w.sized(spark.Executor)
	if err != nil {
		return 0, 0, 0, false, err
	}
	cores = m.Cores
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
		why = "dynamic allocation is on, and its limits count executors of this size"
	case request:
		why = "the CPU request is set separately from the cores"
	case sizing.Device(w.conf) != "":
		why = sizing.Device(w.conf) + " is set for each executor"
	case m.OffHeap > 0 || m.PySpark > 0:
		why = "off-heap or PySpark memory is set for each executor"
	case m.OverheadSet && m.Overhead >= m.Derived:
		why = "spark.executor.memoryOverhead is set for executors of this size"
	case m.Heap < spark.MinHeapMiB || n < 1:
		return 0, 0, 0, false, nil
	}
	if why != "" {
		w.note("executor size is not changed for packing: %s", why)
		return 0, 0, 0, false, nil
	}
	return m.Heap, cores, int64(n), true, nil
}

// held is how many cores of executors of a size all nodes hold, with the overhead that they need: asked is its value, ""
// where Spark's own holds the need. That of the size as it is stays what it is.
func (w *work) held(cores, heap int64) (sum int64, asked string, err error) {
	try := &work{in: w.in, conf: clone(w.conf)}
	before, err := w.sized(spark.Executor)
	if err != nil {
		return 0, "", err
	}
	try.conf[keyCores] = spark.Setting{Value: strconv.FormatInt(cores, 10)}
	try.conf["spark.executor.memory"] = spark.Setting{Value: size(heap)}
	m, err := try.sized(spark.Executor)
	if err != nil {
		return 0, "", err
	}
	if verdict := m.JudgeOverhead(); verdict.Verdict != sizing.Fits && verdict.To > 0 && (w.in.Try || m.Pinned > 0 || before.Heap != heap || before.Cores != cores) {
		asked = size(verdict.To)
		try.conf[keyOverhead] = spark.Setting{Value: asked}
	}
	mib, milli, err := try.podSize()
	if err != nil {
		return 0, "", err
	}
	for _, n := range w.in.Nodes {
		sum += int64(max(n.Count, 1)) * n.Fit(mib, milli).PerNode * cores
	}
	return sum, asked, nil
}

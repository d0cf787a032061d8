package tuner

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/memory"
)

// Explain says where the memory of each role of a workload goes. It fails with a *spark.ConfError for a value that Spark
// could not read, and notes say of which roles nothing can be said.
func Explain(in Input) (roles []memory.Pod, notes []string, err error) {
	w := begin(in)
	w.conf = clone(w.in.Conf) // what is drawn is what Spark makes of it
	for _, slip := range w.gone {
		w.note("%s is not drawn: Spark ignores it", slip.Key)
	}
	for _, to := range slices.Sorted(maps.Keys(w.slips)) {
		if slip := w.slips[to]; slip.Key != to {
			w.note("%s is not drawn: Spark ignores it; did you mean %s?", slip.Key, to)
		}
	}
	if in.Conf != nil && w.application() && w.otherManager() {
		w.note("its master is not Kubernetes, so its executors are no pods")
		return nil, w.out.Notes, nil
	}
	if in.Conf != nil && w.application() && w.configured() {
		for _, role := range spark.Jobs {
			if w.driverElsewhere(role) {
				w.note("Spark does not create the driver's pod: its memory is set in its container")
				continue
			}
			m, ok, err := w.explainConf(role)
			if err != nil {
				return nil, nil, err
			}
			if ok {
				roles = append(roles, m)
			}
		}
		if slices.ContainsFunc(roles, func(m memory.Pod) bool { return m.MayLack > 0 }) {
			w.note(`"may be short" is an estimate: only a run shows what is needed. doctor reports what is certain, and tune --try sets the overhead`)
		}
		return roles, w.out.Notes, nil
	}
	for i := range in.Pods {
		if m, ok := w.explainPod(&in.Pods[i]); ok {
			roles = append(roles, m)
		}
	}
	return roles, w.out.Notes, nil
}

func (w *work) explainConf(role spark.Role) (m memory.Pod, ok bool, err error) {
	p, err := w.sized(role)
	if err != nil {
		return m, false, err
	}
	prefix := "spark." + string(role) + "."
	text, _ := w.conf.Get(prefix + "memory")
	if sizing.Heap(role, p.Heap, text, nil) == sizing.NotStarted && p.Heap >= spark.MinHeapMiB {
		w.note("the %s does not start with %smemory %s: write %s", role, prefix, text, sizing.JavaSize(p.Heap))
		return m, false, nil
	}
	xmx := "-Xmx"
	if role == spark.Executor {
		xmx = "-Xms = -Xmx"
	}
	m = memory.Pod{Role: role, LimitMiB: p.Total(), Formula: memory.Formula(w.in.Version, role, p.Memory)}
	m.Parts = []memory.Part{{Name: "heap", MiB: p.Heap, Note: xmx + " = " + prefix + "memory"}, {Name: "overhead", MiB: p.Overhead, Note: "derived"}}
	if p.OverheadSet {
		m.Parts[1].Note = prefix + "memoryOverhead"
	}
	if p.OffHeap > 0 {
		m.Parts = append(m.Parts, memory.Part{Name: "off-heap", MiB: p.OffHeap, Note: spark.KeyOffHeapSize})
	}
	if p.PySpark > 0 {
		m.Parts = append(m.Parts, memory.Part{Name: "PySpark", MiB: p.PySpark, Note: spark.KeyPySparkMemory})
	}
	if err := w.heapRegions(&m, role, p.Heap, p.Cores); err != nil {
		return memory.Pod{}, false, err
	}
	tokens, _ := w.tokens(role)
	if name, _ := spark.CollectorOf(tokens); name == "Parallel" || name == "Serial" {
		w.note("the %s collector reserves a survivor space: the %s's regions are smaller than drawn (Parallel: about a ninth)", name, role)
	}
	m.Need = p.Need
	m.Lacks(p.Lacks())
	return m, true, nil
}

func (w *work) heapRegions(m *memory.Pod, role spark.Role, heap, cores int64) error {
	if heap < spark.MinHeapMiB {
		w.note("the %s's heap of %dMi is below %dMi: Spark does not start", role, heap, spark.MinHeapMiB)
		return nil
	}
	r, err := spark.MemoryRegions(heap<<20, w.in.Version, w.conf)
	if err != nil {
		return err
	}
	m.Regions = &memory.Regions{Reserved: spark.ReservedMiB, Unified: r.Unified >> 20, StorageFloor: r.StorageFloor >> 20}
	m.Regions.User = heap - m.Regions.Reserved - m.Regions.Unified // so that the parts add up in whole MiB
	if role == spark.Executor {
		pool := r.Unified
		if r.OffHeap > 0 { // execution is in one of the two (MemoryManager.tungstenMemoryMode)
			pool, m.TaskPool = r.OffHeap, "off-heap"
		}
		least, most := spark.TaskShare(pool, int(cores))
		m.Tasks, m.TaskLeast, m.TaskMost = cores, least>>20, most>>20
	}
	return nil
}

// explainPod goes by the container alone.
func (w *work) explainPod(p *Pod) (m memory.Pod, ok bool) {
	if p.Container == nil {
		w.note("the %s's memory is not drawn: its pod template is missing", p.Role)
		return m, false
	}
	m.Role = p.Role
	m.LimitMiB, _ = sizing.MemoryLimit(p.Container, p.Spec)
	switch p.Role {
	case spark.Executor:
		return w.explainExecutorPod(p.Container, m)
	case spark.Driver:
		w.note("the driver's heap is unknown: its configuration was not read")
		return m, false
	}
	s := w.seen(p).Memory()
	if p.Role == spark.Worker {
		return w.explainWorker(p, s, m)
	}
	if s.Why != "" && s.Why != sizing.ImageUnknown || p.Open && s.Why != "" {
		w.note("the memory of the %s is not drawn: %s", p.Role, s.Why.Words())
		return m, false
	}
	m.Parts = []memory.Part{{Name: "heap", MiB: s.Heap, Note: daemonVariable}}
	m.Need = sizing.Need{{Name: "JVM outside the heap", MiB: s.OutsideHeap, Formula: "max(384, 0.1 × heap)"}}
	m.Formula = "limit ≥ SPARK_DAEMON_MEMORY + max(384Mi, 0.1 × it)"
	m.Rest(s.Verdict)
	return m, true
}

func (w *work) explainExecutorPod(c *corev1.Container, m memory.Pod) (memory.Pod, bool) {
	heap, cores, known := sizing.ExecutorPod(c)
	if !known {
		w.note("the executor's memory is not drawn: SPARK_EXECUTOR_MEMORY is unset")
		return m, false
	}
	m.Parts = []memory.Part{{Name: "heap", MiB: heap, Note: "-Xms = -Xmx = SPARK_EXECUTOR_MEMORY"}}
	m.Need = sizing.OutsideHeap(spark.Executor, heap, cores, false, 0, spark.JVMOptions(c, spark.Executor).Tokens)
	m.Formula = "limit − heap = overhead, including off-heap and PySpark memory"
	if err := w.heapRegions(&m, spark.Executor, heap, cores); err != nil {
		return m, false
	}
	verdict := sizing.Limit(m.LimitMiB, heap, sizing.Floor(heap))
	if m.Rest(verdict); m.LimitMiB > 0 && verdict == sizing.Fits {
		m.Lacks(max(m.Need.Total()-(m.LimitMiB-heap), 0), false)
	}
	return m, true
}

func (w *work) explainWorker(p *Pod, s sizing.ServerMemory, m memory.Pod) (memory.Pod, bool) {
	note := "SPARK_WORKER_MEMORY"
	if s.Offer.Argued {
		note = "the worker's arguments"
	}
	switch {
	case s.Offer.Why != "" && m.LimitMiB == 0 && !s.Offer.Said:
		w.note("memory limit and SPARK_WORKER_MEMORY are unset: the worker offers the node's memory less %dMi", sizing.WorkerLeavesMiB)
		return m, false
	case s.Offer.Why != "", p.Open && !s.Offer.Said:
		w.note("the memory of the worker is not drawn: %s", sizing.WorkerMemory.Words())
		return m, false
	case !s.Offer.Said:
		note = fmt.Sprintf("max(limit − %dMi, %dMi)", sizing.WorkerLeavesMiB, sizing.WorkerLeavesMiB)
	}
	m.Parts = []memory.Part{{Name: "daemon", MiB: s.Heap, Note: daemonVariable}, {Name: "executors", MiB: s.Offer.MiB, Note: note}}
	m.Need = sizing.Need{{Name: "daemon", MiB: sizing.DaemonBesideMiB, Formula: fmt.Sprint(sizing.DaemonBesideMiB)},
		{Name: "executors", MiB: s.Need - s.Heap - sizing.DaemonBesideMiB - s.Offer.MiB, Formula: "0.15 × offered memory"}}
	m.Formula = "limit ≥ daemon + 256Mi + 1.15 × executors (the master counts heaps only)"
	m.Rest(s.Verdict)
	return m, true
}

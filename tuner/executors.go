package tuner

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Sources that several settings share.
const (
	fromManager  = "Spark: UnifiedMemoryManager.getMaxMemory"
	fromProfile  = "Spark: ResourceProfile.scala, BasicExecutorFeatureStep.scala"
	fromDriver   = "Spark: BasicDriverFeatureStep.scala"
	fromPriors   = "priors measured on real applications"
	fromHotspot  = "HotSpot: heaps from 32 GiB on have 8-byte references"
	unprovenHeap = "never lowered without a run's evidence"
)

// input is what decides the memory of a role's pod, by the configuration as it stands.
func (w *work) input(role spark.Role) spark.MemoryInput {
	return spark.MemoryInput{Version: w.in.Version, Role: role, Conf: w.conf, Python: w.in.Python, R: w.in.R, ClusterMode: w.in.ClusterMode}
}

// cores are those of a role: spark.{driver,executor}.cores, 1 where it is not set.
func (w *work) cores(role spark.Role) (int64, error) {
	key := "spark." + string(role) + ".cores"
	n, set, err := w.conf.Int(key)
	switch {
	case err != nil:
		return 0, err
	case !set:
		return 1, nil
	case n < 1:
		setting := w.conf[key]
		return 0, &spark.ConfError{Key: key, Value: setting.Value, Setting: setting, Err: errors.New("must be at least 1")}
	}
	return int64(n), nil
}

func (w *work) executors() error {
	if w.in.Pack {
		if err := w.pack(); err != nil {
			return err
		}
	}
	return w.role(spark.Executor)
}

func (w *work) driver() error { return w.role(spark.Driver) }

// role decides about the memory, the processors and the JVM of a driver or executor.
func (w *work) role(role spark.Role) error {
	memory, err := spark.PodMemory(w.input(role))
	if err != nil {
		return err
	}
	cores, err := w.cores(role)
	if err != nil {
		return err
	}
	if w.driverElsewhere(role) {
		w.note("the driver's pod is not made by Spark: its memory and processors are those of its own container")
		return nil
	}
	w.heap(role, memory)
	if memory, err = spark.PodMemory(w.input(role)); err != nil {
		return err
	}
	if err := w.overhead(role, memory, cores); err != nil {
		return err
	}
	if memory, err = spark.PodMemory(w.input(role)); err != nil {
		return err
	}
	if err := w.processors(role, cores); err != nil {
		return err
	}
	w.collector(role, memory, cores)
	return nil
}

// driverElsewhere says whether the driver runs in a pod that somebody else makes: a Connect server, a client.
func (w *work) driverElsewhere(role spark.Role) bool {
	if mode, _ := w.conf.Get("spark.submit.deployMode"); role == spark.Driver && mode == "client" {
		return true
	}
	return role == spark.Driver && !w.in.ClusterMode && w.pod(role).Role != "" && (w.pod(role).Role == spark.Connect || w.pod(role).Role == spark.Thrift)
}

func (w *work) heap(role spark.Role, m spark.Memory) {
	s := Setting{Role: role, Name: "spark." + string(role) + ".memory", Verdict: Keep, Confidence: Medium,
		Why: unprovenHeap, Source: fromManager, Formula: w.regions(m.Heap)}
	switch {
	case w.changedByPacking(s.Name):
		s.Verdict, s.Recommended, s.Why = Change, w.conf[s.Name].Value, "scaled with the cores: heap per core stays"
	case m.Heap < spark.MinHeapMiB:
		s.Verdict, s.Recommended, s.Confidence = Change, "512m", High
		s.Why = fmt.Sprintf("Spark does not start with less than %dMi", spark.MinHeapMiB)
		s.Formula = "1.5 × 300Mi reserved = 450Mi"
	case m.Heap > 31<<10 && m.Heap < 48<<10:
		s.Confidence, s.Source = Low, fromHotspot
		s.Why = "31g, or two executors of half the cores, may hold as much; a run would tell"
	}
	w.set(s)
}

// regions writes how a heap is parted.
func (w *work) regions(heapMiB int64) string {
	r, err := spark.MemoryRegions(heapMiB<<20, w.in.Version, w.conf)
	if err != nil {
		return fmt.Sprintf("%dMi", heapMiB)
	}
	return fmt.Sprintf("%dMi = reserved %dMi + execution and storage %dMi + user %dMi", heapMiB, r.Reserved>>20, r.Unified>>20, heapMiB-r.Reserved>>20-r.Unified>>20)
}

// pythonInOverhead says whether Python workers have no memory of their own and live in the executor's overhead.
func (w *work) pythonInOverhead(role spark.Role, m spark.Memory) bool {
	return role == spark.Executor && w.in.Python && m.PySpark == 0
}

func (w *work) overhead(role spark.Role, m spark.Memory, cores int64) error {
	tokens, ok := w.tokens(role)
	if !ok {
		w.note("%s has a quote that nothing closes: Spark does not start with it", optionsKey(role))
	}
	need := overheadNeed(role, m.Heap, cores, w.pythonInOverhead(role, m), tokens)
	s := Setting{Role: role, Name: "spark." + string(role) + ".memoryOverhead", Verdict: Keep, Confidence: Medium, Source: fromProfile}
	if role == spark.Driver {
		s.Source = fromDriver
	}
	derived := fmt.Sprintf("max(trunc(%g × %dMi), %dMi) = %dMi", m.Factor, m.Heap, m.Floor, m.Derived)
	s.Formula = derived + "; need by priors: " + need.String()
	clientPython := w.pythonInOverhead(role, m) && !m.OverheadSet && m.Factor == spark.JVMOverheadFactor
	_, written := w.in.Conf.Get(s.Name)
	takenOut := written && !m.OverheadSet // by pack
	switch {
	case m.OverheadSet && m.Overhead < m.Derived, takenOut:
		s.Verdict, s.Confidence = Change, High
		s.Why = fmt.Sprintf("replaces Spark's %dMi", m.Derived)
		if need.Asked() > m.Derived && (!takenOut || (clientPython || w.in.Try) && need.Total() > m.Derived) {
			s.Recommended = size(need.Asked())
			s.Why += fmt.Sprintf("; priors need %dMi", need.Total())
		}
	case clientPython && m.Overhead < need.Total():
		s.Verdict, s.Recommended, s.Confidence = Change, size(need.Asked()), Medium
		s.Why = fmt.Sprintf("Python shares it; a client-mode driver gives 0.1, not 0.4: %dMi", m.Derived)
	case m.Overhead < need.Total():
		s.Verdict, s.Recommended, s.Confidence, s.Source = Try, size(need.Asked()), Low, s.Source+"; "+fromPriors
		s.Why = fmt.Sprintf("priors need %dMi, not %dMi", need.Total(), m.Overhead)
	case m.Overhead > 2*need.Total():
		s.Why = fmt.Sprintf("priors need %dMi of %dMi; RSS would tell", need.Total(), m.Overhead)
	default:
		s.Why = fmt.Sprintf("holds the %dMi that priors need", need.Total())
	}
	w.set(s)
	if on, _, err := w.conf.Bool("spark.kubernetes.local.dirs.tmpfs"); err != nil {
		return err
	} else if on && role == spark.Executor {
		w.note("spark.kubernetes.local.dirs.tmpfs: shuffle and spill files count against the executor's memory, and how large they are only a run tells")
	}
	return nil
}

// quantity reads a key as a Kubernetes quantity of processors, in thousandths.
func (w *work) quantity(key string) (milli int64, set bool, err error) {
	text, set := w.conf.Get(key)
	if !set {
		return 0, false, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() <= 0 {
		setting := w.conf[key]
		return 0, true, &spark.ConfError{Key: key, Value: setting.Value, Setting: setting, Err: errors.New("processors are a number of them, or of thousandths (1500m)")}
	}
	return q.MilliValue(), true, nil
}

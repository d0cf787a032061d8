package spark

import (
	"errors"
	"fmt"
	"math"
)

// Constants of the memory model, in MiB and as factors.
const (
	DefaultHeapMiB      = 1024 // spark.{driver,executor}.memory (internal/config/package.scala)
	DefaultOverheadMiB  = 384  // ResourceProfile.MEMORY_OVERHEAD_MIN_MIB; from 4.0 the default of minMemoryOverhead
	JVMOverheadFactor   = 0.1  // spark.kubernetes.memoryOverheadFactor (deploy/k8s/Config.scala)
	OtherOverheadFactor = 0.4  // Python and R: NON_JVM_MEMORY_OVERHEAD_FACTOR (deploy/k8s/Constants.scala)
)

// KeyExecutorOptions holds the options of an executor's JVM.
const KeyExecutorOptions = "spark.executor.extraJavaOptions"

// Keys of the memory model.
const (
	KeyOverheadFactor = "spark.kubernetes.memoryOverheadFactor"
	KeyResourceType   = "spark.kubernetes.resource.type"
	KeyOffHeapEnabled = "spark.memory.offHeap.enabled"
	KeyOffHeapSize    = "spark.memory.offHeap.size"
	KeyPySparkMemory  = "spark.executor.pyspark.memory"
)

// MemoryInput is what decides the memory of a driver's or executor's pod.
type MemoryInput struct {
	Version Version // unknown counts as the newest line
	Role    Role    // Driver or Executor
	Conf    Conf
	// Python says that the application's main resource is Python. It matters in cluster mode only, where
	// spark-submit's Kubernetes client sees it; the same holds for R, which takes no PySpark memory.
	Python, R bool
	// ClusterMode says that the driver pod was made by spark-submit --deploy-mode cluster.
	ClusterMode bool
	// OwnOverhead says that the operator sets an overhead of its own where the configuration has none.
	OwnOverhead bool
}

// Memory is the memory of a pod as Spark asks for it, request and limit alike, in MiB.
type Memory struct {
	Heap, Overhead, OffHeap, PySpark int64
	// OverheadSet says that memoryOverhead is configured: it replaces the derived overhead, larger or smaller.
	OverheadSet bool
	// Factor and Floor are what the overhead derives from: max(trunc(Factor*Heap), Floor).
	Factor float64
	Floor  int64
	// Derived is the overhead that Spark would ask for were memoryOverhead unset.
	Derived int64
}

// Total is the pod's request and limit in MiB.
func (m Memory) Total() int64 { return m.Heap + m.Overhead + m.OffHeap + m.PySpark }

// PodMemory says what Spark asks for on Kubernetes, to the MiB.
//
// Driver (deploy/k8s/features/BasicDriverFeatureStep.scala): heap + overhead; off-heap memory is not counted.
// Executor (BasicExecutorFeatureStep.scala, core/resource/ResourceProfile.scala getResourcesForClusterManager):
// heap + overhead + off-heap size where enabled + PySpark memory where the application is Python.
// Overhead: memoryOverhead if set, else max(trunc(factor*heap), floor). The factor is
// spark.{driver,executor}.memoryOverheadFactor (3.3 and later), else spark.kubernetes.memoryOverheadFactor, else 0.4 for
// Python and R in cluster mode, else 0.1. The driver's step hands its default on to executors, which is why a client-mode
// application in Python has executors with 0.1. The floor is 384 MiB, from 4.0 spark.{driver,executor}.minMemoryOverhead.
//
// A custom resource profile (ResourceProfileBuilder) that sets memory alone keeps the overhead of the default profile's
// heap: ResourceProfile computes it before the profile's memory replaces the heap. Such pods are not covered here.
//
// It fails with a *ConfError for a value that Spark could not read or would refuse.
func PodMemory(in MemoryInput) (Memory, error) {
	if in.Role != Driver && in.Role != Executor {
		return Memory{}, fmt.Errorf("pod memory of role %q: only driver and executor have a formula", in.Role)
	}
	c := memoryConf{conf: in.Conf, version: in.Version}
	prefix := "spark." + string(in.Role) + "."
	nonJVM := in.ClusterMode && (in.Python || in.R)
	m := Memory{Floor: DefaultOverheadMiB, Factor: JVMOverheadFactor}
	m.Heap = c.mib(prefix+"memory", MiB, DefaultHeapMiB, 0)
	if nonJVM {
		m.Factor = OtherOverheadFactor
	}
	m.Factor = c.factor(KeyOverheadFactor, m.Factor, false)
	if !in.Version.Known() || in.Version.AtLeast(3, 3) {
		m.Factor = c.factor(prefix+"memoryOverheadFactor", m.Factor, true)
	}
	if !in.Version.Known() || in.Version.AtLeast(4, 0) {
		m.Floor = c.mib(prefix+"minMemoryOverhead", MiB, DefaultOverheadMiB, 0)
	}
	m.Derived = max(truncInt32(m.Factor*float64(m.Heap)), m.Floor)
	_, m.OverheadSet = in.Conf[prefix+"memoryOverhead"]
	m.Overhead = c.mib(prefix+"memoryOverhead", MiB, m.Derived, 0)
	if in.Role == Executor {
		if c.enabled(KeyOffHeapEnabled) {
			m.OffHeap = c.mib(KeyOffHeapSize, Byte, 0, 1)
		}
		kind, known := in.Conf.Get(KeyResourceType)
		pySpark := c.mib(KeyPySparkMemory, MiB, 0, 0) // Spark reads it whether it counts or not
		if known && kind == "python" || !known && in.Python && in.ClusterMode {
			m.PySpark = pySpark
		}
	}
	if c.err != nil {
		return Memory{}, c.err
	}
	return m, nil
}

// truncInt32 is Scala's Double.toInt: towards zero, and cut at the bounds of 32 bits.
func truncInt32(f float64) int64 {
	return int64(math.Trunc(min(max(f, math.MinInt32), math.MaxInt32)))
}

// maxMiB keeps sums of memories far from overflow: 16 EiB is more than any pod.
const maxMiB = 1 << 43

// memoryConf reads values and keeps the first error.
type memoryConf struct {
	conf    Conf
	version Version
	err     error
}

// mib reads a size in whole MiB, at least the given number of them.
func (c *memoryConf) mib(key string, unit Unit, unset, least int64) int64 {
	n, set, err := c.conf.SizeFor(c.version, key, unit, MiB)
	switch {
	case err != nil:
		c.fail(err)
	case !set && unset < least:
		c.fail(fmt.Errorf("%s is not set: it must be at least %dm", key, least))
	case !set:
		return unset
	case n < least:
		c.fail(c.bad(key, fmt.Errorf("must be at least %dm", least)))
	case n > maxMiB:
		c.fail(c.bad(key, errors.New("must fit into a pod")))
	}
	return n
}

// factor reads a factor: the role's own keys must be greater than 0, Kubernetes' key may be 0.
func (c *memoryConf) factor(key string, unset float64, positive bool) float64 {
	f, set, err := c.conf.Float(key)
	switch {
	case err != nil:
		c.fail(err)
	case !set:
		return unset
	case f < 0, positive && f == 0:
		c.fail(c.bad(key, errors.New("must be greater than 0")))
	}
	return f
}

func (c *memoryConf) enabled(key string) bool {
	b, _, err := c.conf.Bool(key)
	if err != nil {
		c.fail(err)
	}
	return b
}

func (c *memoryConf) bad(key string, reason error) error {
	setting := c.conf[key]
	return &ConfError{Key: key, Value: setting.Value, Setting: setting, Err: reason}
}

func (c *memoryConf) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

package sizing

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Pod is the memory of a driver's or executor's pod as Spark asks for it, and what it needs.
type Pod struct {
	spark.Memory
	Role  spark.Role
	Cores int64 // tasks at a time of an executor
	// Need is what is needed beside the heap, by priors and by what the configuration takes of the overhead.
	Need Need
	// Pinned is RAPIDS' pool of pinned memory, which an executor takes out of its overhead as it starts.
	Pinned int64
	// right is the memory that Spark asks for once the heap is right (HeapTo): the overhead is judged by that.
	right spark.Memory
	// Python says that Python workers have no memory of their own and live in the overhead.
	Python bool
	own    bool      // the operator sets an overhead where the key is missing
	direct Component // what the options of the JVM allow of direct memory
}

// PodOf sizes the pod of a role by a configuration; tokens are the options of its JVM. See spark.PodMemory for what Spark
// asks for. It fails with a *spark.ConfError for a value that Spark could not read.
func PodOf(in spark.MemoryInput, tokens []string) (Pod, error) {
	m, err := spark.PodMemory(in)
	if err != nil {
		return Pod{}, err
	}
	p := Pod{Memory: m, Role: in.Role, own: in.OwnOverhead, direct: directCap(tokens)}
	if p.Cores, err = Cores(in.Conf, in.Role); err != nil {
		return Pod{}, err
	}
	if in.Role == spark.Executor {
		if p.Pinned, _, err = in.Conf.SizeFor(in.Version, keyPinnedPool, spark.Byte, spark.MiB); err != nil {
			return Pod{}, err
		}
		p.Pinned = min(max(p.Pinned, 0), maxMiB)
		p.Python = in.Python && m.PySpark == 0
	}
	if p.right, err = rightHeap(in, m, tokens); err != nil {
		return Pod{}, err
	}
	p.Need = OutsideHeap(in.Role, p.right.Heap, p.Cores, p.Python, p.Pinned, tokens)
	return p, nil
}

// rightHeap is the memory with the heap that HeapTo names, where it names one.
func rightHeap(in spark.MemoryInput, m spark.Memory, tokens []string) (spark.Memory, error) {
	key := "spark." + string(in.Role) + ".memory"
	text, _ := in.Conf.Get(key)
	to := HeapTo(Heap(in.Role, m.Heap, text, tokens), m.Heap)
	if to == 0 || to == m.Heap {
		return m, nil
	}
	conf := spark.Conf{}
	for k, setting := range in.Conf {
		conf[k] = setting
	}
	conf[key] = spark.Setting{Value: JavaSize(to)}
	in.Conf = conf
	return spark.PodMemory(in)
}

// Cores are those of a role: spark.{driver,executor}.cores, 1 on Kubernetes where it is not set.
func Cores(conf spark.Conf, role spark.Role) (int64, error) {
	key := "spark." + string(role) + ".cores"
	n, set, err := conf.Int(key)
	switch {
	case err != nil:
		return 0, err
	case !set:
		return 1, nil
	case n < 1:
		setting := conf[key]
		return 0, &spark.ConfError{Key: key, Value: setting.Value, Setting: setting, Err: errors.New("must be at least 1")}
	}
	return int64(n), nil
}

// OverheadVerdict is the verdict on a pod's memory overhead.
type OverheadVerdict struct {
	// Verdict is Short, Prior or Fits.
	Verdict Verdict
	// To is the overhead in MiB that is right; 0 stands for what Spark derives, without the key.
	To int64
}

// PoolShort says that RAPIDS' pinned pool and what a JVM needs do not fit in the overhead together.
func (p Pod) PoolShort() bool {
	needs := p.Need.Total()
	return p.Pinned > 0 && p.right.Overhead < needs && needs > p.right.Derived
}

// JudgeOverhead judges the memory overhead. Short is what is certain: it is set below what Spark derives, which it replaces
// (ResourceProfile.scala calculateOverHeadMemory), or it does not hold RAPIDS' pool (PoolShort). The key goes then, or is set to
// what holds the pool; where an operator sets an overhead of its own without the key, to what Spark derives. Prior is less than
// what priors name.
func (p Pod) JudgeOverhead() OverheadVerdict {
	needs := p.Need.Total()
	switch {
	case p.PoolShort():
		return OverheadVerdict{Short, p.Need.Asked()}
	case p.OverheadSet && p.right.Overhead < p.right.Derived && p.own:
		return OverheadVerdict{Short, p.right.Derived}
	case p.OverheadSet && p.right.Overhead < p.right.Derived:
		return OverheadVerdict{Short, 0}
	case p.right.Overhead < needs:
		return OverheadVerdict{Prior, p.Need.Asked()}
	}
	return OverheadVerdict{Fits, p.right.Overhead}
}

// DirectOver says that an option of the JVM allows more direct memory than the whole overhead: need is then what the pod needs beside its
// heap if all of that is used. A JVM that uses it is killed before it gets an error.
func (p Pod) DirectOver() (option string, need Need, over bool) {
	if p.direct.MiB <= p.Overhead {
		return "", nil, false
	}
	need = slices.Clone(p.Need)
	for i := range need {
		if need[i].Name == p.direct.Name {
			need[i] = p.direct
		}
	}
	return p.direct.Formula, need, true
}

// Lacks is what the pod has too little of beside its heap, in MiB: of what Spark derives and what priors name the larger. certain says
// that the overhead is Short. Without that only priors say so, and only a run shows whether it is true.
func (p Pod) Lacks() (mib int64, certain bool) {
	needs := p.Need.Total()
	switch p.JudgeOverhead().Verdict {
	case Short:
		return max(max(needs, p.Derived)-p.Overhead, 0), true
	case Prior:
		return max(needs-p.Overhead, 0), false
	}
	return 0, false
}

// Limit judges the memory limit of a running pod against its heap: Killed where the heap alone does not fit, Short where
// what Spark would reserve beside it does not.
func Limit(limitMiB, heapMiB, leastMiB int64) Verdict {
	switch {
	case limitMiB < heapMiB:
		return Killed
	case limitMiB < leastMiB:
		return Short
	}
	return Fits
}

// Floor is the least that the container of a heap must hold, in MiB, where nothing else is known:
// heap + max(384, trunc(0.1*heap)), the smallest that any supported line asks for by default.
func Floor(heapMiB int64) int64 {
	heapMiB = min(max(heapMiB, 0), maxMiB<<10)
	return heapMiB + max(int64(spark.JVMOverheadFactor*float64(heapMiB)), spark.DefaultOverheadMiB)
}

// ExecutorPod is the heap in MiB and the cores that an executor's container says by its own variables.
func ExecutorPod(c *corev1.Container) (heapMiB, cores int64, known bool) {
	text, literal, present := spark.EnvValue(c, "SPARK_EXECUTOR_MEMORY")
	bytes, err := spark.ParseSize(text, spark.MiB)
	cores, coresErr := strconv.ParseInt(strings.TrimSpace(spark.EnvString(c, "SPARK_EXECUTOR_CORES")), 10, 32)
	if coresErr != nil || cores < 1 {
		cores = 1
	}
	return bytes >> 20, cores, present && literal && err == nil && bytes > 0
}

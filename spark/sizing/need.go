package sizing

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Priors of what a JVM of Spark needs beside its heap, in MiB. They stand in for a run's evidence, and every number that
// rests on them says so. Measured on event logs and pods of real applications: metaspace and code 70 to 271 MiB on nine of
// them; direct buffers 48 MiB (spark.reducer.maxSizeInFlight) per core that shuffles; and 430 to 450 MiB of stacks, collector
// and allocator beside a G1 heap of 4 GiB.
const (
	priorNonHeap     = 180
	priorDirectCore  = 48
	priorDirectFixed = 128
	priorNativeFixed = 200
	priorNativeShare = 6 // percent of the heap
	// margin is what is put on top of a need that priors name, in percent.
	margin = 15
)

// keyPinnedPool is memory that RAPIDS pins as an executor starts, off the heap and within the overhead
// (spark-rapids: RapidsConf PINNED_POOL_SIZE, bytes where no unit stands).
const keyPinnedPool = "spark.rapids.memory.pinnedPool.size"

// Component is one part of what a pod needs beside its heap.
type Component struct {
	Name    string `json:"name"`
	MiB     int64  `json:"mib"`
	Formula string `json:"formula"`
}

// Need is what a pod needs beside its heap, part by part.
type Need []Component

// Total is the need in MiB.
func (n Need) Total() (mib int64) {
	for _, c := range n {
		mib += c.MiB
	}
	return mib
}

// Asked is the overhead that leaves a margin of 15 percent over the need, a multiple of 64 MiB.
func (n Need) Asked() int64 { return Up64((n.Total()*(100+margin) + 99) / 100) }

// AfterKill is the overhead in MiB after the kernel killed a pod of a limit, whose heap and other memory with a purpose are known: a quarter
// more, a multiple of 64 MiB.
func AfterKill(limitMiB, heapMiB int64) int64 { return Up64((limitMiB - heapMiB) * 5 / 4) }

// String writes the parts as a sum.
func (n Need) String() string {
	words := make([]string, len(n))
	for i, c := range n {
		words[i] = fmt.Sprintf("%s %d", c.Name, c.MiB)
	}
	return strings.Join(words, " + ") + fmt.Sprintf(" = %dMi", n.Total())
}

// directCap is the most direct memory that the options of a JVM allow; the last option counts. 0 MiB stands for no cap.
func directCap(tokens []string) (c Component) {
	for _, token := range tokens {
		text, capped := strings.CutPrefix(token, "-XX:MaxDirectMemorySize=")
		if limit, err := spark.ParseSize(text, spark.Byte); capped && err == nil && limit > 0 {
			c = Component{"direct", max(limit>>20, 1), token}
		}
	}
	return c
}

// OutsideHeap adds up what a driver or executor needs beside its heap, by priors. Executors shuffle with every core; a driver
// does not. A cap on direct memory among the JVM's options counts. Python workers that have no memory of their own
// (spark.executor.pyspark.memory) live in the overhead: for them stands what Spark itself adds for Python, 0.4 less 0.1 of
// the heap. pinned is RAPIDS' pool.
func OutsideHeap(role spark.Role, heapMiB, cores int64, python bool, pinned int64, tokens []string) Need {
	direct := Component{"direct", priorDirectFixed, fmt.Sprint(priorDirectFixed)}
	if role == spark.Executor {
		direct.MiB += priorDirectCore * cores
		direct.Formula = fmt.Sprintf("%d × %d cores + %d", priorDirectCore, cores, priorDirectFixed)
	}
	if limit := directCap(tokens); limit.MiB > 0 && limit.MiB < direct.MiB {
		direct = limit
	}
	need := Need{
		{"metaspace+code", priorNonHeap, fmt.Sprint(priorNonHeap)},
		direct,
		{"stacks, GC, malloc", heapMiB*priorNativeShare/100 + priorNativeFixed, fmt.Sprintf("0.06 × %d + %d", heapMiB, priorNativeFixed)},
	}
	if python {
		need = append(need, Component{"Python", heapMiB * 3 / 10, fmt.Sprintf("(0.4 − 0.1) × %d", heapMiB)})
	}
	if pinned > 0 {
		need = append(need, Component{"pinned pool", pinned, keyPinnedPool})
	}
	return need
}

package spark

import (
	"fmt"
	"math"
)

// Constants of the unified memory model.
const (
	// ReservedMiB is what Spark keeps from its own regions of every heap (UnifiedMemoryManager.RESERVED_SYSTEM_MEMORY_BYTES).
	ReservedMiB = 300
	// MinHeapMiB is the least heap with which a driver or executor starts: one and a half times what is reserved
	// (UnifiedMemoryManager.getMaxMemory: INVALID_DRIVER_MEMORY, INVALID_EXECUTOR_MEMORY).
	MinHeapMiB = 450

	DefaultMemoryFraction  = 0.6 // spark.memory.fraction
	DefaultStorageFraction = 0.5 // spark.memory.storageFraction
)

// Keys of the unified memory model.
const (
	KeyMemoryFraction  = "spark.memory.fraction"
	KeyStorageFraction = "spark.memory.storageFraction"
)

// Regions are the parts of a heap, and of the memory off it that Spark manages, in bytes.
type Regions struct {
	// Reserved is kept for Spark's own objects.
	Reserved int64
	// Unified holds what execution and storage share; StorageFloor of it is safe from eviction by execution.
	Unified, StorageFloor int64
	// User is the rest: data structures of the application's own code, and what Spark does not account for.
	User int64
	// OffHeap is the unified memory off the heap, OffHeapStorageFloor its part that execution cannot take.
	OffHeap, OffHeapStorageFloor int64
}

// MemoryRegions says how Spark's memory manager parts a heap (memory/UnifiedMemoryManager.scala, apply and getMaxMemory):
// unified = trunc((heap - 300 MiB) * spark.memory.fraction), its storage floor trunc(unified * storageFraction).
// heap is Runtime.maxMemory in bytes. With G1, Z and Shenandoah that is -Xmx; Parallel and Serial leave one survivor
// space out, so that a heap of theirs is smaller than -Xmx says.
//
// It fails with a *ConfError for a value that cannot be read, and where Spark would not start: the heap is under
// 450 MiB.
func MemoryRegions(heap int64, version Version, conf Conf) (Regions, error) {
	c := memoryConf{conf: conf, version: version}
	fraction := c.share(KeyMemoryFraction, DefaultMemoryFraction)
	floor := c.share(KeyStorageFraction, DefaultStorageFraction)
	var r Regions
	if c.enabled(KeyOffHeapEnabled) {
		r.OffHeap, _, _ = conf.SizeFor(version, KeyOffHeapSize, Byte, Byte)
		c.mib(KeyOffHeapSize, Byte, 0, 0)
	}
	switch {
	case c.err != nil:
		return Regions{}, c.err
	case heap < MinHeapMiB<<20:
		return Regions{}, fmt.Errorf("a heap of %dMi: Spark needs at least %dMi", heap>>20, MinHeapMiB)
	}
	r.Reserved = ReservedMiB << 20
	r.Unified = truncInt64(float64(heap-r.Reserved) * fraction)
	r.StorageFloor = truncInt64(float64(r.Unified) * floor)
	r.User = heap - r.Reserved - r.Unified
	r.OffHeapStorageFloor = truncInt64(float64(r.OffHeap) * floor)
	return r, nil
}

// TaskShare is what one of n tasks that run at a time is sure to get of a pool, and the most that it can get, in bytes
// (memory/ExecutionMemoryPool.scala, acquireMemory: between 1/2n and 1/n).
func TaskShare(pool int64, n int) (least, most int64) {
	if n < 1 {
		return 0, 0
	}
	return pool / (2 * int64(n)), pool / int64(n)
}

// share reads a fraction: Spark takes 0 to 1 for storageFraction and what lies between for fraction.
func (c *memoryConf) share(key string, unset float64) float64 {
	f, set, err := c.conf.Float(key)
	switch {
	case err != nil:
		c.fail(err)
	case !set:
		return unset
	case f < 0 || f > 1:
		c.fail(c.bad(key, fmt.Errorf("must lie between 0 and 1")))
	}
	return f
}

// truncInt64 is Scala's Double.toLong for what a heap can be.
func truncInt64(f float64) int64 { return int64(math.Trunc(min(max(f, 0), math.MaxInt64/2))) }

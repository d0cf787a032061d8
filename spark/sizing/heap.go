package sizing

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Heaps, in MiB. From WideHeap on no collector has pointers of four bytes. Up to WideNear 31g is at most a seventh smaller,
// which narrow pointers make up for; from WideWorth on the heap holds more whatever is in it.
const (
	WideHeap   = 32 << 10
	WideNear   = 36 << 10
	WideWorth  = 48 << 10
	NarrowHeap = 31 << 10
)

// LeastHeap is what is set for a heap with which Spark does not start.
const LeastHeap = 512

// Heap judges the heap that spark.{driver,executor}.memory asks for; tokens are the options of its JVM.
//
// NotStarted: below 450 MiB, one and a half times what Spark reserves (UnifiedMemoryManager.getMaxMemory). The driver checks
// the executors' value in bytes, and so one without a unit is refused below 471859200. Wide: 32 to 48 GiB, with pointers of eight bytes.
func Heap(role spark.Role, mib int64, text string, tokens []string) Verdict {
	bytes, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case mib < spark.MinHeapMiB, role == spark.Executor && err == nil && bytes>>20 < spark.MinHeapMiB:
		return NotStarted
	case role == spark.Driver && JavaRefuses(strings.TrimSpace(text)) != "":
		return NotStarted
	case mib >= WideHeap && mib < WideWorth && !widthChosen(tokens):
		return Wide
	}
	return Fits
}

// HeapTo is what a heap that Heap does not find right should be, in MiB; 0 where only a run tells.
func HeapTo(v Verdict, mib int64) int64 {
	switch {
	case v == NotStarted:
		return max(mib, LeastHeap)
	case v == Wide && mib <= WideNear:
		return NarrowHeap
	}
	return 0
}

// widthChosen says whether an option decides about pointers.
func widthChosen(tokens []string) bool {
	for _, token := range tokens {
		switch spark.OptionKey(token) {
		case "-XX:UseZGC", "-XX:UseCompressedOops", "-XX:ObjectAlignmentInBytes":
			return true
		}
	}
	return false
}

// G1Region is the size in MiB of the regions that G1 chooses for a heap whose first and largest size are one, as an executor's
// are: the heap over 2048 as a power of two, rounded up from Java 17 on and down before, of 1 to 32 (run: 17 and 25 with
// -XX:+PrintFlagsFinal; g1HeapRegion.cpp of 11).
func G1Region(java int, heapMiB int64) int64 {
	region := int64(1)
	for region < 32 && (java >= 17 && region*2048 < heapMiB || java < 17 && region*2*2048 <= heapMiB) {
		region *= 2
	}
	return region
}

// SizeText is what both Spark and Java look at: a number and letters.
var SizeText = regexp.MustCompile(`^([0-9]{1,18})([A-Za-z]*)$`)

// leastJava is the heap in bytes up to which a JVM refuses to start.
const leastJava = 2 << 20

// JavaRefuses says why a JVM does not start with a text behind -Xmx, in words that follow "Java refuses -Xmx4gb"; "" where it may start,
// or where that is not certain. Java knows one letter, of k, m, g and t, and counts bytes without any.
func JavaRefuses(text string) string {
	m := SizeText.FindStringSubmatch(text)
	switch foreign := strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 && unicode.IsDigit(r) }); {
	case m == nil && foreign:
		return "not a size in Java"
	case m == nil:
		return ""
	}
	if n, err := strconv.ParseInt(m[1], 10, 64); m[2] == "" && err == nil && n <= leastJava {
		return m[1] + " bytes are too few"
	}
	if m[2] == "" || len(m[2]) == 1 && strings.ContainsAny(m[2], "kKmMgGtT") {
		return ""
	}
	return "not a size in Java"
}

// JavaSize writes a heap so that Spark and Java read the same.
func JavaSize(mib int64) string {
	if mib%1024 == 0 {
		return fmt.Sprintf("%dg", mib/1024)
	}
	return fmt.Sprintf("%dm", mib)
}

// OffHeap judges spark.memory.offHeap: NotStarted where it is on with less than 1 MiB, Ignored where a size has no switch
// (MemoryManager.scala; "spark.memory.offHeap.size must be > 0", from 4.3 "must be at least 1MiB"). mib is the size.
func OffHeap(conf spark.Conf, version spark.Version) (v Verdict, mib int64, err error) {
	on, switched, err := conf.Bool(spark.KeyOffHeapEnabled)
	if err != nil {
		return "", 0, err
	}
	mib, sized, err := conf.SizeFor(version, spark.KeyOffHeapSize, spark.Byte, spark.MiB)
	switch {
	case err != nil:
		return "", 0, err
	case on && mib < 1:
		return NotStarted, mib, nil
	case !switched && sized && mib > 0:
		return Ignored, mib, nil
	}
	return Fits, mib, nil
}

// Narrow keeps a heap of so many MiB out of the sizes in which 8-byte pointers cost more than they bring. Up to 36 GiB 31g holds as much.
func Narrow(mib int64) int64 {
	switch {
	case mib <= NarrowHeap || mib >= WideWorth:
		return mib
	case mib > WideNear:
		return WideWorth
	}
	return NarrowHeap
}

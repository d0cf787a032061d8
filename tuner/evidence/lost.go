package evidence

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Lost counts what ended executors and tasks, by its cause. Executors that Spark removed because they were idle are not among it.
// Memory counts of executors of the default resource profile alone.
type Lost struct {
	// Heap counts executors that ended with exit code 52, and HeapTasks tasks that ended with an OutOfMemoryError of the heap.
	Heap, HeapTasks int64
	// Execution counts tasks that got no execution memory of Spark's: off the heap where that is on.
	Execution int64
	// Elsewhere counts executors of other resource profiles that ran out of memory, or were killed for it.
	Elsewhere int64
	// Killed counts executors that ended with exit code 137, and OOMKilled those of them of which Kubernetes says why.
	Killed, OOMKilled int64
	// Python counts tasks that ended with Python's MemoryError, Direct those for which direct memory or threads ran out, and Classes those
	// for which the memory of classes or of mapped files did.
	Python, Direct, Classes int64
	// Decommissioned counts executors that were told to leave, or were stopped from outside (143, preempted, their node gone).
	Decommissioned int64
	// Evicted counts executors that the kubelet evicted, Disk those of them for what they wrote.
	Evicted, Disk int64
	// Refetched counts tasks that failed to fetch shuffle data, or ran again because their output was lost.
	Refetched int64
	// Single says that executors came back with one slot: Spark's recovery mode after an OutOfMemoryError (4.2 and later).
	Single bool
}

// exitCode is how Spark words the end of an executor (ExecutorPodsLifecycleManager.scala).
var exitCode = regexp.MustCompile(`(?i)exit(?:ed with)?(?: exit)? code:? *(-?\d+)`)

func lost(m *model.Run) (l Lost) {
	for i := range m.Each {
		ex := &m.Each[i]
		if ex.Reason == "" || ex.Removal == 0 {
			continue
		}
		code := ""
		if found := exitCode.FindStringSubmatch(ex.Reason); found != nil {
			code = found[1]
		}
		low := strings.ToLower(ex.Reason)
		has := func(words ...string) bool {
			for _, word := range words {
				if strings.Contains(low, word) {
					return true
				}
			}
			return false
		}
		switch {
		case has("evicted", "ephemeral-storage", "emptydir"):
			l.Evicted++
			if has("ephemeral", "emptydir", "disk") {
				l.Disk++
			}
		case has("spark scale down"): // by dynamic allocation, where decommissioning is on (ExecutorAllocationManager.scala)
		case ex.Profile != 0 && (code == "52" || code == "137" || has("oomkilled")):
			l.Elsewhere++
		case code == "52":
			l.Heap++
		case code == "137" || has("oomkilled"):
			l.Killed++
			if has("oomkilled") {
				l.OOMKilled++
			}
		case code == "143", has("decommission", "preempt", "node was lost", "node shutdown", "nodelost", "terminated by taint"):
			l.Decommissioned++
		}
	}
	elsewhere := failedElsewhere(m)
	for _, f := range m.Failures {
		text := f.Reason + " " + f.Example
		has := func(words ...string) bool {
			return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(strings.ToLower(text), word) })
		}
		switch {
		case strings.Contains(f.Reason, "FetchFailed"):
			l.Refetched += f.Count
		case elsewhere:
		case strings.Contains(text, "Requested array size exceeds VM limit"): // in a heap of any size
		case strings.HasSuffix(f.Reason, "SparkOutOfMemoryError"):
			l.Execution += f.Count
		case has("direct buffer memory", "direct memory", "native thread"): // Java 17: Cannot reserve 8 bytes of direct buffer memory
			l.Direct += f.Count
		case strings.Contains(f.Reason, "PythonException") && strings.Contains(text, "MemoryError"):
			l.Python += f.Count
		case !strings.HasSuffix(f.Reason, "OutOfMemoryError"):
		case has("metaspace", "compressed class space", "map failed"):
			l.Classes += f.Count
		default:
			l.HeapTasks += f.Count
		}
	}
	if l.HeapTasks == 0 && l.Direct+l.Classes > 0 { // Spark ends an executor with 52 after each of them (SparkUncaughtExceptionHandler)
		l.Heap = 0
	}
	l.Refetched += m.Tasks.Resubmitted
	l.Single = single(m, l)
	return l
}

// failedElsewhere says that tasks failed on executors of other resource profiles alone: a log counts failures of all together.
func failedElsewhere(m *model.Run) (elsewhere bool) {
	for i := range m.Each {
		switch ex := &m.Each[i]; {
		case ex.Tasks.Failed == 0:
		case ex.Profile == 0:
			return false
		default:
			elsewhere = true
		}
	}
	return elsewhere
}

// single says whether executors that came after a loss have one slot where the others had more.
func single(m *model.Run, l Lost) bool {
	if l.Heap+l.Killed == 0 {
		return false
	}
	most, last := int64(0), int64(0)
	for i := range m.Each {
		if ex := &m.Each[i]; ex.Profile == 0 && ex.Cores > 0 {
			most, last = max(most, ex.Cores), ex.Cores
		}
	}
	return most > 1 && last == 1
}

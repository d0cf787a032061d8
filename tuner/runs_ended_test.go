package tuner

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestAKilledPodKeepsItsHeap: whatever logs of other runs show.
func TestAKilledPodKeepsItsHeap(t *testing.T) {
	in := inputOf(ofRuns(3, unneeded("16g")))
	if s := of(recommended(t, in), spark.Executor, heapKey); s.Recommended != "12g" {
		t.Errorf("%+v", s)
	}
	in.Ended = []Ended{{Role: spark.Executor, Limit: 18022, Heap: 16384, OOMKilled: 1, Pod: "etl-exec-2"}}
	if s := of(recommended(t, in), spark.Executor, heapKey); s.Verdict != Keep || !strings.Contains(s.Why, "the kernel killed pods at their limit") {
		t.Errorf("%+v", s)
	}
}

// TestOnlyTheHeapAsksForHeap: Spark ends an executor with 52 after any OutOfMemoryError, and Java words that of direct memory by its release.
func TestOnlyTheHeapAsksForHeap(t *testing.T) {
	of52 := func(text string) func(*model.Run) {
		return func(r *model.Run) {
			lost("52")(r)
			r.Failures = []model.Failure{{Reason: "ExceptionFailure: java.lang.OutOfMemoryError", Example: text, Count: 1}}
		}
	}
	const key = keyOverhead
	ex := spark.Executor
	expect(t, []expected{
		{"the heap", 1, of52("Java heap space"), nil, ex, heapKey, Change, "6g", "exhausted"},
		{"direct memory of Java 11", 1, of52("Direct buffer memory"), nil, ex, heapKey, Keep, "4g", ""},
		{"direct memory of Java 17", 1, of52("Cannot reserve 1048576 bytes of direct buffer memory (allocated: 4294967296, limit: 4294967296)"), nil, ex, heapKey, Keep, "4g", ""},
		{"direct memory of Java 17 asks for overhead", 1, of52("Cannot reserve 1048576 bytes of direct buffer memory (allocated: 4294967296, limit: 4294967296)"), nil, ex, key, Change, "1g", "direct memory"},
		{"classes", 1, of52("Compressed class space"), nil, ex, heapKey, Keep, "4g", ""},
		{"metaspace", 1, of52("Metaspace"), nil, ex, heapKey, Keep, "4g", ""},
		{"mapped files", 1, of52("Map failed"), nil, ex, heapKey, Keep, "4g", ""},
	})
	if text := strings.Join(recommended(t, inputOf(ofRuns(1, of52("Metaspace")))).Notes, "\n"); !strings.Contains(text, "ran out for 1 task: a larger heap does not help") {
		t.Error(text)
	}
	const bound = "-XX:MaxDirectMemorySize=256m"
	if text := strings.Join(recommended(t, inputOf(ofRuns(1, with(of52("Direct buffer memory"), "spark.executor.extraJavaOptions", bound)))).Notes, "\n"); !strings.Contains(text, "raise it with the overhead") {
		t.Error(text)
	}
}

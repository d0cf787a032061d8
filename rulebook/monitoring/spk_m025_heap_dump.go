package monitoring

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	heapDumpPart   = "heapDump"
	exitPart       = "exitOnOutOfMemory"
	heapDumpVolume = "kubectl-spark-heap-dump"
	heapDumpPath   = "/var/log/spark-heap-dump"
	dumpOnError    = "-XX:+HeapDumpOnOutOfMemoryError"
	// dumpTo names a file and no folder: a second dump does not overwrite the first, nor add to it.
	dumpTo      = "-XX:HeapDumpPath=" + heapDumpPath + "/heap.hprof"
	exitOnError = "-XX:+ExitOnOutOfMemoryError"
)

func heapDump() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M025", Name: "heap-dump", Level: rule.Advice, Area: rule.Monitoring, Admit: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "No heap dump on OutOfMemoryError",
			Why: "A heap dump shows which objects filled the heap. It is as large as the heap, and up to twice as large with many small objects. " +
				"The pod is evicted if the dump exceeds the limit of its emptyDir, so a dump is added only on request. " +
				"ExitOnOutOfMemoryError ends a JVM with dead threads (exit code 3), so a server is restarted. " +
				"An executor's own handler exits with 52, which the driver's log, the UI and the recovery of 4.2 understand. Exit code 3 hides that. " +
				"A driver that catches the error does not exit.",
			Remedy:      "add SPK-M025/heapDump or SPK-M025/exitOnOutOfMemory to the pod's annotation " + rule.WantAnnotation + ", or add the options and a volume by hand",
			Since:       "0.1.0",
			Consequence: "the cause of an OutOfMemoryError stays unknown",
			Sources: []string{
				"measured, heap of 64 MiB full of small objects: dumps of 65 to 111 MiB on Java 11, 17 and 25, 133 MiB with compact object headers",
				"seen with Java 17: a dump that is there already is kept (\"File exists\"); ExitOnOutOfMemoryError exits with 3",
				"Spark: SparkExitCode.OOM is 52 (SparkUncaughtExceptionHandler)",
			},
		},
		Parts: []rule.Part{
			{Name: heapDumpPart, Profile: rule.ByWant, State: "annotation " + rule.WantAnnotation + " asks for a heap dump, but the JVM has no " + dumpOnError, Says: "a heap dump on OutOfMemoryError into a volume of twice the heap"},
			{Name: exitPart, Profile: rule.ByWant, State: "annotation " + rule.WantAnnotation + " asks for " + exitPart + ", but the JVM has no " + exitOnError, Says: "exit on OutOfMemoryError (code 3; an executor's own handler uses 52)"},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			if p.Wanted(heapDumpPart) {
				ensureHeapDump(p)
				p.Next()
			}
			p.SummaryOf(func() string { return "add " + exitOnError + " to " + optionsPlace(p) })
			switch {
			case !p.Wanted(exitPart):
			case saysSo(p, "-XX:ExitOnOutOfMemoryError", exitOnError):
			case !reading.SparkEntrypoint(p):
				reading.RefuseCommand(p, exitPart, p.At("command"))
			case !reading.ToleratesFlags(p):
				p.Refuse(exitPart, p.At("image"), rule.JavaUnknown)
			default:
				p.Message("annotation %s asks for %s, but the JVM has no %s; after an OutOfMemoryError it keeps running with dead threads", rule.WantAnnotation, exitPart, exitOnError)
				p.MergeTokens(exitPart, exitOnError)
			}
		}),
	}
}

func ensureHeapDump(p *rule.PodPass) {
	if saysSo(p, "-XX:HeapDumpOnOutOfMemoryError", dumpOnError) || saysSo(p, "-XX:HeapDumpPath", dumpTo) {
		return
	}
	heap, known := dumpHeap(p)
	f := folder{volume: heapDumpVolume, path: heapDumpPath, limit: *resource.NewQuantity((2*heap+512)<<20, resource.BinarySI)}
	reason, at := f.refused(p)
	p.SummaryOf(func() string {
		return "add " + dumpOnError + " and -XX:HeapDumpPath=/FOLDER to " + optionsPlace(p) + ", and mount a volume on /FOLDER"
	})
	switch {
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, heapDumpPart, p.At("command"))
	case !known:
		p.Refuse(heapDumpPart, p.At("resources", "limits", "memory"), rule.HeapUnknown)
	case reason != "":
		p.Refuse(heapDumpPart, at, reason)
	default:
		if mergeAll(p, heapDumpPart, dumpTo, dumpOnError) {
			f.add(p, heapDumpPart)
		}
	}
}

// optionsPlace is where options of the role's JVM are written, and what holds that setting.
func optionsPlace(p rule.Pass) string {
	if place := reading.OptionsPlace(p.Role()); strings.HasPrefix(place, "spark.") {
		return place + reading.SettingsPlace(p)
	}
	return "the variable " + reading.OptionsPlace(p.Role())
}

// saysSo says whether somebody set an option of the key otherwise than we would, where that can be seen.
func saysSo(p rule.Pass, key, ours string) bool {
	said := func(token string) bool { return token != ours && spark.HasKey(token, key) }
	if slices.ContainsFunc(reading.ShownOptions(p), said) {
		return true
	}
	for _, s := range reading.OptionSources(p) {
		if s.Variable < 0 && spark.HasOption(s.Tokens, key) || slices.ContainsFunc(s.Tokens, said) {
			return true
		}
	}
	return false
}

// dumpHeap is the heap in MiB, or more: of a driver, whose heap its configuration decides, its memory limit. A server's limit
// may be another rule's doing, so it does not count.
func dumpHeap(p rule.Pass) (mib int64, known bool) {
	if p.Role() == spark.Driver {
		limit, limited := p.Main().Resources.Limits["memory"]
		mib, known = limit.Value()>>20, limited
	} else {
		mib, known = reading.Heap(p)
	}
	return mib, known && mib > 0 && mib < largestHeap
}

// largestHeap is the largest heap in MiB, a pebibyte, that is taken for one.
const largestHeap = 1 << 30

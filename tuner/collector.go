package tuner

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
)

// collector says which garbage collector is worth a try by JDK, heap and cores. None of it is certain without a run.
func (w *work) collector(role spark.Role, m sizing.Pod) {
	tokens, ok := w.tokens(role)
	if !ok {
		return
	}
	cores := m.Cores
	p := w.pod(role)
	if p.Java == 0 {
		w.note("Java version unknown: no collector is recommended. Set java in annotation kubectl-spark.io/image and run again")
		return
	}
	gone := ""
	tokens = slices.DeleteFunc(tokens, func(token string) bool {
		if name, _, ok := jvm.ParseFlag(token); ok && p.Java > 0 && spark.IsCollector(spark.OptionKey(token)) {
			if flag, known := jvm.LookupFlag(name); known && flag.Gone(p.Java) {
				gone = token
				return true
			}
		}
		return false
	})
	name, chosen := spark.CollectorOf(tokens)
	s := Setting{Role: role, Name: "collector", Verdict: Keep, Confidence: Low, Source: formulas.FromPolicy, Now: name}
	if !chosen {
		s.Now = w.defaultCollector(role, p.Java, m.Total(), tokens)
	}
	s.Recommended = s.Now
	s.Formula = fmt.Sprintf("Java %d, heap %dMi, %d cores", p.Java, m.Heap, cores)
	token, decided := w.collectorByRuns(role, &s, m, chosen)
	server := p.Role == spark.Connect || p.Role == spark.Thrift
	switch {
	case decided:
	case chosen:
		s.Why = "set by the options; only a run shows its GC time"
	case server && m.Heap >= 16<<10 && p.Java >= 23:
		token = "-XX:+UseZGC"
		s.Verdict, s.Recommended, s.Why = Try, "Z", "large server heap: short pauses, for 15 to 30 % more heap"
	case !server && role == spark.Executor && s.Now == "G1" && p.Java >= 11 && (m.Heap <= 8<<10 || cores <= 2 && m.Heap <= sizing.NarrowHeap):
		token = "-XX:+UseParallelGC"
		s.Verdict, s.Recommended, s.Why = Try, "Parallel", "batch work: less time in GC"
	case s.Now == "Serial" && role == spark.Executor:
		token = "-XX:+UseParallelGC"
		s.Verdict, s.Recommended, s.Source = Try, "Parallel", formulas.FromErgo+"; "+formulas.FromPolicy
		s.Why = "a pod this small gets SerialGC"
	case s.Now == "G1" && m.Heap > sizing.NarrowHeap && role == spark.Executor && sizing.G1Region(p.Java, m.Heap) < 32 && !spark.HasOption(tokens, "-XX:G1HeapRegionSize"):
		s.Why = "larger regions for a large heap; try smaller executors first"
		s.Name, s.Now, s.Recommended, s.Verdict, token = "-XX:G1HeapRegionSize", "", "32m", Try, "-XX:G1HeapRegionSize=32m"
	default:
		s.Why = "the JVM's default fits"
	}
	if gone != "" {
		w.note("Java %d has no %s: the %s's JVM uses %s (SPK-P014)", p.Java, gone, role, s.Now)
	}
	w.flag(s, token)
	w.compactHeaders(role, p.Java, tokens)
	if role == spark.Driver {
		w.exitOnOutOfMemory(tokens)
	}
}

// compactHeaders is a product flag from JDK 25 on (JEP 519).
func (w *work) compactHeaders(role spark.Role, java int, tokens []string) {
	const key = "-XX:UseCompactObjectHeaders"
	if java < 25 {
		return
	}
	s := Setting{Role: role, Name: key, Verdict: Keep, Confidence: Low, Source: "JEP 519: compact object headers", Formula: fmt.Sprintf("Java %d: headers of 8 bytes, not 12", java)}
	if spark.HasOption(tokens, key) {
		s.Now, s.Recommended, s.Why = "set", "set", "set by the options"
		w.flag(s, "")
		return
	}
	s.Verdict, s.Recommended, s.Why = Try, "on", "smaller object headers save heap"
	w.flag(s, "-XX:+UseCompactObjectHeaders")
}

// defaultCollector is what the JVM takes where nobody chooses.
func (w *work) defaultCollector(role spark.Role, java int, podMiB int64, tokens []string) string {
	cpu, err := sizing.CPUOf(w.conf, role)
	cpu.Tokens = tokens
	processors := cpu.Processors()
	if err != nil {
		processors = 0
	}
	return sizing.DefaultCollector(java, processors, podMiB)
}

// exitOnOutOfMemory ends a driver that cannot go on. Executors are left to Spark's own handler, whose exit code 52 its
// scheduler understands.
func (w *work) exitOnOutOfMemory(tokens []string) {
	s := Setting{Role: spark.Driver, Name: "-XX:ExitOnOutOfMemoryError", Verdict: Try, Recommended: "on", Confidence: Low, Source: "HotSpot: exit code 3 at the first OutOfMemoryError",
		Why: "the JVM exits and does not hang", Formula: "needs no memory"}
	for _, key := range []string{s.Name, "-XX:CrashOnOutOfMemoryError", "-XX:OnOutOfMemoryError"} {
		if spark.HasOption(tokens, key) {
			return
		}
	}
	w.flag(s, "-XX:+ExitOnOutOfMemoryError")
}

package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/memory"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

func drawn(t *testing.T, m memory.Pod, ascii bool) []string {
	t.Helper()
	var b strings.Builder
	r := MemoryMap{Workloads: []MemoryWorkload{{Name: "a/\x1b[2Jb\u202e", Roles: []memory.Pod{m}, Notes: []string{"a\nnote"}}}}
	if err := r.Write(&b, Options{ASCII: ascii}); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestBarsAreToScaleAndNeverTooWide(t *testing.T) {
	for name, parts := range map[string][]memory.Part{
		"usual":       {{Name: "heap", MiB: 6144, Note: "-Xms = -Xmx = spark.executor.memory"}, {Name: "overhead", MiB: 200}},
		"four":        {{Name: "heap", MiB: 4096}, {Name: "overhead", MiB: 1024}, {Name: "off-heap", MiB: 2048}, {Name: "PySpark", MiB: 1}},
		"even":        {{Name: "a", MiB: 1}, {Name: "b", MiB: 1}, {Name: "c", MiB: 1}},
		"nothing":     {{Name: "heap", MiB: 0}},
		"huge":        {{Name: "heap", MiB: 1 << 43}, {Name: "overhead", MiB: 1}, {Name: "off-heap", MiB: 1}, {Name: "PySpark", MiB: 1}},
		"small first": {{Name: "heap", MiB: 1}, {Name: "overhead", MiB: 1 << 40}},
	} {
		for _, ascii := range []bool{false, true} {
			m := memory.Pod{Role: "executor", LimitMiB: 1, Parts: parts, Regions: &memory.Regions{Reserved: 300, Unified: 4735, StorageFloor: 2367, User: 3157}, Tasks: 4, TaskLeast: 1, TaskMost: 2,
				Need: sizing.Need{{Name: "metaspace+code", MiB: 180}, {Name: "stacks, GC, malloc", MiB: 691}}, Short: 935, Formula: "Spark 3.5 ResourceProfile: memory + (memoryOverhead set, replaces max(0.1 × memory, 384Mi))"}
			edge := map[bool]string{false: "┃", true: "|"}[ascii]
			bars := 0
			for _, line := range drawn(t, m, ascii) {
				if n := layout.Columns(line); n > Width(0) {
					t.Errorf("%s: %d runes in %q", name, n, line)
				}
				if strings.ContainsAny(line, "\x1b\u202e") || ascii && strings.ContainsFunc(line, func(r rune) bool { return r > 127 && r != utf8.RuneError }) {
					t.Errorf("%s: %q", name, line)
				}
				if text, is := strings.CutPrefix(line, strings.Repeat(" ", barIndent)+edge); is {
					bars++
					if n := strings.Count(text, edge); n != len(parts) || layout.Columns(text)+1 > Width(0)-barIndent-barMargin || strings.Contains(text, edge+edge) {
						t.Errorf("%s: %q has %d parts of %d", name, text, n, len(parts))
					}
				}
			}
			if bars != 1 {
				t.Errorf("%s: %d bars", name, bars)
			}
		}
	}
}

func TestTuningIsSafeForATerminal(t *testing.T) {
	evil := "x\x1b[31m\u202ey"
	r := Tuning{Next: "kubectl spark tune " + evil, Workloads: []TunedWorkload{{Name: evil, Shape: evil, Recommendation: tuner.Recommendation{
		Settings: []tuner.Setting{
			{Role: "executor", Name: "spark.kubernetes.executor.limit.cores.and.more.than.a.column", Now: evil + strings.Repeat("9", 30), Recommended: "1", Verdict: tuner.Change, Why: evil + strings.Repeat(" why", 30), Confidence: tuner.High, Formula: evil, Source: "s"},
			{Role: "executor", Name: "collector", Now: "G1", Recommended: "Parallel", Verdict: tuner.Try, Confidence: tuner.Low, Why: "a"},
			{Role: "driver", Name: "spark.driver.memory", Verdict: tuner.Keep, Confidence: tuner.Medium, Why: "a"}},
		Packing: []tuner.Packing{{Node: evil, Count: 2, Now: shapes.Fit{Bound: "memory"}, Recommended: shapes.Fit{PerNode: 1, Bound: "cpu"}, Source: "s"}}, Notes: []string{evil}}}},
		Coverage: Coverage{Missing: []Missing{{Verb: "list", Resource: "nodes", Reason: "is forbidden " + evil, Grant: "get,list nodes in the cluster"}}}}
	for _, o := range []Options{{Format: "table", Width: 100}, {Format: "wide", ASCII: true}} {
		var b strings.Builder
		if err := r.Write(&b, o); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, want := range []string{"collector", "1 change, 1 worth a try (?, --try), 1 right (--all), in 1 workload", "does not fit (memory)", "Not read: list nodes is forbidden", "next: kubectl spark tune"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v lacks %q:\n%s", o, want, text)
			}
		}
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%q", text)
		}
	}
}

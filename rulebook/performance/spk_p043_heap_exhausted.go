package performance

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func heapExhausted() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P043", Name: "heap-exhausted", Level: rule.Error, Area: rule.Performance, Client: true,
		About: model.FactLife, Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The Java heap was full",
			Why: "The JVM threw OutOfMemoryError, and Spark ended it (exit code 52). The container's limit was not reached, so more overhead does not help. " +
				"All tasks of an executor share its heap: fewer cores give each task more of it. A driver fills its heap with collect, broadcasts and very many tasks.",
			Remedy: "raise spark.driver.memory or spark.executor.memory, or use fewer cores in each executor; leave memoryOverhead as it is",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: SparkExitCode.OOM is 52 (SparkUncaughtExceptionHandler)",
				"seen: executors of 3.5.9 and 4.3.0 end with 52 after java.lang.OutOfMemoryError: Java heap space",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			for _, h := range reading.Happened(p, model.HeapExhausted) {
				role := reading.RoleOf(p, &h)
				size := ""
				if heap, known := reading.Heap(p); known && reading.OwnPods(p, &h) {
					size = fmt.Sprintf(" of %dMi", heap)
				}
				p.Pod().Happened(h.Pods)
				p.Evidence(reading.Seen(&h, fmt.Sprintf("exit code %d", h.Example.ExitCode)), "a larger heap")
				what := lost(p, &h)
				switch {
				case role == spark.Executor:
					p.Summary("raise spark.executor.memory, or lower spark.executor.cores, so that fewer tasks share the heap")
				case role == spark.Driver:
					p.Summary("raise spark.driver.memory, or collect less data in the driver")
				default:
					p.Summary("raise %s, and resources.limits.memory of the container with it", reading.HeapSetting(p))
					what = "its clients lost their connections"
				}
				report(p, &h, "%s ended with OutOfMemoryError, because the Java heap%s was full; %s", reading.Who(p, &h), size, what)
			}
		}),
	}
}

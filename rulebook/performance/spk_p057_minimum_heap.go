package performance

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func minimumHeap() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P057", Name: "minimum-heap", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Jobs,
		Each:  true, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "The heap is too small, and Spark does not start",
			Why: "Spark reserves 300 MiB of each heap. It refuses to start with a heap below 1.5 times that, 450 MiB. " +
				"The driver also checks the executors' value, and reads a bare number as bytes: spark.executor.memory 4096 is 4 KiB.",
			Remedy: "set at least 512m, with a unit",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: UnifiedMemoryManager.scala getMaxMemory, INVALID_DRIVER_MEMORY and INVALID_EXECUTOR_MEMORY",
				"Spark 3.5.9 and 4.3.0, run: spark.executor.memory=449m and 4096 end the driver, 450m does not",
			},
		},
		Parts:  []rule.Part{{Name: "heap", Profile: rule.Safe, State: "the heap is too small for Spark", Says: "a heap that is large enough for Spark"}},
		Ensure: rule.Conf(ensureMinimumHeap),
	}
}

func ensureMinimumHeap(p *rule.ConfPass) {
	conf, _ := p.Conf()
	key := "spark." + string(p.Role()) + ".memory"
	text, set := conf.Get(key)
	heap, _, err := conf.SizeFor(reading.Version(p), key, spark.MiB, spark.MiB)
	if !set || err != nil || p.Role() == spark.Driver && sizing.JavaRefuses(text) != "" {
		return // a value that cannot be read is SPK-P045's to tell
	}
	verdict := sizing.Heap(p.Role(), heap, text, nil)
	if verdict != sizing.NotStarted {
		return
	}
	to := sizing.JavaSize(sizing.HeapTo(verdict, heap))
	p.Evidence(fmt.Sprintf("%q", text), fmt.Sprintf("%dm", spark.MinHeapMiB))
	p.Message("%s is %s; Spark needs at least %dm and does not start", key, text, spark.MinHeapMiB)
	if heap >= spark.MinHeapMiB {
		p.Message("%s is %s; the driver reads it as bytes, and Spark does not start", key, text)
	}
	p.Summary("set %s=%s", key, to)
	p.SetConf("heap", key, to)
}

package rulebook

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func workerMemory() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P034", Name: "worker-memory", Level: rule.Error, Area: rule.Performance,
		Roles: spark.Roles{spark.Worker},
		Doc: rule.Doc{
			Title: "A standalone worker hands out more memory than its limit holds",
			Why: "The worker's own JVM and every executor that it starts live in one container. Without SPARK_WORKER_MEMORY it hands out its limit less 1 GiB, and 1 GiB at the least, " +
				"all of it as heap: the executors' memory outside of their heaps and the worker's own heap have no place, and the kernel kills worker and executors together. " +
				"Bitnami's default preset is a limit of 768Mi.",
			Remedy:  "raise the limit or lower SPARK_WORKER_MEMORY",
			Since:   "0.1.0",
			Sources: []string{"Spark: WorkerArguments.scala (total memory less 1024 MiB, at least 1024)", "Spark: the deploy package has no memoryOverhead"},
		},
		Inspect: inspectWorkerMemory,
	}
}

func inspectWorkerMemory(p *rule.Pass) {
	c := p.Main()
	if c == nil {
		return
	}
	limit, limited := c.Resources.Limits["memory"]
	if !limited {
		return // P044's to tell
	}
	have := limit.Value() >> 20
	daemon, set, err := envSize(c, "SPARK_DAEMON_MEMORY")
	if !set || err != nil {
		daemon = 1024
	}
	offers, set, err := envSize(c, "SPARK_WORKER_MEMORY")
	if err != nil {
		return
	}
	how := "SPARK_WORKER_MEMORY is " + fmt.Sprintf("%dm", offers)
	if !set {
		if _, _, present := spark.EnvValue(c, "SPARK_WORKER_MEMORY"); present || len(c.EnvFrom) > 0 || confMounted(c) {
			return // it may be set where it cannot be seen
		}
		offers = max(have-1024, 1024)
		how = "SPARK_WORKER_MEMORY is unset"
	}
	// Exact need, not rounded: a limit that just holds it is right.
	need := daemon + 256 + (offers*115+99)/100
	if have >= need {
		return
	}
	p.Evidence(fmt.Sprintf("%s, limit %s", how, limit.String()), fmt.Sprintf("%dMi", need))
	p.Summary("limit %dMi, SPARK_WORKER_MEMORY=%dm", roundUp(need), offers)
	where := p.At("resources", "limits", "memory")
	if offers > have {
		p.Report(where, "each worker offers %dMi to executors inside a limit of %dMi; the kernel kills worker and executors together", offers, have)
		return
	}
	p.Report(where, "each worker offers %dMi to executors beside its own heap of %dMi, and its limit of %dMi does not hold both (%dMi); the kernel kills them together", offers, daemon, have, need)
}

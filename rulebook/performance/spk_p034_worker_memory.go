package performance

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func workerMemory() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P034", Name: "worker-memory", Level: rule.Error, Area: rule.Performance,
		Roles: spark.Roles{spark.Worker}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "A worker offers more memory than its limit",
			Why: "The worker's JVM and all its executors share one container. Without SPARK_WORKER_MEMORY the worker offers its limit less 1 GiB, at least 1 GiB, all of it as heap. " +
				"The executors' overhead and the worker's heap then do not fit, and worker and executors are OOM-killed together. Bitnami's default limit is 768Mi. " +
				"The limit must hold the worker's heap, 256 MiB for its JVM, and the offered memory plus 15 percent. The fix raises limit and request. " +
				"The fix also sets SPARK_WORKER_MEMORY to the memory offered now, because the worker would otherwise offer more with a higher limit. " +
				"SPARK_DAEMON_MEMORY is the worker's heap; executors cannot use it.",
			Remedy:      "raise resources.limits.memory of the container, or lower the variable SPARK_WORKER_MEMORY",
			Since:       "0.1.0",
			Consequence: "worker and executors are OOM-killed together",
			Sources:     []string{"Spark: WorkerArguments.scala (total memory less 1024 MiB, at least 1024)", "Spark: the deploy package has no memoryOverhead", "Spark 4.2: WorkerArguments counts bytes where SPARK_WORKER_MEMORY has no unit, and reads 4Gi"},
		},
		Parts: []rule.Part{
			{Name: "limit", Profile: rule.Safe, State: "offers more memory than its limit", Says: "memory request and limit for the memory that the worker offers"},
			{Name: "workerMemory", Profile: rule.Safe, State: "SPARK_WORKER_MEMORY is unset", Says: "`SPARK_WORKER_MEMORY` with the memory that the worker offers now"},
		},
		Ensure: rule.Pod(ensureWorkerMemory),
	}
}

func ensureWorkerMemory(p *rule.PodPass) {
	m := reading.Server(p).Memory()
	if m.Limit == 0 || m.Offer.Why != "" || m.Verdict == sizing.Fits {
		return // P044's to tell, or nobody's
	}
	offers := m.Offer.MiB
	how := fmt.Sprintf("SPARK_WORKER_MEMORY is %dm", offers)
	switch {
	case m.Offer.Argued:
		how = fmt.Sprintf("its arguments set %dm", offers)
	case !m.Offer.Said:
		how = "SPARK_WORKER_MEMORY is unset"
	}
	to := *resource.NewQuantity(m.To<<20, resource.BinarySI)
	p.Evidence(how, m.Sum())
	p.Summary("%s", remedyOfWorker(m, to.String()))
	p.Message("the worker needs %dMi, but its limit is %dMi; worker and executors are OOM-killed together", m.Need, m.Limit)
	if m.Heap > spark.DefaultDaemonMiB {
		p.Message("the worker needs %dMi, but its limit is %dMi; it is OOM-killed. SPARK_DAEMON_MEMORY (%dMi) is its own heap, not the executors'", m.Need, m.Limit, m.Heap)
	}
	c, at := p.Main(), p.At("resources", "limits", "memory")
	if m.PodLimit || reading.PodMemoryLimit(p) {
		p.Refuse("limit", at, rule.UserSet) // the whole pod's limit would have to grow with it
		return
	}
	p.Correct("limit", at, to)
	if request, requested := c.Resources.Requests["memory"]; requested && request.Value()>>20 < m.Need {
		p.Correct("limit", p.At("resources", "requests", "memory"), to)
	}
	if !m.Offer.Said {
		p.AppendEnv("workerMemory", "SPARK_WORKER_MEMORY", fmt.Sprintf("%dm", offers))
	}
}

// remedyOfWorker offers a higher limit, and what fits into the limit that there is.
func remedyOfWorker(m sizing.ServerMemory, to string) string {
	text := "set resources.limits.memory to " + to
	if !m.Offer.Said {
		text += fmt.Sprintf(" and the variable SPARK_WORKER_MEMORY=%dm", m.Offer.MiB)
	}
	daemon, also := m.Heap, ""
	if daemon > spark.DefaultDaemonMiB {
		daemon, also = spark.DefaultDaemonMiB, "SPARK_DAEMON_MEMORY=1g and "
	}
	if fits := sizing.WorkerFits(daemon, m.Limit); fits > 0 && !m.Offer.Argued {
		text += fmt.Sprintf("; or keep the limit and set %sSPARK_WORKER_MEMORY=%dm", also, fits)
	}
	return text
}

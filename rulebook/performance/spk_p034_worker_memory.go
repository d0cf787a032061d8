package performance

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
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
				"Bitnami's default preset is a limit of 768Mi. What a limit must hold is the daemon's heap, 256 MiB beside it, and what is handed out with 15 percent on top. " +
				"The repair raises the limit, and says in SPARK_WORKER_MEMORY what was handed out: unset, a higher limit would only hand out more.",
			Remedy:      "raise the limit or lower SPARK_WORKER_MEMORY",
			Since:       "0.1.0",
			Consequence: "the kernel kills worker and executors together",
			Sources:     []string{"Spark: WorkerArguments.scala (total memory less 1024 MiB, at least 1024)", "Spark: the deploy package has no memoryOverhead"},
		},
		Parts: []rule.Part{
			{Name: "limit", Profile: rule.Safe, State: "hands out more memory than its limit holds", Says: "memory request and limit that hold what the worker hands out"},
			{Name: "workerMemory", Profile: rule.Safe, State: "SPARK_WORKER_MEMORY is unset", Says: "`SPARK_WORKER_MEMORY` with what the worker hands out now"},
		},
		Ensure: ensureWorkerMemory,
	}
}

func ensureWorkerMemory(p *rule.Pass) {
	c := p.Main()
	limit, limited := c.Resources.Limits["memory"]
	argued, given, read := memoryArgument(p)
	if !limited || given && (!read || severalWorkers(c) || holdsFiles(p)) || !given && sharesMemory(p) {
		return // P044's to tell, or nobody's
	}
	have := limit.Value() >> 20
	daemon, set, err := reading.EnvSize(c, "SPARK_DAEMON_MEMORY")
	if !set || err != nil {
		daemon = 1024
	}
	offers, said, err := reading.EnvSize(c, "SPARK_WORKER_MEMORY")
	if given {
		offers, said, err = argued, true, nil
	}
	if err != nil || offers > maxHeap || daemon > maxHeap {
		return
	}
	how := fmt.Sprintf("SPARK_WORKER_MEMORY is %dm", offers)
	if given {
		how = fmt.Sprintf("its arguments say %dm", offers)
	}
	if !said {
		if _, _, present := spark.EnvValue(c, "SPARK_WORKER_MEMORY"); present || len(c.EnvFrom) > 0 || reading.ConfMounted(p) {
			return // it may be set where it cannot be seen
		}
		offers = spark.WorkerOffer(have)
		how = "SPARK_WORKER_MEMORY is unset"
	}
	// Exact need, not rounded: a limit that just holds it is right.
	need := workerUses(daemon, offers)
	if have >= need {
		return
	}
	raised := *resource.NewQuantity(roundUp(need)<<20, resource.BinarySI)
	p.Evidence(fmt.Sprintf("%s, limit %s", how, limit.String()), workerSum(daemon, offers, need))
	p.Summary("limit %s", raised.String())
	if !said {
		p.Summary("limit %s, SPARK_WORKER_MEMORY=%dm", raised.String(), offers)
	}
	if offers > have {
		p.Message("each worker offers %dMi to executors inside a limit of %dMi; the kernel kills worker and executors together", offers, have)
	} else {
		p.Message("each worker offers %dMi to executors beside its own heap of %dMi, and its limit of %dMi does not hold both (%dMi); the kernel kills them together", offers, daemon, have, need)
	}
	at := p.At("resources", "limits", "memory")
	if pod := p.Template().Spec.Resources; pod != nil && pod.Limits.Memory().Sign() > 0 {
		p.Refuse("limit", at, rule.UserSet) // the whole pod's limit would have to grow with it
		return
	}
	request, requested := c.Resources.Requests["memory"]
	p.Correct("limit", at, raised)
	if requested && request.Cmp(limit) == 0 {
		p.Correct("limit", p.At("resources", "requests", "memory"), raised)
	}
	if !said {
		p.AppendEnv("workerMemory", "SPARK_WORKER_MEMORY", fmt.Sprintf("%dm", offers))
	}
}

// workerSum shows how the need of a worker's container comes about.
func workerSum(daemon, worker, need int64) string {
	return fmt.Sprintf("daemon %dMi + workers %dMi x 1.15 + 256Mi = %dMi", daemon, worker, need)
}

package performance

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func workerCores() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P035", Name: "worker-cores", Level: rule.Warning, Area: rule.Performance,
		Roles: spark.Roles{spark.Worker},
		Uses:  []rule.Key{rule.FactImage, neighbour.FactNodes},
		Doc: rule.Doc{
			Title: "A worker offers all processors of its node",
			Why: "A worker without SPARK_WORKER_CORES offers as many cores as its JVM counts. Without a CPU limit the JVM counts all processors of the node. " +
				"Two workers on one node then offer each processor twice. Their tasks share the CPU that the workers request.",
			Remedy:  "set SPARK_WORKER_CORES to the CPU request, or set a CPU limit",
			Levels:  "a suggestion where the container requests no CPU; SPK-P044 reports the missing resources",
			Since:   "0.1.0",
			Sources: []string{"Spark: WorkerArguments.inferDefaultCores, Runtime.availableProcessors", "JDK-8281181: CPU requests no longer count as processors"},
		},
		Parts: []rule.Part{
			{Name: "cores", Profile: rule.Safe, State: "SPARK_WORKER_CORES and the CPU limit are unset", Says: "`SPARK_WORKER_CORES` with the container's CPU request"},
		},
		Ensure: rule.Pod(ensureWorkerCores),
	}
}

func ensureWorkerCores(p *rule.PodPass) {
	w := reading.Server(p).WorkerCores()
	if !w.Node {
		return
	}
	observed := "no CPU limit"
	nodes, listed := rule.Get(p, neighbour.FactNodes)
	if n := neighbour.Processors(nodes); listed && n > 0 {
		observed = fmt.Sprintf("no CPU limit, up to %d processors a node", n)
	}
	if w.To == 0 {
		p.Level(rule.Advice)
		p.Evidence(observed, "SPARK_WORKER_CORES")
		p.Message("SPARK_WORKER_CORES and the CPU limit are unset; the worker offers all processors of its node")
		p.Summary("set the variable SPARK_WORKER_CORES or resources.limits.cpu of the container")
		p.Refuse("cores", p.At("env"), rule.CoresUnknown)
		return
	}
	cores := strconv.FormatInt(w.To, 10)
	p.Evidence(observed, "SPARK_WORKER_CORES="+cores)
	p.Summary("set the variable SPARK_WORKER_CORES=%s in the container, as its CPU request", cores)
	p.Message("the worker requests %s CPU, but offers all processors of its node; SPARK_WORKER_CORES and the CPU limit are unset", p.Main().Resources.Requests.Cpu())
	p.AppendEnv("cores", "SPARK_WORKER_CORES", cores)
}

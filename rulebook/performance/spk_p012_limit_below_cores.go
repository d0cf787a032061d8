package performance

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func limitBelowCores() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P012", Name: "limit-below-cores", Level: rule.Error, Area: rule.Performance,
		Roles: spark.Jobs,
		Uses:  []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "The CPU limit is below the request or the cores",
			Why: "Spark requests request.cores CPU, or the cores if that is unset. " +
				"The API server refuses a pod whose CPU limit is below its request (422). The application gets no driver, or its driver waits for executors forever. " +
				"spark.executor.cores also sets how many tasks run at once. If the limit is below the cores, the kernel throttles all tasks and heartbeats. " +
				"A driver runs no tasks.",
			Remedy:  "raise the limit (spark.kubernetes.{driver,executor}.limit.cores), or lower the request and the cores",
			Since:   "0.1.0",
			Sources: []string{"Spark: BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala", "Kubernetes: validation of ResourceRequirements: \"must be less than or equal to cpu limit\"", "Linux: CFS bandwidth control"},
		},
		Parts:  []rule.Part{{Name: "limit", Profile: rule.Safe, State: "the CPU limit is below the request or the cores", Says: "no CPU limit below the request or the cores"}},
		Ensure: rule.Workload(ensureLimitOfCores),
	}
}

func ensureLimitOfCores(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	key := sizing.LimitKey(p.Role())
	if _, set := conf.Get(key); known && set {
		cpu, err := sizing.CPUOf(conf, p.Role())
		cpu.HeapMiB, _ = reading.Heap(p)
		cpu.Tokens, _ = reading.Tokens(p)
		if err == nil && tellLimit(p, cpu) {
			to := strconv.FormatInt(cpu.Raised(), 10) // not removed: a quota may ask for a limit, and it tells the JVM its processors
			p.Summary("set %s=%s", key, to)
			p.SetConf("limit", key, to)
		}
		return
	}
	c := p.Main()
	if c == nil {
		return
	}
	limit := c.Resources.Limits.Cpu().MilliValue()
	cpu := sizing.CPU{Role: p.Role(), Limit: limit, Request: c.Resources.Requests.Cpu().MilliValue()}
	if p.Role() == spark.Executor {
		cores, literal, _ := spark.EnvValue(c, "SPARK_EXECUTOR_CORES")
		n, err := strconv.ParseInt(cores, 10, 32)
		if !literal || err != nil {
			return
		}
		cpu.Cores = n
	}
	if !tellLimit(p, cpu) {
		return
	}
	p.Summary("raise %s to %d, or remove it", key, cpu.Raised())
	p.Refuse("limit", p.At("resources", "limits", "cpu"), rule.SparkSetsThem)
}

// tellLimit writes the finding about a limit that is too low. found is false if the limit is high enough.
func tellLimit(p rule.Pass, cpu sizing.CPU) (found bool) {
	limit, request := processorsOf(cpu.Limit), processorsOf(cpu.Request)
	switch cpu.Judge() {
	case sizing.Refused:
		p.Evidence("limit "+limit, "at least "+request)
		p.Message("the %s requests %s CPU, but its limit is %s; the API server refuses the pod (422)", p.Role(), request, limit)
		return true
	case sizing.Throttled:
		p.Evidence(limit, strconv.FormatInt(cpu.Cores, 10))
		p.Message("%s on a CPU limit of %s: tasks run at %s", coresWords(cpu.Cores), limit, cpu.SpeedWords())
		return true
	}
	return false
}

func coresWords(n int64) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

func processorsOf(milli int64) string {
	return resource.NewMilliQuantity(milli, resource.DecimalSI).String()
}

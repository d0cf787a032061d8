package performance

import (
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func limitBelowCores() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P012", Name: "limit-below-cores", Level: rule.Error, Area: rule.Performance,
		Roles: spark.Roles{spark.Executor},
		Scope: rule.BothScope, Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The CPU limit is below the executor's cores",
			Why: "spark.executor.cores is how many tasks run at once; the limit is how much processor time the kernel lets them have. " +
				"With a lower limit every task is throttled in every scheduling period, and the heartbeat with them.",
			Remedy:  "raise or remove spark.kubernetes.executor.limit.cores, or lower spark.executor.cores",
			Since:   "0.1.0",
			Sources: []string{"Spark: BasicExecutorFeatureStep.scala", "Linux: CFS bandwidth control"},
		},
		Parts:  []rule.Part{{Name: "limit", Profile: rule.Safe, State: "the CPU limit is below the cores", Says: "no CPU limit below the cores"}},
		Ensure: ensureLimitOfCores,
	}
}

func ensureLimitOfCores(p *rule.Pass) {
	conf, known := p.Conf()
	const key = "spark.kubernetes.executor.limit.cores"
	if v, set := conf.Get(key); known && set {
		if limit, cores, below := belowCores(v, reading.ValueOr(conf, "spark.executor.cores", "1")); below {
			tellLimit(p, limit, cores)
			p.Summary("remove %s", key)
			p.UnsetConf("limit", key)
		}
		return
	}
	c := p.Main()
	if c == nil {
		return
	}
	cores, literal, _ := spark.EnvValue(c, "SPARK_EXECUTOR_CORES")
	q, limited := c.Resources.Limits["cpu"]
	if !literal || !limited {
		return
	}
	if limit, cores, below := belowCores(q.String(), cores); below {
		tellLimit(p, limit, cores)
		p.Summary("raise or remove %s", key)
		p.Refuse("limit", p.At("resources", "limits", "cpu"), rule.SparkSetsThem)
	}
}

func tellLimit(p *rule.Pass, limit, cores string) {
	p.Evidence(limit, cores)
	if cores == "1" {
		p.Message("the executor's task runs on a CPU limit of %s; the kernel throttles it", limit)
		return
	}
	p.Message("the executor runs %s tasks at once on a CPU limit of %s; the kernel throttles all of them", cores, limit)
}

// belowCores compares a limit as Kubernetes writes it with a count of cores. What cannot be read is not below.
func belowCores(limit, cores string) (l, c string, below bool) {
	q, err := resource.ParseQuantity(limit)
	n, err2 := strconv.ParseInt(cores, 10, 32)
	if err != nil || err2 != nil {
		return "", "", false
	}
	return q.String(), strconv.FormatInt(n, 10), q.MilliValue() < n*1000
}

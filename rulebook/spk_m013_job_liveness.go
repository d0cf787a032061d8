package rulebook

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func jobLiveness() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M013", Name: "job-liveness", Level: rule.Warning, Area: rule.Monitoring,
		Roles: spark.Jobs,
		Doc: rule.Doc{
			Title: "A liveness or startup probe can kill a job",
			Why: "A driver's pod is not restarted: a failed liveness probe ends the job, and a startup probe does before user code has made its context. " +
				"An executor that is killed loses its shuffle files and cached blocks, and its tasks run again. A JVM in a long garbage collection answers no HTTP request, and is alive.",
			Remedy:  "remove the probe; a stuck job is better found by its progress",
			Since:   "0.1.0",
			Sources: []string{"Spark: driver pods have restartPolicy Never", "Kubernetes: a failed liveness or startup probe kills the container"},
		},
		Inspect: func(p *rule.Pass) {
			c := p.Main()
			if c == nil {
				return
			}
			switch {
			case c.LivenessProbe != nil:
				reportProbe(p, "livenessProbe")
			case c.StartupProbe != nil:
				reportProbe(p, "startupProbe")
			}
		},
	}
}

func reportProbe(p *rule.Pass, name string) {
	p.Summary("remove %s", name)
	if p.Role() == spark.Driver {
		p.Report(p.At(name), "the driver has a %s; when it fails, in a long garbage collection say, the job is lost", name)
		return
	}
	p.Report(p.At(name), "the executor has a %s; when it fails the executor's shuffle files and cached blocks are lost", name)
}

package monitoring

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func jobLiveness() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M013", Name: "job-liveness", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Executor, spark.Connect, spark.Thrift},
		Doc: rule.Doc{
			Title: "A liveness or startup probe can kill a job",
			Why: "A driver's pod is not restarted, so a failed liveness probe ends the job. A startup probe can fail before user code creates the SparkContext. " +
				"A killed executor loses its shuffle files and cached blocks, and its tasks run again. A JVM in a long GC answers no HTTP request, but it is alive.",
			Remedy:  "remove the probe; watch the job's progress instead",
			Since:   "0.1.0",
			Sources: []string{"Spark: driver pods have restartPolicy Never", "Kubernetes: a failed liveness or startup probe kills the container"},
		},
		Parts: []rule.Part{
			{Name: "liveness", Profile: rule.Safe, State: "livenessProbe", Says: "no liveness probe"},
			{Name: "startup", Profile: rule.Safe, State: "startupProbe", Says: "no startup probe"},
			{Name: "readiness", Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift}, Profile: rule.Safe, State: "readinessProbe", Says: "no readiness probe if executors find the driver by name"},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			if p.Role().Server() && !p.Identity().Finite {
				return // its controller starts it again
			}
			readinessOfDriver(p)
			var names []string
			for _, probe := range []struct {
				part, field string
				is          *corev1.Probe
			}{{"liveness", "livenessProbe", p.Main().LivenessProbe}, {"startup", "startupProbe", p.Main().StartupProbe}} {
				if probe.is != nil {
					names = append(names, probe.field)
					p.Remove(probe.part, p.At(probe.field))
				}
			}
			p.Summary("remove %s from container %s", strings.Join(names, " and "), p.Main().Name)
			who, harm := spark.Driver, ", for example in a long GC, ends the job"
			if p.Role() == spark.Executor {
				who, harm = spark.Executor, " kills it and loses its shuffle files and cached blocks"
			}
			p.Message("the %s has %s; a failed probe%s", who, "a "+strings.Join(names, " and a "), harm)
		}),
	}
}

// readinessOfDriver removes a readiness probe from a driver that executors find by the name of its headless Service: the
// name resolves only once the pod is ready (ClusterIP None without publishNotReadyAddresses). From 4.3 on executors take
// the driver's address.
func readinessOfDriver(p *rule.PodPass) {
	v := p.Version()
	if p.Role() == spark.Executor || p.Identity().Client || p.Main().ReadinessProbe == nil || !p.Identity().Finite || !v.Known() || v.AtLeast(4, 3) {
		return
	}
	p.Level(rule.Error)
	p.Summary("remove readinessProbe from container %s", p.Main().Name)
	p.Message("the driver has a readinessProbe; until it succeeds, executors cannot resolve the driver's name and exit (UnknownHostException)")
	p.Remove("readiness", p.At("readinessProbe"))
	p.Next()
}

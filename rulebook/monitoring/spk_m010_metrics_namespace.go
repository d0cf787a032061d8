package monitoring

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const namespaceKey = "spark.metrics.namespace"

func metricsNamespace() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M010", Name: "metrics-namespace", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles},
		Doc: rule.Doc{
			Title: "The names of metrics hold the application's id",
			Why: "A metrics sink writes names as NAMESPACE.driver.SOURCE.METRIC, and of an executor NAMESPACE.EXECUTOR.SOURCE.METRIC. The namespace is spark.metrics.namespace, and without it spark.app.id. " +
				"Each run has another id, so each run makes new names: dashboards and alerts cannot name them, and the store keeps them all. " +
				"Prometheus and JMX add labels for the application, so one name for all applications is enough. " +
				"Other sinks add none: there the name of the application tells them apart. " +
				"The fix changes the names. A query with a pattern for the id, such as metrics_.+_driver_, also finds the new ones. Other queries must be changed. " +
				"A ScheduledSparkApplication gives each run another application name. The names at " + executorsPath + " hold no namespace.",
			Remedy: "set " + namespaceKey + "=spark with the sinks PrometheusServlet and JmxSink, and " + namespaceKey + "=${spark.app.name} with others",
			Levels: "a suggestion where only the operator configures the sink",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: MetricsSystem.buildRegistryName of 3.5.9 and 4.3.0; package.scala (spark.metrics.namespace has no default)",
				"Spark: monitoring.md, Metrics: spark.metrics.namespace may hold ${spark.app.name}",
				"Kubeflow: the controller of ScheduledSparkApplications adds the time to the name of each run",
			},
		},
		Parts: []rule.Part{{Name: "namespace", Profile: rule.Standard, State: namespaceKey + " is not set", Says: "a namespace of metrics that is the same in each run, where there is a sink"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			_, set, seen := reading.Property(p, namespaceKey)
			if set {
				return
			}
			filesUnknown(p)
			conf, _ := p.Conf()
			all, _ := metricsOf(p, conf)
			sinks := slices.DeleteFunc(all.sinksOf("*", "driver", "executor"), func(s sink) bool {
				return !s.stores() || s.instance == "executor" && s.class == prometheusClass // an executor has no web UI
			})
			if len(sinks) == 0 || !announcedPort(p) { // an agent has names of its own, and Kubeflow's operator sets a namespace with it
				return
			}
			if !seen || reading.ClientDriver(p) && !reading.ConfComplete(p, conf) {
				p.NotKnown("all settings (%s may be set elsewhere)", namespaceKey)
				return
			}
			namespace := "spark"
			if slices.ContainsFunc(sinks, func(s sink) bool { return !s.pulled() }) {
				namespace = "${spark.app.name}"
			}
			p.Evidence("the application's id", namespace)
			if !slices.ContainsFunc(sinks, func(s sink) bool { return !ofOperator(p, conf, s) }) {
				p.Level(rule.Advice) // nobody may collect from it
			}
			p.Message("%s is not set; the names of metrics hold the application's id, and each run makes new ones", namespaceKey)
			p.Summary("set %s=%s", namespaceKey, namespace)
			if namespace != "spark" && scheduled(p, conf) {
				p.Evidence("the application's id", "one name for all runs")
				p.Summary("set %s to the name of the schedule; spark.app.name is another one in each run", namespaceKey)
				p.RefuseConf("namespace", namespaceKey, rule.NoExactForm)
				return
			}
			p.SetConf("namespace", namespaceKey, namespace)
		}),
	}
}

// ofOperator says that an operator configures the sink by itself, and no setting of the user's does.
func ofOperator(p rule.Pass, conf spark.Conf, s sink) bool {
	setting, set := conf[metricsPrefix+s.instance+".sink."+s.name+".class"]
	return set && p.Launcher().Traits().WholeConf && len(setting.Path) == 0 && setting.Line == 0
}

// scheduled says that the settings are those of a resource such as ScheduledSparkApplication, which holds an application under
// spec.template.
func scheduled(p rule.Pass, conf spark.Conf) bool {
	for _, setting := range conf {
		if p.Launcher().Traits().WholeConf && len(setting.Path) > 2 && setting.Path[0] == "spec" && setting.Path[1] == "template" {
			return true
		}
	}
	return false
}

package monitoring

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const uiPrometheusKey = "spark.ui.prometheus.enabled"

func noMetrics() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M006", Name: "no-metrics", Level: rule.Advice, Area: rule.Monitoring,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Spark: spark.Range{Since: spark.Version{Major: 3}, Until: spark.Version{Major: 4}},
		Needs: []rule.Key{rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "The application exposes no metrics",
			Why: "Without a metrics sink, a Java agent or the Prometheus endpoint, only the JSON of the driver's web UI has metrics. " +
				"No scraper reads it, and it has no executor metrics. metrics.properties or spark.metrics.conf.* configures a sink. " +
				"The Prometheus endpoint is off by default before 4.0.",
			Remedy:      "set spark.ui.prometheus.enabled=true (the driver then serves all executors' metrics), or configure a sink in spark.metrics.conf.*",
			Since:       "0.1.0",
			Consequence: "GC, memory and spill cannot be monitored",
			Sources: []string{
				"seen: the default of spark.ui.prometheus.enabled is false in 3.3.4 and 3.5.9, and true in 4.0.5, 4.1.4, 4.2.1 and 4.3.0; SPARK-46886 made it so in 4.0.0",
				"Spark: MetricsConfig.scala: the JSON servlet is the one sink that is on by default",
			},
		},
		Parts: []rule.Part{{Name: "endpoint", Profile: rule.Safe, State: "no metrics sink, no agent, and the Prometheus endpoint is off", Says: "the driver's Prometheus endpoint"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if off, _ := conf.Get("spark.ui.enabled"); reading.IsFalse(off) || p.Main() == nil || hasSink(p, conf) {
				return // without the page there is no endpoint to switch on
			}
			if value, set := conf.Get(uiPrometheusKey); set && !reading.IsFalse(value) {
				return
			}
			p.Evidence("no sink", uiPrometheusKey+"=true, or a sink")
			p.SetConf("endpoint", uiPrometheusKey, "true")
		}),
	}
}

// hasSink says whether something hands out metrics, or may: plugins and listeners do what they please, and a file of
// the image or an option that cannot be seen may configure a sink.
func hasSink(p rule.Pass, conf spark.Conf) bool {
	files, _ := rule.Get(p, rule.FactFiles)
	options := p.JVMOptions()
	_, defaults := files.Text["spark-defaults.conf"] // which a server that was started by hand reads
	if !files.Whole && !reading.OfficialImage(p) || !options.Visible || defaults && p.Role() != spark.Driver {
		return true
	}
	for key := range conf {
		if strings.HasPrefix(key, "spark.metrics.conf") || key == "spark.plugins" || key == "spark.extraListeners" {
			return true
		}
	}
	for _, key := range []string{"spark.driver.extraJavaOptions", "spark.driver.defaultJavaOptions"} {
		if text, _ := conf.Get(key); strings.Contains(text, "-javaagent:") || strings.Contains(text, "jmxremote") {
			return true
		}
	}
	for _, token := range options.Tokens {
		if strings.HasPrefix(token, "-javaagent:") || strings.Contains(token, "jmxremote") || strings.HasPrefix(token, "-Dspark.metrics.") || token == uiMetricsOn {
			return true
		}
	}
	properties, err := spark.ParseProperties([]byte(files.Text["metrics.properties"]))
	if err != nil {
		return true
	}
	for key := range properties {
		if strings.Contains(key, ".sink.") {
			return true
		}
	}
	return false
}

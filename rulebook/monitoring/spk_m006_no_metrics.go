package monitoring

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	uiPrometheusKey = "spark.ui.prometheus.enabled"
	appNameKey      = "spark.app.name"
)

func noMetrics() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M006", Name: "no-metrics", Level: rule.Advice, Area: rule.Monitoring,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Spark: spark.Range{Since: spark.Version{Major: 3}},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles},
		Doc: rule.Doc{
			Title: "The application exposes no metrics, or not all",
			Why: "Without a metrics sink, a Java agent or the Prometheus endpoint, only the JSON of the driver's web UI has metrics. " +
				"No scraper reads it, and it has no executor metrics. metrics.properties or spark.metrics.conf.* configures a sink. " +
				"The Prometheus endpoint is off by default before 4.0. It has the executors' metrics only. " +
				"The driver's other metrics, as those of scheduler, stages, streaming queries and the code's own, need the sink PrometheusServlet. " +
				"Spark serves that sink only under the name prometheusServlet. Under another name it is created and never served: the path answers 404, and no log says why. " +
				"JVM source, job counters (before 4.0) and streaming queries must be switched on. " +
				"The endpoint does not escape the application's name. A double quote, or a backslash at the end, makes Prometheus refuse the whole answer.",
			Remedy:      "set spark.ui.prometheus.enabled=true (the driver then serves all executors' metrics), or configure a sink in spark.metrics.conf.*",
			Levels:      "a warning where the sink has another name; an error where annotations announce the sink and there is none, or announce the metrics of an application with such a name",
			Since:       "0.1.0",
			Consequence: "GC, memory and spill cannot be monitored",
			Sources: []string{
				"seen: the default of spark.ui.prometheus.enabled is false in 3.3.4 and 3.5.9, and true in 4.0.5, 4.1.4, 4.2.1 and 4.3.0; SPARK-46886 made it so in 4.0.0",
				"Spark: MetricsConfig.scala: the JSON servlet is the one sink that is on by default",
				"Spark: MetricsSystem.registerSinks of 3.5.9 and 4.3.0: only the names servlet and prometheusServlet are served by the web UI",
				"Spark: Status.scala (spark.metrics.appStatusSource.enabled is false in 3.5.9, true in 4.3.0), SQLConf.scala (spark.sql.streaming.metricsEnabled is false in both)",
				"Spark: PrometheusResource of 3.5.9 and 4.3.0 puts application_name between quotes as it is",
				"seen: the parser of Prometheus 3.16 refuses a label value with a double quote, or with a backslash before the closing quote",
			},
		},
		Parts: []rule.Part{
			{Name: "endpoint", Profile: rule.Safe, State: "no metrics sink, no agent, and the Prometheus endpoint is off", Says: "the driver's Prometheus endpoint"},
			{Name: "sink", Profile: rule.Safe, State: "Spark does not serve the Prometheus sink", Says: "the Prometheus sink under the name that Spark serves"},
			{Name: "sources", Profile: rule.Standard, State: "the sink lacks metrics", Says: "metrics of the JVM, of jobs and of streaming queries, where there is a sink"},
			{Name: "appName", Profile: rule.Safe, State: "the application's name cannot be read by Prometheus", Says: "an application name that Prometheus can read"},
		},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if off, _ := conf.Get("spark.ui.enabled"); !reading.IsFalse(off) {
				exposeMetrics(p, conf) // without the page there is no endpoint to switch on
				p.Next()
				serveSink(p)
				p.Next()
				writableName(p)
				p.Next()
			}
			addSources(p)
			filesUnknown(p)
		}),
	}
}

// exposeMetrics switches the endpoint on, where the version has it off.
func exposeMetrics(p *rule.ConfPass, conf spark.Conf) {
	if p.Version().AtLeast(4, 0) {
		return
	}
	if _, known := rule.Get(p, rule.FactFiles); !known {
		p.NotKnown("%s", rule.FactFiles) // without a pod, too
		return
	}
	if value, set := conf.Get(uiPrometheusKey); p.Main() == nil || hasSink(p, conf) || set && !reading.IsFalse(value) {
		return
	}
	p.Evidence("no sink", uiPrometheusKey+"=true, or a sink")
	p.SetConf("endpoint", uiPrometheusKey, "true")
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

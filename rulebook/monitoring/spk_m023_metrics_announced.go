package monitoring

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	scrapeKey = "prometheus.io/scrape"
	portKey   = "prometheus.io/port"
	pathKey   = "prometheus.io/path"

	executorsPath = "/metrics/executors/prometheus"
	// servletPath ends in a slash: without it Jetty answers with a redirect.
	servletPath = "/metrics/prometheus/"

	noEndpoint = "upgrade to Spark 3.0 or later, or add a JMX exporter as Java agent"

	uiMetricsOn  = "-Dspark.ui.prometheus.enabled=true"
	servletClass = "-Dspark.metrics.conf.*.sink.prometheusServlet.class=org.apache.spark.metrics.sink.PrometheusServlet"
	servletAt    = "-Dspark.metrics.conf.*.sink.prometheusServlet.path=/metrics/prometheus"
)

func metricsAnnounced() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M023", Name: "metrics-announced", Level: rule.Advice, Area: rule.Monitoring, Admit: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage, neighbour.FactMonitors},
		Doc: rule.Doc{
			Title: "Prometheus cannot find the metrics of the pod",
			Why: "A driver serves its executors' metrics at " + executorsPath + " from 4.0 on, before that only with spark.ui.prometheus.enabled. " +
				"Without the setting a driver of 3.5 answers with a redirect, which a scraper counts as success. " +
				"The Prometheus servlet of master and worker is off by default. It answers only at " + servletPath + ", with the trailing slash. " +
				"Executors have no HTTP port; the driver's endpoint has their metrics. " +
				"The prometheus.io annotations tell Prometheus where to collect metrics. A PodMonitor does the same. Where a Prometheus object is found, SPK-M007 checks that, and this rule asks for no annotation.",
			Remedy:      "enable the endpoint (spark.ui.prometheus.enabled, or the Prometheus servlet of master and worker); add annotations prometheus.io/scrape, prometheus.io/port and prometheus.io/path to the pod template, unless a PodMonitor selects it",
			Levels:      "an error where an annotation names an endpoint that does not answer",
			Since:       "0.1.0",
			Consequence: "Prometheus collects no metrics",
			Sources: []string{
				"SPARK-46886: spark.ui.prometheus.enabled is true from 4.0.0 on",
				"seen: 3.5.9 answers 302 without the setting and 200 with it in SPARK_SUBMIT_OPTS",
				"seen: master and worker of 3.5.9 and 4.3.0 answer " + servletPath + " with samples once the servlet is configured",
			},
		},
		Parts: []rule.Part{
			{Name: "endpoint", Profile: rule.Standard, Roles: spark.Roles{spark.Driver, spark.Master, spark.Worker}, State: endpointOff, Says: "the endpoint, if it is off by default"},
			{Name: "annotations", Profile: rule.Safe, Roles: spark.Roles{spark.Driver}, State: unnamed, Says: "`prometheus.io/*` annotations where the endpoint answers"},
			{Name: "annotations", Profile: rule.Standard, Roles: spark.Roles{spark.Master, spark.Worker}, State: unnamed, Says: "`prometheus.io/*` annotations, trailing slash included"},
		},
		None: []rule.None{
			{Roles: spark.Roles{spark.Executor}, Reason: rule.DriverAnswers},
			{Roles: spark.Roles{spark.History}, Reason: rule.NoMetrics},
			{Roles: spark.Roles{spark.Connect, spark.Thrift}, Reason: rule.OwnPage},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			if p.Role() == spark.Driver {
				announceDriver(p)
			} else {
				announceDaemon(p)
			}
		}),
	}
}

func announceDriver(p *rule.PodPass) {
	if announcedElsewhere(p) {
		return
	}
	on, reason := uiMetrics(p)
	port := spark.WebPort(p.Main(), p.Role())
	p.SummaryOf(func() string { return orderOfDriver(p, on, reason, port) })
	if !on && reason == "" && p.Wanted("endpoint") {
		// The one -Dspark option worth injecting: a default that the user's configuration overrides.
		if _, known := p.Conf(); !reading.SparkEntrypoint(p) {
			reason = rule.Entrypoint
		} else if known && hidesOptions(p) {
			p.OfConf().SetConf("endpoint", uiPrometheusKey, "true")
			if on, _ = uiMetrics(p); !on {
				return // the refusal of the setting is that of the annotations, too
			}
			p.State("annotations", andUnnamed)
		} else {
			was := slices.Contains(p.JVMOptions().Tokens, uiMetricsOn)
			p.MergeTokens("endpoint", uiMetricsOn)
			tokens := p.JVMOptions().Tokens
			switch on = slices.Contains(tokens, uiMetricsOn); {
			case on && !was:
				p.State("annotations", andUnnamed)
			case !on && spark.HasOption(tokens, spark.OptionKey(uiMetricsOn)):
				reason = rule.UserSet
			case !on:
				return // the refusal of the option is that of the annotations, too
			}
		}
	}
	if !on {
		on = slices.Contains(p.JVMOptions().Tokens, uiMetricsOn)
	}
	if !on && reason == "" {
		reason = rule.OffByDefault
	}
	if wrong := answersNot(p, on); wrong != "" {
		p.Level(rule.Error)
		p.Message("annotation %s is %s, where this driver serves no metrics; Prometheus collects no metrics", pathKey, wrong)
		p.Refuse("annotations", annotation(pathKey), rule.UserSet)
		return
	}
	if !on {
		p.State("annotations", whyOff(p, reason))
		if reason == rule.Entrypoint {
			reading.RefuseCommand(p, "annotations", annotation(scrapeKey))
			return
		}
		p.Refuse("annotations", annotation(scrapeKey), reason)
		return
	}
	announce(p, port, executorsPath)
}

// hidesOptions says whether the image may set the variable that holds the options of the JVM, so that no pod is given it.
func hidesOptions(p rule.Pass) bool {
	_, _, set := spark.EnvValue(p.Main(), spark.Channel(p.Role()))
	_, known := p.Image()
	return !set && !known
}

// orderOfDriver is what to do by hand: switch the endpoint on where it is off, and say where it is.
func orderOfDriver(p rule.Pass, on bool, reason rule.Reason, port int32) string {
	conf, _ := p.Conf()
	ui, _ := conf.Get("spark.ui.enabled")
	switch {
	case reason == rule.SparkTooOld:
		return noEndpoint
	case strings.EqualFold(ui, "false"):
		return "set spark.ui.enabled=true and spark.ui.prometheus.enabled=true" + reading.SettingsPlace(p) + ". Then " + annotating(port, executorsPath)
	case !on:
		return "set spark.ui.prometheus.enabled=true" + reading.SettingsPlace(p) + ". Then " + annotating(port, executorsPath)
	}
	return annotating(port, executorsPath)
}

// annotating is the order to say where the metrics are.
func annotating(port int32, path string) string {
	number := "PORT"
	if port > 0 {
		number = strconv.Itoa(int(port))
	}
	slash := ""
	if strings.HasSuffix(path, "/") {
		slash = " (the last / is needed)"
	}
	return "annotate the pod template with " + scrapeKey + "=true, " + portKey + "=" + number + " and " + pathKey + "=" + path + slash + ", unless a PodMonitor selects it"
}

// States of the endpoint, as a finding words them.
const (
	noneInVersion = "this Spark version has no Prometheus endpoint"
	endpointOff   = "the metrics endpoint is off"
	unnamed       = "the pod lacks prometheus.io annotations with port and path of its metrics"
	andUnnamed    = "and the pod lacks prometheus.io annotations" // after endpointOff
)

// whyOff is the state of a driver whose endpoint does not answer, or may not.
func whyOff(p rule.Pass, reason rule.Reason) string {
	switch unnamed := p.Template().Annotations[scrapeKey] != "true"; {
	case reason == rule.SparkTooOld:
		return noneInVersion
	case reason == rule.SparkUnknown && unnamed:
		return "the metrics endpoint may be off, " + andUnnamed
	case reason == rule.SparkUnknown:
		return "the metrics endpoint may be off"
	}
	return endpointOff
}

// uiMetrics says whether the driver's endpoint for its executors' metrics is on, or why it can be neither told nor
// switched on.
func uiMetrics(p rule.Pass) (on bool, why rule.Reason) {
	if conf, known := p.Conf(); known {
		if v, set := conf.Get("spark.ui.enabled"); set && strings.EqualFold(v, "false") {
			return false, rule.UserSet
		}
		if v, set := conf.Get(uiPrometheusKey); set {
			if strings.EqualFold(v, "true") {
				return true, ""
			}
			return false, rule.UserSet
		}
	}
	switch {
	case !p.Version().Known():
		return false, rule.SparkUnknown
	case p.Version().AtLeast(4, 0):
		return true, ""
	case !p.Version().AtLeast(3, 0):
		return false, rule.SparkTooOld
	}
	return false, ""
}

// announcedElsewhere says whether the pod announces an endpoint that is not of the driver's web interface: an agent's.
func announcedElsewhere(p rule.Pass) bool {
	a := p.Template().Annotations
	return a[scrapeKey] == "true" && a[portKey] != "" && a[portKey] != strconv.Itoa(int(spark.WebPort(p.Main(), p.Role())))
}

// answersNot gives the announced path where it is known that nothing useful answers there.
func answersNot(p rule.Pass, on bool) string {
	a := p.Template().Annotations
	path := a[pathKey]
	if a[scrapeKey] != "true" || !strings.HasPrefix(strings.TrimSuffix(path, "/"), "/metrics") {
		return ""
	}
	if conf, known := p.Conf(); known && strings.HasPrefix(path, executorsPath) && !on && !p.Version().AtLeast(4, 0) && p.Version().Known() {
		if _, set := conf.Get(uiPrometheusKey); set || !p.Wanted("endpoint") {
			return path
		}
	}
	return ""
}

func announceDaemon(p *rule.PodPass) {
	port, version := spark.WebPort(p.Main(), p.Role()), reading.Version(p)
	p.SummaryOf(func() string { return orderOfDaemon(p, port) })
	switch {
	case !p.Wanted("endpoint") && !p.Wanted("annotations"):
		p.Decline("annotations", rule.OffByDefault)
		return
	case port <= 0:
		p.Refuse("annotations", annotation(scrapeKey), rule.PortUnknown)
		return
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, "endpoint", p.At("command"))
		return
	case ownMetrics(p):
		p.Decline("endpoint", rule.UserSet)
		return
	case reading.ConfMounted(p):
		// A mounted metrics.properties may configure the servlet elsewhere, and options would win over it.
		p.State("endpoint", "the metrics endpoint is off, unless the mounted configuration enables it")
		p.Refuse("endpoint", p.At("volumeMounts"), rule.ConfUnseen)
		return
	case version.Known() && !version.AtLeast(3, 0):
		p.Summary(noEndpoint)
		p.State("endpoint", noneInVersion)
		p.Refuse("endpoint", p.At("image"), rule.SparkTooOld)
		return
	case !version.Known() && p.Launcher().Traits().MetricsVariable == "":
		p.Refuse("endpoint", p.At("image"), rule.SparkUnknown)
		return
	}
	if tokens := p.JVMOptions().Tokens; !slices.Contains(tokens, servletClass) || !slices.Contains(tokens, servletAt) {
		p.State("annotations", andUnnamed)
	}
	p.MergeTokens("endpoint", servletClass)
	p.MergeTokens("endpoint", servletAt)
	if tokens := p.JVMOptions().Tokens; slices.Contains(tokens, servletClass) && slices.Contains(tokens, servletAt) {
		announce(p, port, servletPath)
	}
}

// orderOfDaemon is what to do about a master or worker.
func orderOfDaemon(p rule.Pass, port int32) string {
	if reading.ConfMounted(p) || !reading.SparkEntrypoint(p) {
		return "set " + strings.TrimPrefix(servletClass, "-D") + " and " + strings.TrimPrefix(servletAt, "-D") + " in spark-defaults.conf. Then " + annotating(port, servletPath)
	}
	return "add " + servletClass + " and " + servletAt + " to the variable " + spark.Channel(p.Role()) + ". Then " + annotating(port, servletPath)
}

// ownMetrics says whether the image's script was told to configure the servlet, elsewhere than we would.
func ownMetrics(p rule.Pass) bool {
	value, literal, present := spark.EnvValue(p.Main(), p.Launcher().Traits().MetricsVariable)
	return present && (!literal || value != "false" && value != "no")
}

// announce annotates the pod unless somebody announced an endpoint of their own, or a monitor is what finds it.
func announce(p *rule.PodPass, port int32, path string) {
	if collected(p) {
		return
	}
	wanted := map[string]string{scrapeKey: "true", portKey: strconv.Itoa(int(port)), pathKey: path}
	for key, value := range p.Template().Annotations {
		if strings.HasPrefix(key, "prometheus.io/") && wanted[key] != value {
			return
		}
	}
	p.Annotate("annotations", scrapeKey, wanted[scrapeKey])
	p.Annotate("annotations", portKey, wanted[portKey])
	p.Annotate("annotations", pathKey, wanted[pathKey])
}

func annotation(key string) []string { return []string{"metadata", "annotations", key} }

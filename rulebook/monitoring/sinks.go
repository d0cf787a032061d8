package monitoring

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	metricsPrefix   = "spark.metrics.conf."
	prometheusClass = "org.apache.spark.metrics.sink.PrometheusServlet"
	// servedName is the one name under which Spark serves a PrometheusServlet in the web UI.
	servedName = "prometheusServlet"
	servletKey = metricsPrefix + "*.sink." + servedName
)

// sink is one that an application makes: of its instance, driver, executor or * for all.
type sink struct{ instance, name, class string }

// pulled says that Prometheus or a JMX client asks for the metrics, and adds labels of its own.
func (s *sink) pulled() bool {
	return s.class == prometheusClass || s.class == "org.apache.spark.metrics.sink.JmxSink"
}

// stores says that the names of metrics reach something that keeps them: neither a log, nor the JSON of the web UI.
func (s *sink) stores() bool {
	switch s.class[strings.LastIndexByte(s.class, '.')+1:] {
	case "ConsoleSink", "Slf4jSink", "MetricsServlet":
		return false
	}
	return true
}

// properties are those of the driver's metrics system, without the prefix of settings. A setting wins over metrics.properties
// (MetricsConfig.initialize).
type properties map[string]string

// metricsOf are the properties that can be seen. whole says that there are no others.
func metricsOf(p rule.Pass, conf spark.Conf) (all properties, whole bool) {
	all = properties{}
	files, known := rule.Get(p, rule.FactFiles)
	file, err := spark.ParseProperties([]byte(files.Text["metrics.properties"]))
	_, named := conf.Get("spark.metrics.conf") // another file, which stands in for it
	whole = known && err == nil && !named && (files.Whole || reading.OfficialImage(p))
	for key := range file {
		all[key] = file[key].Value
	}
	if p.Main() != nil {
		options := p.JVMOptions()
		whole = whole && options.Visible
		for _, token := range options.Tokens {
			if key, value, is := strings.Cut(token, "="); is && strings.HasPrefix(key, "-D"+metricsPrefix) {
				all[key[len("-D"+metricsPrefix):]] = value
			}
		}
	}
	for key, setting := range conf {
		if rest, is := strings.CutPrefix(key, metricsPrefix); is {
			all[rest] = setting.Value
		}
	}
	return all, whole
}

// filesUnknown says of a pod that its metrics.properties cannot be seen, which may hold a sink.
func filesUnknown(p rule.Pass) {
	if _, known := rule.Get(p, rule.FactFiles); !known && p.Main() != nil {
		p.NotKnown("%s", rule.FactFiles)
	}
}

var sinkClass = regexp.MustCompile(`^(\*|driver|executor)\.sink\.(.+)\.class$`)

// sinks are the driver's, in order.
func (all properties) sinks() []sink { return all.sinksOf("*", "driver") }

// sinksOf are those of instances, in order.
func (all properties) sinksOf(instances ...string) (found []sink) {
	for key, class := range all {
		if m := sinkClass.FindStringSubmatch(key); m != nil && class != "" && slices.Contains(instances, m[1]) {
			found = append(found, sink{m[1], m[2], class})
		}
	}
	slices.SortFunc(found, func(a, b sink) int { return strings.Compare(a.instance+" "+a.name, b.instance+" "+b.name) })
	return found
}

// has says whether a property of the driver ends in that.
func (all properties) has(end string) bool {
	return all["*."+end] != "" || all["driver."+end] != ""
}

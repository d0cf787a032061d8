package monitoring

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

const (
	jvmSource     = "source.jvm.class"
	jvmSourceKey  = metricsPrefix + "*." + jvmSource
	jvmSourceName = "org.apache.spark.metrics.source.JvmSource"
	jobsKey       = "spark.metrics.appStatusSource.enabled"
	streamingKey  = "spark.sql.streaming.metricsEnabled"
)

// serveSink gives a PrometheusServlet the name under which Spark serves it, and makes one where its path is announced.
func serveSink(p *rule.ConfPass) {
	conf, _ := p.Conf()
	all, whole := metricsOf(p, conf)
	sinks := all.sinks()
	if slices.ContainsFunc(sinks, func(s sink) bool { return s.name == servedName }) {
		return
	}
	at := slices.IndexFunc(sinks, func(s sink) bool { return s.class == prometheusClass })
	if at < 0 {
		if announced, where := announcedPath(p); whole && p.Main() != nil && strings.HasPrefix(announced+"/", servletPath) {
			p.Level(rule.Error)
			p.Message("%s announces %s, but there is no sink %s; the path answers 404, and Prometheus collects no metrics", where, announced, servedName)
			p.Summary("set %s.class=%s and %s.path=%s", servletKey, prometheusClass, servletKey, strings.TrimSuffix(servletPath, "/"))
			p.SetConf("sink", servletKey+".class", prometheusClass)
			p.SetConf("sink", servletKey+".path", strings.TrimSuffix(servletPath, "/"))
		}
		return
	}
	one := sinks[at]
	path := cmp.Or(all[one.instance+".sink."+one.name+".path"], all["*.sink."+one.name+".path"], strings.TrimSuffix(servletPath, "/"))
	p.Level(rule.Warning)
	p.Message("the sink PrometheusServlet has the name %q; Spark serves it only under the name %s, and %s answers 404", one.name, servedName, path)
	p.Summary("configure the sink as %s", metricsPrefix+one.instance+".sink."+servedName)
	p.Evidence(one.name, servedName)
	from, to := metricsPrefix+one.instance+".sink."+one.name+".", metricsPrefix+one.instance+".sink."+servedName+"."
	missing := map[string]string{"class": prometheusClass, "path": path} // the other may stand in a file or an option
	for _, key := range conf.Keys() {
		if rest, is := strings.CutPrefix(key, from); is {
			delete(missing, rest)
			p.RenameConf("sink", key, to+rest)
		}
	}
	for _, rest := range slices.Sorted(maps.Keys(missing)) {
		p.SetConf("sink", to+rest, missing[rest])
	}
}

// announcedPath is the path that prometheus.io annotations of the driver's pod announce at the port of its web UI, and what says so.
func announcedPath(p rule.Pass) (path, where string) {
	const key = "spark.kubernetes.driver.annotation."
	conf, _ := p.Conf()
	for _, prefix := range []string{key, "spark.kubernetes.driver.service.annotation."} {
		if on, _ := conf.Get(prefix + scrapeKey); reading.IsTrue(on) && announcedPort(p) {
			path, _ = conf.Get(prefix + pathKey)
			return path, prefix + pathKey
		}
	}
	if t := p.Template(); t != nil && t.Annotations[scrapeKey] == "true" && !announcedElsewhere(p) {
		return t.Annotations[pathKey], "annotation " + pathKey
	}
	return "", ""
}

// announcedPort says that annotations of the configuration name no other port than that of the web UI.
func announcedPort(p rule.Pass) bool {
	conf, _ := p.Conf()
	for _, key := range []string{"spark.kubernetes.driver.annotation." + portKey, "spark.kubernetes.driver.service.annotation." + portKey} {
		if port, set := conf.Get(key); set && port != reading.ValueOr(conf, "spark.ui.port", "4040") {
			return false
		}
	}
	return true
}

// writableName takes out of the application's name what its metrics' labels cannot hold.
func writableName(p *rule.ConfPass) {
	conf, _ := p.Conf()
	name, set := conf.Get(appNameKey)
	readable := strings.TrimRight(strings.ReplaceAll(name, `"`, "'"), `\`)
	if on, _ := uiMetrics(p); !on || !set || readable == name || readable == "" || strings.Contains(name, "${") {
		return
	}
	if announced, _ := announcedPath(p); strings.HasPrefix(announced, executorsPath) {
		p.Level(rule.Error)
	}
	p.Message("Prometheus refuses the metrics at %s: the application's name %q has a double quote, or a backslash at its end", executorsPath, name)
	p.Summary("set %s=%s", appNameKey, readable)
	p.SetConf("appName", appNameKey, readable)
}

// addSources switches on what a sink would have to send and does not.
func addSources(p *rule.ConfPass) {
	conf, _ := p.Conf()
	all, whole := metricsOf(p, conf)
	if len(all.sinks()) == 0 {
		return
	}
	var lacks []string
	var order []string
	add := func(what, key, value string) {
		lacks, order = append(lacks, what), append(order, key+"="+value)
		p.SetConf("sources", key, value)
	}
	if whole && !all.has(jvmSource) {
		add("the JVM", jvmSourceKey, jvmSourceName)
	}
	if _, set, seen := reading.Property(p, jobsKey); seen && !set && !p.Version().AtLeast(4, 0) {
		add("jobs and stages", jobsKey, "true")
	}
	if _, set, seen := reading.Property(p, streamingKey); seen && !set && reading.Streams(conf) {
		add("streaming queries", streamingKey, "true")
	}
	p.Message("the metrics sink has no metrics of %s; they cannot be monitored", strings.Join(lacks, ", "))
	p.Summary("set %s", strings.Join(order, ", "))
}

package launcher

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// monitored makes the settings that the operator writes for monitoring, over the resource's own
// (internal/controller/sparkapplication/monitoring_config.go). It does so before it calls spark-submit.
func (s *resource) monitored(spec patch.Path) {
	at := spec.With("monitoring")
	if s.value(at.With("prometheus")) == nil {
		return
	}
	s.put("spark.metrics.namespace", s.d.Namespace+"."+s.d.Name, at)
	s.put("spark.metrics.conf", "/etc/metrics/conf/metrics.properties", at)
	s.set("spark.metrics.conf", at.With("metricsPropertiesFile"))
}

// watched makes the annotations and the JVM options that the operator writes for a pod whose metrics it exposes: the options
// go behind those of the section, and with them stand in the place of those of sparkConf.
func (s *resource) watched(spec patch.Path, role spark.Role) {
	agent := s.agent(spec, role)
	if agent == "" {
		return
	}
	at := spec.With("monitoring")
	annotation := "spark.kubernetes." + string(role) + ".annotation.prometheus.io/"
	s.put(annotation+"scrape", "true", at)
	s.put(annotation+"port", strconv.Itoa(int(pod.AgentPort(s.d.Raw, at.With("prometheus")))), at)
	s.put(annotation+"path", "/metrics", at)
	own := spec.With(string(role), "javaOptions")
	if options, set := s.text(own); set {
		s.put("spark."+string(role)+".extraJavaOptions", strings.TrimSpace(options+" "+agent), own)
	} else {
		s.put("spark."+string(role)+".extraJavaOptions", agent, at)
	}
}

// agent is the option by which the operator has a pod's JVM load the Prometheus agent; "" where it does not.
func (s *resource) agent(spec patch.Path, role spark.Role) string {
	at := spec.With("monitoring")
	exposed := map[spark.Role]string{spark.Driver: "exposeDriverMetrics", spark.Executor: "exposeExecutorMetrics"}[role]
	if s.value(at.With("prometheus")) == nil || s.value(at.With(exposed)) != true {
		return ""
	}
	jar, _ := s.text(at.With("prometheus", "jmxExporterJar"))
	file, _ := s.text(at.With("prometheus", "configFile"))
	return fmt.Sprintf("-javaagent:%s=%d:%s", jar, pod.AgentPort(s.d.Raw, at.With("prometheus")), cmp.Or(file, "/etc/metrics/conf/prometheus.yaml"))
}

// Agent is the option that the operator itself adds to those of a key; "" where it adds none.
func Agent(d *workload.Document, key string) string {
	role, ok := map[string]spark.Role{"spark.driver.extraJavaOptions": spark.Driver, spark.KeyExecutorOptions: spark.Executor}[key]
	if !ok || d.Operator() != spark.Kubeflow || d.Kind == "SparkConnect" {
		return ""
	}
	s, err := (&Reader{}).resource(d)
	if err != nil {
		return ""
	}
	return s.agent(specOf(d), role)
}

// specOf is where a resource holds the specification of its application.
func specOf(d *workload.Document) patch.Path {
	if d.Kind == "ScheduledSparkApplication" {
		return patch.Path{"spec", "template"}
	}
	return patch.Path{"spec"}
}

// WithoutAgent are JVM options as the resource holds them: the operator adds its agent again. last says of options with the
// agent among them what they are once it has.
func WithoutAgent(options, agent string) (held, last string) {
	if agent == "" {
		return options, options
	}
	before, after, found := strings.Cut(" "+options+" ", " "+agent+" ")
	if !found {
		return options, options
	}
	held = strings.TrimSpace(strings.TrimSpace(before) + " " + strings.TrimSpace(after))
	return held, strings.TrimSpace(held + " " + agent)
}

package monitoring

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const agentOption = "-javaagent:"

func missingAgent() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M009", Name: "missing-agent", Level: rule.Error, Area: rule.Monitoring,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The jar of a Java agent is not in the image",
			Why: "If the jar of -javaagent is missing, the JVM exits before it runs any class (\"Error opening zip file or JAR manifest missing\"). " +
				"Kubeflow's operator adds monitoring.prometheus.jmxExporterJar unchanged to driver and executors. The images of Apache and Bitnami have no such jar.",
			Remedy:  "add the jar to the image or mount it, or remove the agent: a driver of Spark 4 serves /metrics/executors/prometheus without it",
			Since:   "0.1.0",
			Sources: []string{"Java: java.lang.instrument, command-line interface; seen: rc 1 for a jar that is not there", "Kubeflow spark-operator v2: monitoring_config.go", "kubeflow/spark-operator issue 2380, bitnami/containers issue 75722"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			for _, s := range reading.OptionSources(p) {
				for _, token := range s.Tokens {
					if jar, agent := strings.CutPrefix(token, agentOption); agent {
						jar, _, _ = strings.Cut(jar, "=")
						tellAgent(p, &s, jar)
					}
				}
			}
		}),
	}
}

// tellAgent looks for one agent's jar: on a volume it may be, in an image of somebody's own too.
func tellAgent(p *rule.WorkloadPass, s *reading.OptionSource, jar string) {
	c := p.Main()
	if c == nil {
		p.NotKnown("the pod (Java agent %s)", jar)
		return
	}
	if mounted(c, jar) {
		return
	}
	if c.Image == "" { // somebody else chooses it
		p.NotKnown("the image (Java agent %s)", jar)
		return
	}
	if ref, ok := spark.ParseReference(c.Image); !ok || !lacks(ref.Repository, jar) {
		p.NotKnown("the files of image %s (Java agent %s)", c.Image, jar)
		return
	}
	conf, _ := p.Conf()
	if at := rule.Path(conf[s.Name].Path); s.Variable < 0 && len(at) > 0 && at[len(at)-1] == "monitoring" { // the operator adds the agent
		p.Summary("add the jar to the image, or remove %s%s", at.With("prometheus").Field(), withoutAgent(p))
		p.ReportOwner(at.With("prometheus", "jmxExporterJar"), "%s uses the Java agent %s, but image %s does not contain it; the %s's JVM does not start%s",
			at.Field(), jar, c.Image, reading.RoleName(p.Role()), reading.Recreated(p))
		return
	}
	p.Summary("add the jar to the image, or remove %s from %s%s", strings.TrimSuffix(agentOption, ":"), s.Setting(), withoutAgent(p))
	const words = "image %s does not contain the Java agent %s; the %s's JVM does not start%s"
	if s.Variable < 0 {
		p.ReportConf(s.Name, words, c.Image, jar, reading.RoleName(p.Role()), reading.Recreated(p))
	} else {
		p.Report(s.Path(p), words, c.Image, jar, reading.RoleName(p.Role()), reading.Recreated(p))
	}
}

// withoutAgent says which endpoint answers where no agent does.
func withoutAgent(p rule.Pass) string {
	switch on, why := uiMetrics(p); {
	case !spark.Jobs.Has(p.Role()) || why != "":
		return ""
	case on:
		return ". The driver serves the executors' metrics without it, at " + executorsPath
	}
	return " and set " + uiPrometheusKey + "=true (metrics at " + executorsPath + ")"
}

// mounted says whether a volume stands over the file.
func mounted(c *corev1.Container, file string) bool {
	file = path.Clean(file)
	for _, m := range c.VolumeMounts {
		if at := path.Clean(m.MountPath); file == at || strings.HasPrefix(file, strings.TrimSuffix(at, "/")+"/") {
			return true
		}
	}
	return false
}

// lacks says whether a published image certainly has no such file. Where its system and its Java are nothing is certain, and
// of its Spark only that the exporter is not among the jars.
func lacks(repository, file string) bool {
	var home string
	switch repository {
	case "docker.io/apache/spark", "docker.io/library/spark":
		home = "/opt/spark/"
	case "docker.io/bitnami/spark", "docker.io/bitnamilegacy/spark":
		home = "/opt/bitnami/spark/"
	default:
		return false
	}
	file = path.Clean(file)
	if strings.HasPrefix(file, home) {
		return strings.HasPrefix(path.Base(file), "jmx_prometheus_javaagent")
	}
	for _, of := range []string{"/usr/", "/lib", "/opt/"} {
		if strings.HasPrefix(file, of) {
			return false
		}
	}
	return path.IsAbs(file)
}

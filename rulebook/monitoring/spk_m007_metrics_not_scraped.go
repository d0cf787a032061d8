package monitoring

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	metricsNotScrapedCode = "SPK-M007"
	monitorPart           = "podMonitor"
)

func metricsNotScraped() *rule.Rule {
	return &rule.Rule{
		Code: metricsNotScrapedCode, Name: "metrics-not-scraped", Level: rule.Warning, Area: rule.Monitoring,
		Roles: spark.Roles{spark.Driver, spark.Master, spark.Worker, spark.History},
		About: neighbour.FactMonitors, Uses: []rule.Key{rule.FactConf, neighbour.FactMonitors},
		Doc: rule.Doc{
			Title: "Metrics are served, but no PodMonitor collects them",
			Why: "The Prometheus Operator does not read prometheus.io annotations. A PodMonitor or ServiceMonitor must select the pod by its labels and name one of its ports. " +
				"A Prometheus object reads only monitors with the labels of its podMonitorSelector, in the namespaces of its podMonitorNamespaceSelector. " +
				"If one of these does not match, there is no error message, and the metrics are missing. " +
				"The rule runs where the cluster serves monitoring.coreos.com, or where the files hold an object of that group. fix creates the PodMonitor that is missing: one for all drivers of a namespace, or one for a server. For a master or worker behind a Service it creates a ServiceMonitor.",
			Remedy:      "create a PodMonitor that selects spark-role=driver and names the port spark-ui, with the label that the Prometheus object asks for",
			Levels:      "an error where a monitor selects the pod and names a port that the pod does not have",
			Since:       "0.1.0",
			Consequence: "Prometheus collects no metrics",
			Sources: []string{
				"Prometheus Operator: api.md: podMonitorSelector and podMonitorNamespaceSelector; a null selector selects nothing, a null namespace selector the own namespace",
				"Spark: BasicDriverFeatureStep.scala names the port of the web UI spark-ui; KubernetesConf.scala sets the label spark-role",
			},
		},
		Parts:  []rule.Part{{Name: monitorPart, Profile: rule.Safe, State: "no PodMonitor or ServiceMonitor selects the pod", Says: "a PodMonitor where the Prometheus Operator runs"}},
		Ensure: rule.Pod(ensureScraped),
	}
}

func ensureScraped(p *rule.PodPass) {
	monitors, _ := rule.Get(p, neighbour.FactMonitors)
	if !servesMetrics(p) { // SPK-M006 and SPK-M023 speak of that
		return
	}
	if why := monitors.Unread(); why != "" {
		p.NotKnown("%s", why)
		return
	}
	all := monitors.Of(portsOf(p))
	if slices.ContainsFunc(all, func(m neighbour.Monitor) bool { return m.Reaches && m.Read != spark.No }) {
		if !slices.ContainsFunc(all, func(m neighbour.Monitor) bool { return m.Reaches && m.Read == spark.Yes }) {
			p.NotKnown("the Prometheus object that reads the PodMonitor")
		}
		return
	}
	for i := range all {
		if wrongMonitor(p, monitors, &all[i]) {
			return
		}
	}
	switch {
	case p.Template().Annotations[scrapeKey] == "true" && monitors.Configured():
		p.NotKnown("the scrape configuration of Prometheus, which may read annotations")
	case monitors.Prometheus() == spark.No:
		p.NotKnown("a Prometheus object; the cluster has none")
	default:
		wantMonitor(p, monitors)
	}
}

// wrongMonitor finds what is wrong with a monitor that is for the pod; false where it is for others.
func wrongMonitor(p *rule.PodPass, monitors neighbour.Monitors, m *neighbour.Monitor) bool {
	name, ports := m.Called(), neighbour.Some(m.Ports())
	switch {
	case m.Reaches: // and no Prometheus reads it
		order := "give " + name + " the labels that a Prometheus object asks for"
		if wanted, by, err := monitors.Labels(m.Kind, nil); err == nil && m.Namespace == monitors.Namespace() {
			order = fmt.Sprintf("add to %s: %s, which Prometheus %s asks for", name, neighbour.Pairs(wanted), by)
		}
		p.Message("%s selects the pod, but no Prometheus object selects the %s; Prometheus collects no metrics", name, m.Kind)
		p.Summary("%s", order)
		p.Refuse(monitorPart, labelsOf(), rule.UserSet)
	case m.Selects && (!m.Specific || ports == "") && !forSpark(p, m): // it selects whatever there is, as that of a mesh
		return false
	case m.Selects && m.Kind != "PodMonitor":
		p.Level(rule.Error)
		p.Message("%s names port %s, which leads from no Service to the pod; Prometheus collects no metrics", name, ports)
		p.Summary("name a port of the Service in %s that leads to port %s of the pod", name, portName(p))
		p.Refuse(monitorPart, p.At("ports"), rule.UserSet)
	case m.Selects:
		own := neighbour.Some(slices.Sorted(maps.Keys(portsOf(p))))
		p.Level(rule.Error)
		p.Evidence("port "+ports, "one of "+own)
		p.Message("%s selects the pod, but the pod has no port named %s; Prometheus collects no metrics", name, ports)
		p.Summary("name one of the pod's ports in %s: %s", name, own)
		p.Refuse(monitorPart, p.At("ports"), rule.UserSet)
	case forSpark(p, m):
		p.Message("%s is for Spark, but its selector does not match the labels of the pod; Prometheus collects no metrics", name)
		p.Summary("change spec.selector of %s to match the pod, for example by %s", name, neighbour.Pairs(reading.SelectorOf(p)))
		p.Refuse(monitorPart, labelsOf(), rule.UserSet)
	default:
		return false
	}
	return true
}

func labelsOf() rule.Path { return rule.Path{"metadata", "labels"} }

// forSpark says that a monitor is for pods of the role, though it does not select this one.
func forSpark(p rule.Pass, m *neighbour.Monitor) bool {
	return slices.ContainsFunc(m.Endpoints, func(e neighbour.Endpoint) bool {
		if p.Role() == spark.Driver {
			return e.Port == spark.PortNameUI || strings.HasPrefix(e.Path, executorsPath)
		}
		return strings.HasPrefix(e.Path, "/metrics/"+string(p.Role())+"/")
	})
}

// wantMonitor asks for the PodMonitor, with the labels by which a Prometheus reads it.
func wantMonitor(p *rule.PodPass, monitors neighbour.Monitors) {
	port := portName(p)
	if p.Role() != spark.Driver && p.Role() != spark.History && wantServiceMonitor(p, monitors) {
		return
	}
	wanted, by, err := monitors.Labels("PodMonitor", companion.Marks(metricsNotScrapedCode))
	o := monitorFor(p, monitors.Namespace(), port)
	p.Summary("create a PodMonitor for port %s, with the label that the Prometheus object asks for", port)
	switch {
	case port == "" && p.Role() == spark.History:
		p.Summary("name port %d, the JMX exporter's, in the ports of container %s, then run the command again", metricsPort(p), p.Main().Name)
		p.RefuseFor(monitorPart, p.At("ports"), rule.PortUnknown, "the port of the metrics has no name, and a PodMonitor names it")
		return
	case port == "":
		p.Summary("give the web port of container %s a name, then run the command again", p.Main().Name)
		p.RefuseFor(monitorPart, p.At("ports"), rule.PortUnknown, "the port of the metrics has no name, and a PodMonitor names it")
		return
	case err != nil:
		p.RefuseFor(monitorPart, labelsOf(), rule.LabelUnknown, err.Error())
		return
	}
	createMonitor(p, o, wanted, by)
}

func createMonitor(p *rule.PodPass, o *companion.Object, wanted map[string]string, by string) {
	for key, value := range wanted {
		o.Set(value, "metadata", "labels", key)
	}
	p.Summary("create %s, which Prometheus %s reads", o.Name(), by)
	if len(wanted) > 0 {
		p.Summary("create %s with %s, the label that Prometheus %s asks for", o.Name(), neighbour.Pairs(wanted), by)
	}
	p.Companion(monitorPart, o)
}

// wantServiceMonitor asks for a ServiceMonitor where a Service leads to the server's metrics; false where none does, or no Prometheus
// would read it.
func wantServiceMonitor(p *rule.PodPass, monitors neighbour.Monitors) bool {
	service, has := monitors.ServiceOf(spark.WebPort(p.Main(), p.Role()))
	wanted, by, err := monitors.Labels("ServiceMonitor", companion.Marks(metricsNotScrapedCode))
	if !has || err != nil {
		return false
	}
	o := companions.New(companions.ServerServiceMonitor)
	o.Call(monitors.Namespace(), reading.ServerName(p.Role(), map[string]string{"app": service.Name}), string(p.Role())+" behind Service "+service.Name)
	o.Set(service.Labels, "spec", "selector", "matchLabels")
	o.Set([]any{map[string]any{"port": service.Port, "path": servletPath, "interval": "15s"}}, "spec", "endpoints")
	createMonitor(p, o, wanted, by)
	return true
}

// monitorFor is the PodMonitor of all drivers of a namespace, or of the pods of one server.
func monitorFor(p rule.Pass, namespace, port string) *companion.Object {
	in := ""
	if namespace != "" {
		in = " in namespace " + namespace
	}
	if p.Role() == spark.Driver {
		o := companions.New(companions.DriverMonitor)
		o.Call(namespace, "spark-drivers", "drivers"+in)
		return o
	}
	o, selector := companions.New(companions.ServerMonitor), reading.SelectorOf(p)
	o.Call(namespace, reading.ServerName(p.Role(), selector), string(p.Role())+" pods"+in+" with "+neighbour.Pairs(selector))
	o.Set(selector, "spec", "selector", "matchLabels")
	at := servletPath
	if p.Role() == spark.History {
		at = exporterPath
	}
	o.Set([]any{map[string]any{"port": port, "path": at, "interval": "15s"}}, "spec", "podMetricsEndpoints")
	return o
}

// servesMetrics says whether the pod answers with metrics.
func servesMetrics(p *rule.PodPass) bool {
	tokens := p.JVMOptions().Tokens
	if p.Role() == spark.Driver {
		on, _ := uiMetrics(p)
		return on || slices.Contains(tokens, uiMetricsOn)
	}
	if p.Role() == spark.History {
		port, _ := agentPort(tokens)
		return port > 0
	}
	return slices.Contains(tokens, servletClass) && slices.Contains(tokens, servletAt)
}

// metricsPort is the port that answers with the metrics: that of the web interface, or of a History Server's agent.
func metricsPort(p rule.Pass) int32 {
	if p.Role() == spark.History {
		port, _ := agentPort(p.JVMOptions().Tokens)
		return port
	}
	return spark.WebPort(p.Main(), p.Role())
}

// portsOf are the ports of the pod by their names, those of all containers.
func portsOf(p rule.Pass) map[string]int32 {
	ports := map[string]int32{}
	spec := &p.Template().Spec
	for _, list := range [][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range list {
			for _, port := range list[i].Ports {
				if port.Name != "" {
					ports[port.Name] = port.ContainerPort
				}
			}
		}
	}
	return ports
}

// portName is the name of the port that answers with the metrics; "" where it has none.
func portName(p rule.Pass) string {
	number := metricsPort(p)
	for _, port := range p.Main().Ports {
		if port.ContainerPort == number && (p.Role() != spark.Driver || port.Name == spark.PortNameUI) {
			return port.Name
		}
	}
	return ""
}

// collected says that objects of the Prometheus Operator have the pod scraped, or that SPK-M007 says why they do not: then annotations
// would have it scraped twice, or never.
func collected(p rule.Pass) bool {
	monitors, known := rule.Get(p, neighbour.FactMonitors)
	if !known || monitors.Unread() != "" {
		return false
	}
	return monitors.Prometheus() == spark.Yes || slices.ContainsFunc(monitors.Of(portsOf(p)), func(m neighbour.Monitor) bool { return m.Reaches })
}

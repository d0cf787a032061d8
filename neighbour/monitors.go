package neighbour

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// GroupMonitoring is the API group of the Prometheus Operator.
const GroupMonitoring = "monitoring.coreos.com"

// MonitoringKinds are the kinds of the group that say what is scraped, and which Prometheus reads that.
func MonitoringKinds() []string {
	return []string{kindPodMonitor, kindServiceMonitor, kindPrometheus, kindPrometheusAgent}
}

const (
	kindPodMonitor      = "PodMonitor"
	kindServiceMonitor  = "ServiceMonitor"
	kindPrometheus      = "Prometheus"
	kindPrometheusAgent = "PrometheusAgent"
)

// monitors are the objects of the Prometheus Operator.
type monitors struct {
	of   []monitor
	read []prometheus
}

// monitor is what a PodMonitor and a ServiceMonitor have in common.
type monitor struct {
	kind     string
	selector labels.Selector   // nil where it is wrong
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Selector          metav1.LabelSelector `json:"selector"`
		NamespaceSelector struct {
			Any        bool     `json:"any"`
			MatchNames []string `json:"matchNames"`
		} `json:"namespaceSelector"`
		PodMetricsEndpoints []Endpoint `json:"podMetricsEndpoints"`
		Endpoints           []Endpoint `json:"endpoints"`
	} `json:"spec"`
}

// Endpoint is one that a monitor has scraped.
type Endpoint struct {
	Port       string              `json:"port"`
	PortNumber *int32              `json:"portNumber"`
	TargetPort *intstr.IntOrString `json:"targetPort"`
	Path       string              `json:"path"`
}

// name is what the endpoint calls its port.
func (e *Endpoint) name() string {
	switch {
	case e.Port != "":
		return e.Port
	case e.PortNumber != nil:
		return strconv.Itoa(int(*e.PortNumber))
	case e.TargetPort != nil:
		return e.TargetPort.String()
	}
	return ""
}

// everyPort says that the endpoint names no port, and so has every port of the pod scraped, at a path where Spark's metrics are. At
// another path it is for others, such as the proxies of a mesh.
func (e *Endpoint) everyPort() bool { return e.name() == "" && strings.HasPrefix(e.Path, "/metrics/") }

// prometheus is what a Prometheus and a PrometheusAgent say of the monitors that they read.
type prometheus struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		PodMonitorSelector              *metav1.LabelSelector `json:"podMonitorSelector"`
		PodMonitorNamespaceSelector     *metav1.LabelSelector `json:"podMonitorNamespaceSelector"`
		ServiceMonitorSelector          *metav1.LabelSelector `json:"serviceMonitorSelector"`
		ServiceMonitorNamespaceSelector *metav1.LabelSelector `json:"serviceMonitorNamespaceSelector"`
		ScrapeConfigSelector            *metav1.LabelSelector `json:"scrapeConfigSelector"`
		AdditionalScrapeConfigs         json.RawMessage       `json:"additionalScrapeConfigs"`
	} `json:"spec"`
}

func (p *prometheus) name() string { return p.Metadata.Namespace + "/" + p.Metadata.Name }

// selectors say which monitors of a kind it reads, and in which namespaces.
func (p *prometheus) selectors(kind string) (of, in *metav1.LabelSelector) {
	if kind == kindServiceMonitor {
		return p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector
	}
	return p.Spec.PodMonitorSelector, p.Spec.PodMonitorNamespaceSelector
}

func (m *monitors) add(kind string) func(*monitor) {
	return func(one *monitor) {
		one.kind = kind
		one.selector, _ = metav1.LabelSelectorAsSelector(&one.Spec.Selector) // once: it may be long, and it is asked for every pod
		m.of = append(m.of, *one)
	}
}

func (m *monitors) addPrometheus(one *prometheus) { m.read = append(m.read, *one) }

// Monitors answers who has a pod scraped by objects of the Prometheus Operator.
type Monitors struct {
	set       *Set
	namespace string
	labels    map[string]string
	spec      *corev1.PodSpec
}

// Namespace is that of the pod.
func (m Monitors) Namespace() string { return m.namespace }

// monitored says whether anything tells that the Prometheus Operator is in use: its kinds are served, or files hold some.
func (s *Set) monitored() bool {
	return len(s.monitors.of)+len(s.monitors.read) > 0 || s.read[kindScope{kindPodMonitor, ""}] || s.cuts[kindScope{kindPodMonitor, ""}] != ""
}

// Unread is why it is not known which monitors there are; "" where it is. Files that hold some hold all.
func (m Monitors) Unread() string {
	for _, kind := range []string{kindPodMonitor, kindServiceMonitor} {
		if why := m.set.cut(kind, ""); why != "" {
			return "the " + kind + "s (" + why + ")"
		}
	}
	return ""
}

// Monitor is one that may have the pod scraped.
type Monitor struct {
	Kind, Namespace, Name string
	Endpoints             []Endpoint
	Selects               bool         // the pod, by its labels
	Specific              bool         // its selector asks for a label, so that it is not for whatever there is
	Reaches               bool         // a port of the pod, by its name
	Read                  spark.Answer // whether a Prometheus reads it
}

// Called is the monitor for people: PodMonitor payments/spark-drivers.
func (m *Monitor) Called() string { return m.Kind + " " + m.Namespace + "/" + m.Name }

// Ports are what its endpoints name.
func (m *Monitor) Ports() (names []string) {
	for i := range m.Endpoints {
		if name := m.Endpoints[i].name(); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Of are the monitors of the pod's namespace, those that select the pod first. ports are the ports of the pod by their names; a port
// without one has none.
func (m Monitors) Of(ports map[string]int32) (all []Monitor) {
	services := m.set.exposure.selecting(m.namespace, m.labels)
	var others []Monitor
	for i := range m.set.monitors.of {
		one := &m.set.monitors.of[i]
		reach := one.Spec.NamespaceSelector
		if !reach.Any && len(reach.MatchNames) > 0 && !slices.Contains(reach.MatchNames, m.namespace) || !reach.Any && len(reach.MatchNames) == 0 && one.Metadata.Namespace != m.namespace {
			continue
		}
		if one.selector == nil {
			continue
		}
		found := Monitor{Kind: one.kind, Namespace: one.Metadata.Namespace, Name: one.Metadata.Name, Endpoints: one.Spec.PodMetricsEndpoints, Specific: specific(one.selector), Read: m.reads(one)}
		if one.kind == kindPodMonitor {
			found.Selects = one.selector.Matches(labels.Set(m.labels))
			found.Reaches = found.Selects && slices.ContainsFunc(found.Endpoints, func(e Endpoint) bool { return e.reaches(ports) })
		} else {
			found.Endpoints = one.Spec.Endpoints
			found.Selects, found.Reaches = m.byService(services, one.selector, found.Endpoints)
		}
		if found.Selects {
			all = append(all, found)
		} else {
			others = append(others, found)
		}
	}
	return append(all, others...)
}

// specific says whether a selector takes only what has a certain label.
func specific(selector labels.Selector) bool {
	all, _ := selector.Requirements()
	return slices.ContainsFunc(all, func(r labels.Requirement) bool {
		return r.Operator() != selection.NotIn && r.Operator() != selection.DoesNotExist
	})
}

// reaches says whether the endpoint of a PodMonitor names a port that the pod has.
func (e *Endpoint) reaches(ports map[string]int32) bool {
	switch {
	case e.Port != "":
		_, has := ports[e.Port]
		return has
	case e.PortNumber != nil:
		return slices.Contains(slices.Collect(maps.Values(ports)), *e.PortNumber)
	case e.TargetPort != nil && e.TargetPort.StrVal == "":
		return slices.Contains(slices.Collect(maps.Values(ports)), e.TargetPort.IntVal)
	case e.TargetPort != nil:
		_, has := ports[e.TargetPort.StrVal]
		return has
	}
	return e.everyPort()
}

// byService says whether the selector takes one of the Services that lead to the pod, and whether an endpoint names one of its ports.
func (m Monitors) byService(services []*service, selector labels.Selector, endpoints []Endpoint) (found, reaches bool) {
	for _, s := range services {
		if !selector.Matches(labels.Set(s.labels)) {
			continue
		}
		found = true
		for _, p := range s.ports {
			for i := range endpoints {
				e := &endpoints[i]
				if e.Port != "" && e.Port == p.name || e.Port == "" && e.TargetPort != nil && e.TargetPort.String() == p.target.String() || e.everyPort() {
					reaches = reaches || p.containerPort(m.spec) > 0
				}
			}
		}
	}
	return found, reaches
}

// unreadPrometheus is why it is not known which Prometheus objects there are, agents among them; "" where it is.
func (m Monitors) unreadPrometheus() string {
	return cmp.Or(m.set.cut(kindPrometheus, ""), m.set.cut(kindPrometheusAgent, ""))
}

// reads says whether a Prometheus reads a monitor.
func (m Monitors) reads(one *monitor) spark.Answer {
	answer := spark.No
	for i := range m.set.monitors.read {
		p := &m.set.monitors.read[i]
		selector, in := p.selectors(one.kind)
		if selector == nil || !takes(selector, one.Metadata.Labels) {
			continue
		}
		switch m.set.within(in, p.Metadata.Namespace, one.Metadata.Namespace) {
		case spark.Yes:
			return spark.Yes
		case spark.Unknown:
			answer = spark.Unknown
		}
	}
	if len(m.set.monitors.read) == 0 || m.unreadPrometheus() != "" {
		return spark.Unknown
	}
	return answer
}

// within says whether a namespace is one that a selector of a Prometheus takes; nil takes the namespace of that alone.
func (s *Set) within(selector *metav1.LabelSelector, own, namespace string) spark.Answer {
	switch {
	case selector != nil && len(selector.MatchLabels)+len(selector.MatchExpressions) == 0:
		return spark.Yes
	case namespace == "": // files that name none
		return spark.Unknown
	case selector == nil:
		return spark.AnswerOf(own == namespace)
	case s.namespaces[namespace] == nil:
		return spark.Unknown
	}
	of := map[string]string{corev1.LabelMetadataName: namespace}
	maps.Copy(of, s.namespaces[namespace].Labels)
	return spark.AnswerOf(takes(selector, of))
}

func takes(selector *metav1.LabelSelector, in map[string]string) bool {
	one, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && one.Matches(labels.Set(in))
}

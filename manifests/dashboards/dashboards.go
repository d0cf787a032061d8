// Package dashboards describes Grafana dashboards of Spark on Kubernetes, and writes them as Grafana reads them. The JSON files beside it are
// what it writes. Start with All.
package dashboards

import "strings"

// Dashboard is one dashboard.
type Dashboard struct {
	Name        string // of the file, and the end of the uid
	Title       string
	Description string // what it shows, and which metrics it needs
	Of          string // a metric that every target of it has: its namespaces are the variable's values
	Application bool   // has a variable for the application
	Rows        []Row
}

// Row is a line of panels under a title.
type Row struct {
	Title  string
	Panels []Panel
}

// Panel is a graph over time, or one number.
type Panel struct {
	Title       string
	Description string
	Unit        string // of Grafana: s, bytes, percentunit, ...; none for a count
	Number      bool   // the last value as a number, not a graph
	Queries     []Query
}

// Query is an expression of PromQL. $namespace and $application stand in it for what the reader selected.
type Query struct{ Expr, Legend string }

// All are the dashboards, in the order in which they are listed.
func All() []Dashboard {
	return []Dashboard{fleet(), application(), memory(), shuffle(), standalone(), streaming(), webhook()}
}

// Units of Grafana.
const (
	count   = "none"
	seconds = "s"
	bytes   = "bytes"
	perSec  = "cps" // counts per second
	flow    = "Bps" // bytes per second
	share   = "percentunit"
)

// Words of several dashboards.
const (
	executorsEndpoint = "The metrics come from the driver's endpoint /metrics/executors/prometheus."
	own               = "Needs the driver's own metrics (/metrics/prometheus/)."
	kubeState         = "Needs kube-state-metrics."
	kubelet           = "Needs the kubelet's cAdvisor metrics."
)

const (
	ofNamespace   = `namespace=~"$namespace"`
	ofApplication = ofNamespace + `, application_name=~"$application"`
	noDriver      = `, executor_id!="driver"`
	// The driver's own metrics do not name the application. Its pod does, by the other endpoint.
	andApplication = ` and on (namespace, pod) metrics_executor_totalCores{` + ofApplication + `, executor_id="driver"}`
	// Spark's names of its containers. kube-state-metrics has them of pods in every phase.
	sparkPods   = ` and on (namespace, pod) kube_pod_container_resource_requests{` + ofNamespace + `, container=~"spark-kubernetes-(driver|executor)"}`
	perExecutor = "{{application_name}} {{executor_id}}"
	perApp      = "{{namespace}} {{application_name}}"
)

func graph(title, description, unit string, queries ...Query) Panel {
	return Panel{Title: title, Description: description, Unit: unit, Queries: queries}
}

func number(title, description, unit, expr string) Panel {
	return Panel{Title: title, Description: description, Unit: unit, Number: true, Queries: []Query{{Expr: expr}}}
}

// executors is a metric of all executors that the reader selected, without the driver.
func executors(metric string) string { return metric + "{" + ofApplication + noDriver + "}" }

// rate is the growth of a counter per second.
func rate(selector string) string { return "rate(" + selector + "[$__rate_interval])" }

// driver is a metric of the driver's own, of the applications that the reader selected.
func driver(metric string) string {
	return "metrics_spark_driver_" + metric + "{" + ofNamespace + "}" + andApplication
}

// grown is the growth per second of a counter of the driver's own.
func grown(metric string) string {
	return rate("metrics_spark_driver_"+metric+"{"+ofNamespace+"}") + andApplication
}

// by sums over all but these labels.
func by(labels, expr string) string { return "sum by (" + labels + ") (" + expr + ")" }

// of is one sum as a share of another, where that is above zero.
func of(labels, part, whole string) string {
	return strings.Join([]string{by(labels, part), "/", "(" + by(labels, whole), "> 0)"}, " ")
}

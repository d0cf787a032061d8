package manifests

import (
	_ "embed" // the YAML file
	"encoding/json"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/manifests/alerts"
	"github.com/kubectl-spark/kubectl-spark/manifests/dashboards"
)

// Annotations of the webhook configuration that say what was installed with the webhook.
const (
	DashboardsAnnotation = "kubectl-spark.io/dashboards" // present: Grafana's dashboards
	AlertsAnnotation     = "kubectl-spark.io/alerts"     // present: alerts; the labels of the PrometheusRule, as name=value,name=value
	MonitorAnnotation    = "kubectl-spark.io/monitor"    // present: a PodMonitor of the webhook; its labels, in the same form
)

//go:embed monitor.yaml
var monitorYAML []byte

// Group and version of PrometheusRule and PodMonitor, and the rule's name.
const (
	MonitoringGroup   = "monitoring.coreos.com"
	MonitoringVersion = "v1"
	AlertsName        = "kubectl-spark"
)

// Dashboards are ConfigMaps with Grafana's dashboards: the sidecar of Grafana's chart loads those with this label.
func Dashboards() (out []Object) {
	for _, file := range dashboards.Files() {
		out = append(out, &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
			ObjectMeta: metav1.ObjectMeta{Name: "spark-dashboard-" + file.Name, Labels: map[string]string{"grafana_dashboard": "1"}, Annotations: map[string]string{"grafana_folder": "Spark"}},
			Data:       map[string]string{"spark-" + file.Name + ".json": string(file.JSON)}})
	}
	return out
}

// Alerts is a PrometheusRule with all alerts. Prometheus takes it if it has the labels of its ruleSelector.
func Alerts(of map[string]string) Object {
	groups, err := alerts.Groups()
	if err != nil {
		panic(err) // embedded files, which a test reads
	}
	text, err := json.Marshal(map[string]any{"groups": groups})
	if err != nil {
		panic(err)
	}
	var spec map[string]any
	must(text, &spec)
	rule := &unstructured.Unstructured{Object: map[string]any{"apiVersion": MonitoringGroup + "/" + MonitoringVersion, "kind": "PrometheusRule", "spec": spec}}
	rule.SetName(AlertsName)
	rule.SetLabels(maps.Clone(of))
	return rule
}

// Monitor is a PodMonitor, by which Prometheus collects the webhook's own metrics if it has the labels of its podMonitorSelector.
func Monitor(of map[string]string) Object {
	monitor := read(monitorYAML)[0]
	monitor.SetLabels(maps.Clone(of))
	return monitor
}

// monitoring are the objects that the options ask for beyond the webhook.
func (o *Options) monitoring() (out []Object) {
	if o.Dashboards {
		out = Dashboards()
	}
	if o.Alerts {
		out = append(out, Alerts(o.AlertLabels))
	}
	if o.Monitor && o.URL == "" { // a server elsewhere has no pods here
		out = append(out, Monitor(o.MonitorLabels))
	}
	return out
}

// noteMonitoring writes the options into the webhook configuration's annotations, where readMonitoring finds them.
func (o *Options) noteMonitoring(annotations map[string]string) {
	if o.Dashboards {
		annotations[DashboardsAnnotation] = "installed"
	}
	if o.Alerts {
		annotations[AlertsAnnotation] = labels.Set(o.AlertLabels).String()
	}
	if o.Monitor {
		annotations[MonitorAnnotation] = labels.Set(o.MonitorLabels).String()
	}
}

func (o *Options) readMonitoring(annotations map[string]string) {
	_, o.Dashboards = annotations[DashboardsAnnotation]
	o.Alerts, o.AlertLabels = labelled(annotations, AlertsAnnotation)
	o.Monitor, o.MonitorLabels = labelled(annotations, MonitorAnnotation)
}

// labelled says whether an annotation is there, and the labels that stand in it; none where install did not write them.
func labelled(annotations map[string]string, name string) (present bool, of map[string]string) {
	text, present := annotations[name]
	if text == "" {
		return present, nil
	}
	if set, err := labels.ConvertSelectorToLabelsMap(text); err == nil {
		of = set
	}
	return present, of
}

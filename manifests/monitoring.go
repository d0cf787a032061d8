package manifests

import (
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
)

// Group and version of the PrometheusRule, and its name.
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

// monitoring are the objects that the options ask for beyond the webhook.
func (o *Options) monitoring() (out []Object) {
	if o.Dashboards {
		out = Dashboards()
	}
	if o.Alerts {
		out = append(out, Alerts(o.AlertLabels))
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
}

func (o *Options) readMonitoring(annotations map[string]string) {
	_, o.Dashboards = annotations[DashboardsAnnotation]
	var of string
	if of, o.Alerts = annotations[AlertsAnnotation]; of != "" {
		if set, err := labels.ConvertSelectorToLabelsMap(of); err == nil { // not what install wrote: without labels
			o.AlertLabels = set
		}
	}
}

package manifests_test

import (
	"maps"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestDashboardsAndAlertsAreRemembered: what was installed with the webhook stands in its configuration, and is what the next run starts from.
func TestDashboardsAndAlertsAreRemembered(t *testing.T) {
	for _, want := range []manifests.Options{
		{}, {Dashboards: true}, {Alerts: true}, {Dashboards: true, Alerts: true, AlertLabels: map[string]string{"release": "monitoring", "example.org/role": "a.b-c"}},
		{Monitor: true}, {Alerts: true, Monitor: true, MonitorLabels: map[string]string{"release": "kps"}},
	} {
		got := manifests.Read(manifests.WebhookConfiguration(want))
		if got.Dashboards != want.Dashboards || got.Alerts != want.Alerts || !maps.Equal(got.AlertLabels, want.AlertLabels) || got.Monitor != want.Monitor || !maps.Equal(got.MonitorLabels, want.MonitorLabels) {
			t.Errorf("of %+v %+v is left", want, got)
		}
		kinds := map[string]int{}
		for _, object := range manifests.Server(want) {
			if object.GetLabels()["grafana_dashboard"] == "1" {
				kinds["dashboard"]++
			}
			kinds[object.GetObjectKind().GroupVersionKind().Kind]++
		}
		if (kinds["dashboard"] == 7) != want.Dashboards || (kinds["PrometheusRule"] == 1) != want.Alerts || (kinds["PodMonitor"] == 1) != want.Monitor {
			t.Errorf("%+v: %v", want, kinds)
		}
	}
	for _, bad := range []map[string]string{{"app.kubernetes.io/part-of": "x"}, {"app.kubernetes.io/name": "x"}, {"a b": "x"}, {"a": "x y"}} {
		if (manifests.Options{Alerts: true, AlertLabels: bad}).Validate() == nil {
			t.Errorf("labels %v are taken", bad)
		}
		if (manifests.Options{Monitor: true, MonitorLabels: bad}).Validate() == nil {
			t.Errorf("labels %v of the PodMonitor are taken", bad)
		}
	}
}

// TestAServerElsewhereHasNoPodMonitor: it has no pods in the cluster.
func TestAServerElsewhereHasNoPodMonitor(t *testing.T) {
	for _, object := range manifests.Server(manifests.Options{URL: "https://10.0.0.5:9443", Monitor: true}) {
		if object.GetObjectKind().GroupVersionKind().Kind == "PodMonitor" {
			t.Error("a PodMonitor of pods that are not there")
		}
	}
}

// TestPrometheusFindsTheServer: the annotations, and the PodMonitor, name the port at which the server has its metrics.
func TestPrometheusFindsTheServer(t *testing.T) {
	monitor, is := manifests.Monitor(map[string]string{"release": "kps"}).(*unstructured.Unstructured)
	if !is || monitor.GetLabels()["release"] != "kps" {
		t.Fatalf("%v", monitor)
	}
	selector, _, err := unstructured.NestedStringMap(monitor.Object, "spec", "selector", "matchLabels")
	if err != nil || len(selector) == 0 {
		t.Fatal(selector, err)
	}
	endpoints, _, err := unstructured.NestedSlice(monitor.Object, "spec", "podMetricsEndpoints")
	if err != nil || len(endpoints) != 1 {
		t.Fatal(endpoints, err)
	}
	endpoint := endpoints[0].(map[string]any)
	for _, object := range manifests.Server(manifests.Options{Image: "example.org/w:1"}) {
		d, is := object.(*appsv1.Deployment)
		if !is {
			continue
		}
		if !labels.SelectorFromSet(selector).Matches(labels.Set(d.Spec.Template.Labels)) {
			t.Errorf("the PodMonitor selects %v, and the pods have %v", selector, d.Spec.Template.Labels)
		}
		for _, port := range d.Spec.Template.Spec.Containers[0].Ports {
			if a := d.Spec.Template.Annotations; port.Name == endpoint["port"] && a["prometheus.io/path"] == endpoint["path"] && a["prometheus.io/port"] == strconv.Itoa(int(port.ContainerPort)) && a["prometheus.io/path"] == "/metrics" && a["prometheus.io/scrape"] == "true" {
				return
			}
		}
		t.Errorf("annotations %v, ports %v", d.Spec.Template.Annotations, d.Spec.Template.Spec.Containers[0].Ports)
	}
	t.Error("no Deployment names its metrics")
}

package manifests_test

import (
	"maps"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestDashboardsAndAlertsAreRemembered: what was installed with the webhook stands in its configuration, and is what the next run starts from.
func TestDashboardsAndAlertsAreRemembered(t *testing.T) {
	for _, want := range []manifests.Options{
		{}, {Dashboards: true}, {Alerts: true}, {Dashboards: true, Alerts: true, AlertLabels: map[string]string{"release": "monitoring", "example.org/role": "a.b-c"}},
	} {
		got := manifests.Read(manifests.WebhookConfiguration(want))
		if got.Dashboards != want.Dashboards || got.Alerts != want.Alerts || !maps.Equal(got.AlertLabels, want.AlertLabels) {
			t.Errorf("of %+v %+v is left", want, got)
		}
		kinds := map[string]int{}
		for _, object := range manifests.Server(want) {
			if object.GetLabels()["grafana_dashboard"] == "1" {
				kinds["dashboard"]++
			}
			kinds[object.GetObjectKind().GroupVersionKind().Kind]++
		}
		if (kinds["dashboard"] == 7) != want.Dashboards || (kinds["PrometheusRule"] == 1) != want.Alerts {
			t.Errorf("%+v: %v", want, kinds)
		}
	}
	for _, bad := range []map[string]string{{"app.kubernetes.io/part-of": "x"}, {"app.kubernetes.io/name": "x"}, {"a b": "x"}, {"a": "x y"}} {
		if (manifests.Options{Alerts: true, AlertLabels: bad}).Validate() == nil {
			t.Errorf("labels %v are taken", bad)
		}
	}
}

// TestPrometheusFindsTheServer: the annotations name the port at which the server has its metrics.
func TestPrometheusFindsTheServer(t *testing.T) {
	for _, object := range manifests.Server(manifests.Options{Image: "example.org/w:1"}) {
		d, is := object.(*appsv1.Deployment)
		if !is {
			continue
		}
		for _, port := range d.Spec.Template.Spec.Containers[0].Ports {
			if a := d.Spec.Template.Annotations; port.Name == "metrics" && a["prometheus.io/port"] == strconv.Itoa(int(port.ContainerPort)) && a["prometheus.io/path"] == "/metrics" && a["prometheus.io/scrape"] == "true" {
				return
			}
		}
		t.Errorf("annotations %v, ports %v", d.Spec.Template.Annotations, d.Spec.Template.Spec.Containers[0].Ports)
	}
	t.Error("no Deployment names its metrics")
}

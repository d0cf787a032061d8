package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/manifests/alerts"
	"github.com/kubectl-spark/kubectl-spark/manifests/dashboards"
)

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// prometheusCRD serves the kind Prometheus, of which install reads two fields.
const prometheusCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: prometheuses.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  names: {kind: Prometheus, listKind: PrometheusList, plural: prometheuses, singular: prometheus}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// operatorCRDs serves kinds of the Prometheus Operator; the operator itself is not there. The definition of PrometheusRule is what
// controller-gen v0.23.0 makes of the operator's own types, v0.95.2, without their descriptions.
func operatorCRDs(t *testing.T, s *site) {
	t.Helper()
	rules, err := os.ReadFile("testdata/monitoring.coreos.com_prometheusrules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for plural, definition := range map[string]string{"prometheusrules": string(rules), "prometheuses": prometheusCRD} {
		put(t, s.cp, definitions, definition)
		t.Cleanup(func() { remove(t, s.cp, definitions+"/"+plural+"."+manifests.MonitoringGroup) })
		within(t, 20*time.Second, plural+" are served", func() bool {
			return s.cp.Client().Discovery().RESTClient().Get().AbsPath("/apis", manifests.MonitoringGroup, "v1", "namespaces", "default", plural).Do(t.Context()).Error() == nil
		})
	}
}

// rule is the installed PrometheusRule; nil where there is none.
func (s *site) rule() *unstructured.Unstructured {
	s.Helper()
	path := cluster.Path(manifests.MonitoringGroup+"/v1", "PrometheusRule", s.namespace)
	raw, err := s.cp.Client().Discovery().RESTClient().Get().AbsPath(path, manifests.AlertsName).Do(s.Context()).Raw()
	if err != nil {
		return nil
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(raw); err != nil {
		s.Fatal(err)
	}
	return out
}

// boards are the ConfigMaps that Grafana's sidecar loads.
func (s *site) boards() []corev1.ConfigMap {
	s.Helper()
	list, err := s.cp.Client().CoreV1().ConfigMaps(s.namespace).List(s.Context(), metav1.ListOptions{LabelSelector: "grafana_dashboard=1"})
	if err != nil {
		s.Fatal(err)
	}
	return list.Items
}

func TestInstallBringsDashboardsAndAlerts(t *testing.T) {
	s := newSite(t)
	install := []string{"install", "--image=example.org/w:1", "-n", s.namespace, "--wait=false"}
	if out := s.run(2, append(install, "--alerts")...); !strings.Contains(out, "no kind PrometheusRule") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("without the operator's kinds it says\n%s", out)
	}
	s.run(0, append(install, "--dashboards")...)
	boards := s.boards()
	if len(boards) != len(dashboards.Files()) || len(boards) < 7 {
		t.Errorf("%d ConfigMaps of %d dashboards", len(boards), len(dashboards.Files()))
	}
	for i := range boards {
		for key, text := range boards[i].Data {
			var d struct{ UID, Title string }
			if err := json.Unmarshal([]byte(text), &d); err != nil || !strings.HasSuffix(key, ".json") || d.UID == "" || d.Title == "" {
				t.Errorf("%s: %s: %+v %v", boards[i].Name, key, d, err)
			}
		}
		if len(boards[i].Data) != 1 || boards[i].Annotations["grafana_folder"] != "Spark" {
			t.Errorf("%s: %d keys, annotations %v", boards[i].Name, len(boards[i].Data), boards[i].Annotations)
		}
	}

	operatorCRDs(t, s)
	// Without an object Prometheus nobody says what is selected.
	if out := s.run(0, "install", "--wait=false", "--alerts"); !strings.Contains(out, "no object Prometheus") {
		t.Errorf("it says\n%s", out)
	}
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := unstructured.NestedSlice(s.rule().Object, "spec", "groups")
	if err != nil || len(kept) != len(groups) {
		t.Fatalf("%d groups of %d: %v", len(kept), len(groups), err)
	}
	sent := manifests.Alerts(nil).(*unstructured.Unstructured)
	if want, got := specOf(t, sent), specOf(t, s.rule()); want != got {
		t.Errorf("sent\n%s\nkept\n%s", want, got)
	}

	s.prometheus("other", `{}`) // reads no rules at all
	if out := s.run(0, "install", "--wait=false", "--alerts"); !strings.Contains(out, "No Prometheus reads these alerts") || !strings.Contains(out, "it has no ruleSelector") {
		t.Errorf("it says\n%s", out)
	}
	s.prometheus("own", `{"ruleSelector":{"matchLabels":{"release":"own"}}}`) // of its own namespace alone
	if out := s.run(0, "install", "--wait=false", "--alerts"); !strings.Contains(out, "reads no rules of namespace "+s.namespace) {
		t.Errorf("it says\n%s", out)
	}
	s.prometheus("all", `{"ruleSelector":{"matchLabels":{"release":"monitoring"},"matchExpressions":[{"key":"role","operator":"In","values":["alerts"]}]},"ruleNamespaceSelector":{}}`)
	if out := s.run(0, "install", "--wait=false", "--alerts"); strings.Contains(out, "note:") {
		t.Errorf("it says\n%s", out)
	}
	if of := s.rule().GetLabels(); of["release"] != "monitoring" || of["role"] != "alerts" || of[manifests.PartOfLabel] != manifests.FieldManager {
		t.Errorf("labels %v", of)
	}
	// Each Prometheus that reads the namespace gets its label; one that asks for another is named.
	s.prometheus("also", `{"ruleSelector":{"matchLabels":{"team":"spark"}},"ruleNamespaceSelector":{}}`)
	s.prometheus("clash", `{"ruleSelector":{"matchLabels":{"release":"other"}},"ruleNamespaceSelector":{}}`)
	if out := s.run(0, "install", "--wait=false", "--alerts"); !strings.Contains(out, "Prometheus "+s.jobs+"/clash selects other labels, and does not read these alerts") {
		t.Errorf("it says\n%s", out)
	}
	if of := s.rule().GetLabels(); of["release"] != "monitoring" || of["role"] != "alerts" || of["team"] != "spark" {
		t.Errorf("labels %v", of)
	}
	// What was chosen stays.
	if out := s.run(0, "install", "--wait=false"); !strings.Contains(out, "Nothing was changed") || s.rule().GetLabels()["release"] != "monitoring" || len(s.boards()) != len(boards) {
		t.Errorf("again:\n%s", out)
	}
	s.run(0, "install", "--wait=false", "--alert-labels=release=mine")
	if of := s.rule().GetLabels(); of["release"] != "mine" || of["role"] != "" {
		t.Errorf("given labels: %v", of)
	}
	if out := s.run(2, "install", "--wait=false", "--alert-labels=app.kubernetes.io/name=x"); !strings.Contains(out, "nothing was changed") && !strings.Contains(out, "marks its own objects") {
		t.Errorf("a label of install's own:\n%s", out)
	}
	s.run(0, "install", "--wait=false", "--dashboards=false", "--alerts=false")
	if s.rule() != nil || len(s.boards()) != 0 {
		t.Error("what is not wanted any more is left")
	}
	if out := s.run(2, "install", "--wait=false", "--alert-labels=release=mine"); !strings.Contains(out, "give --alerts too") {
		t.Errorf("labels without alerts:\n%s", out)
	}
	s.run(0, "install", "--wait=false", "--dashboards", "--alerts")
	if out := s.run(0, "uninstall"); !strings.Contains(out, "PrometheusRule/"+manifests.AlertsName) || s.rule() != nil || len(s.boards()) != 0 {
		t.Errorf("uninstall:\n%s", out)
	}
}

// TestInstallBringsAPodMonitorOfTheWebhook with the label that the cluster's Prometheus selects, and takes it back.
func TestInstallBringsAPodMonitorOfTheWebhook(t *testing.T) {
	s := newSite(t)
	path := "/apis/" + manifests.MonitoringGroup + "/v1/namespaces/" + s.namespace + "/podmonitors"
	monitor := func() map[string]string {
		raw, err := s.cp.Client().Discovery().RESTClient().Get().AbsPath(path, manifests.ServiceName).Do(t.Context()).Raw()
		if err != nil {
			return nil
		}
		var out metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		return out.Labels
	}
	install := []string{"install", "--image=example.org/w:1", "-n", s.namespace, "--wait=false"}
	if out := s.run(2, append(install, "--pod-monitor")...); !strings.Contains(out, "no kind PodMonitor") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("without the operator's kinds it says\n%s", out)
	}
	prometheusOperator(t, s.cp)
	s.prometheus("own", `{"podMonitorSelector":{}}`) // of its own namespace alone
	if out := s.run(0, append(install, "--pod-monitor")...); !strings.Contains(out, "reads no PodMonitors of namespace "+s.namespace) || !strings.Contains(out, "No Prometheus reads the webhook's PodMonitor") {
		t.Errorf("it says\n%s", out)
	}
	s.prometheus("all", `{"podMonitorSelector":{"matchLabels":{"release":"kps"}},"podMonitorNamespaceSelector":{}}`)
	if out := s.run(0, "install", "--wait=false", "--pod-monitor"); strings.Contains(out, "note:") {
		t.Errorf("it says\n%s", out)
	}
	if of := monitor(); of["release"] != "kps" || of[manifests.PartOfLabel] != manifests.FieldManager {
		t.Errorf("labels %v", of)
	}
	if out := s.run(0, "install", "--wait=false"); !strings.Contains(out, "Nothing was changed") || monitor()["release"] != "kps" {
		t.Errorf("again:\n%s", out)
	}
	s.run(0, "install", "--wait=false", "--pod-monitor-labels=team=spark")
	if of := monitor(); of["team"] != "spark" || of["release"] != "" {
		t.Errorf("given labels: %v", of)
	}
	if s.run(0, "install", "--wait=false", "--pod-monitor=false"); monitor() != nil {
		t.Error("what is not wanted any more is left")
	}
	if out := s.run(2, "install", "--wait=false", "--pod-monitor-labels=team=spark"); !strings.Contains(out, "give --pod-monitor too") {
		t.Errorf("labels without a PodMonitor:\n%s", out)
	}
	s.run(0, "install", "--wait=false", "--pod-monitor")
	if out := s.run(0, "uninstall"); !strings.Contains(out, "PodMonitor/"+manifests.ServiceName) || monitor() != nil {
		t.Errorf("uninstall:\n%s", out)
	}
}

// prometheus makes an object Prometheus in the namespace of the test's jobs.
func (s *site) prometheus(name, spec string) {
	s.Helper()
	body := `{"apiVersion":"monitoring.coreos.com/v1","kind":"Prometheus","metadata":{"name":"` + name + `"},"spec":` + spec + `}`
	put(s.T, s.cp, "/apis/"+manifests.MonitoringGroup+"/v1/namespaces/"+s.jobs+"/prometheuses", body)
}

func specOf(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	text, err := json.Marshal(o.Object["spec"])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheAPIServerMeasuresTheWebhook: the metrics that alerts and a dashboard take from the API server are there, by the webhook's names.
func TestTheAPIServerMeasuresTheWebhook(t *testing.T) {
	i := install(t)
	pod := func() {
		body := []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"d-","labels":{"spark-role":"driver"}},"spec":{"containers":[{"name":"spark-kubernetes-driver","image":"example.org/spark:1"}]}}`)
		if err := i.cp.Client().CoreV1().RESTClient().Post().Namespace(i.cp.NewNamespace(t)).Resource("pods").Body(body).Do(t.Context()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	pod()
	i.stop() // a webhook that does not answer
	pod()
	raw, err := i.cp.Client().Discovery().RESTClient().Get().AbsPath("/metrics").Do(t.Context()).Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"apiserver_admission_webhook_admission_duration_seconds_bucket", "apiserver_admission_webhook_fail_open_count"} {
		found := false
		for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
			found = found || strings.HasPrefix(lines.Text(), name+"{") && strings.Contains(lines.Text(), `name="labelled.kubectl-spark.io"`)
		}
		if !found {
			t.Errorf("the API server has no %s of the webhook", name)
		}
	}
}

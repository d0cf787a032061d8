package monitoring

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/dashboards"
)

// elsewhere are the metrics of dashboards and alerts that Spark and the webhook do not have, and whose they are. Nothing is scraped of
// these here: their names are those of their documentation.
var elsewhere = map[string]string{
	"kube_pod_status_phase":                                         "kube-state-metrics",
	"kube_pod_container_status_terminated_reason":                   "kube-state-metrics",
	"kube_pod_container_resource_requests":                          "kube-state-metrics",
	"kube_pod_container_resource_limits":                            "kube-state-metrics",
	"container_memory_working_set_bytes":                            "the kubelet's cAdvisor",
	"container_oom_events_total":                                    "the kubelet's cAdvisor",
	"apiserver_admission_webhook_fail_open_count":                   "the API server; test/integration finds it there",
	"apiserver_admission_webhook_admission_duration_seconds_bucket": "the API server; test/integration finds it there",
}

func described(t *testing.T) []dashboards.Dashboard {
	t.Helper()
	all, err := dashboards.All("../../manifests/dashboards")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// named is a query of a dashboard or an alert.
type named struct{ name, expr string }

// queries are all of them, with the variables of the dashboards filled in.
func queries(t *testing.T) (out []named) {
	t.Helper()
	fill := strings.NewReplacer("$__rate_interval", "1m", "$namespace", "lab|other", "$application", "orders|stay")
	for _, d := range described(t) {
		for _, row := range d.Rows {
			for _, p := range row.Panels {
				name := fmt.Sprintf("%s / %s / %s", d.Name, row.Title, p.Title)
				if p.Number != "" {
					out = append(out, named{name, fill.Replace(p.Number)})
				}
				for _, line := range p.Lines {
					out = append(out, named{name + " / " + line.Legend, fill.Replace(line.Expr)})
				}
			}
		}
	}
	if len(out) < 80 {
		t.Fatalf("%d queries of dashboards", len(out))
	}
	return out
}

var (
	ofMetric = regexp.MustCompile(`\b(?:metrics_|spark_info|kube_|container_|apiserver_|kubectl_spark_webhook_)\w*`)
	quoted   = regexp.MustCompile(`__name__=~"([^"]+)"`)
	strs     = regexp.MustCompile(`"[^"]*"`)
)

// metricsOf are the names of metrics in an expression; a pattern of names is one of them.
func metricsOf(expr string) (names []string) {
	for _, m := range quoted.FindAllStringSubmatch(expr, -1) {
		names = append(names, m[1])
	}
	return append(names, ofMetric.FindAllString(strs.ReplaceAllString(expr, `""`), -1)...)
}

// TestEveryQueryHasValues runs each query of each dashboard in a real Prometheus, and each alert's expression. Prometheus scraped what real
// Spark of both lines and the webhook answer. A query has no value where, and only where, its metrics are somebody else's.
func TestEveryQueryHasValues(t *testing.T) {
	c, pods := start(t)
	c.scraped(t, pods)
	foreign, values := 0, 0
	for _, q := range queries(t) {
		got, err := c.query(t, q.expr)
		if err != nil {
			t.Errorf("%s: %v\n%s", q.name, err, q.expr)
			continue
		}
		values += len(got)
		for _, s := range got {
			if math.IsNaN(s.number()) || math.IsInf(s.number(), 0) {
				t.Errorf("%s is %v\n%s", q.name, s.number(), q.expr)
				break
			}
		}
		others := slices.ContainsFunc(metricsOf(q.expr), func(name string) bool { return elsewhere[name] != "" })
		if others {
			foreign++
		}
		if others != (len(got) == 0) {
			t.Errorf("%s has %d values; elsewhere names one of its metrics: %v\n%s", q.name, len(got), others, q.expr)
		}
	}
	page, err := os.ReadFile("../../manifests/dashboards/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if all := len(queries(t)); !strings.Contains(string(page), fmt.Sprintf("%d of their %d queries had values", all-foreign, all)) {
		t.Errorf("manifests/dashboards/README.md does not say that %d of %d queries had values", all-foreign, all)
	}
	t.Logf("%d queries, %d values; %d queries are of metrics that are not scraped here", len(queries(t)), values, foreign)
	testNames(t, c)
	testVariables(t, c)
	testAlerts(t, c)
}

// testNames: Prometheus has each metric that is named, or elsewhere says whose it is, and each that elsewhere names is used.
func testNames(t *testing.T, c *collector) {
	var have []string
	if err := c.get(t, "/api/v1/label/__name__/values", nil, &have); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	check := func(where, expr string) {
		names := metricsOf(expr)
		if len(names) == 0 {
			t.Errorf("%s names no metric: %s", where, expr)
		}
		for _, name := range names {
			used[name] = true
			pattern := regexp.MustCompile("^(?:" + name + ")$")
			if elsewhere[name] == "" && !slices.ContainsFunc(have, pattern.MatchString) {
				t.Errorf("%s names %s, which no scrape has", where, name)
			}
		}
	}
	for _, q := range queries(t) {
		check(q.name, q.expr)
	}
	for _, r := range allRules(t) {
		check(r.Alert, r.Expr)
	}
	for name := range elsewhere {
		if !used[name] {
			t.Errorf("elsewhere names %s, which no query has", name)
		}
	}
	for _, name := range have {
		if strings.HasPrefix(name, "metrics_") && strings.HasSuffix(name, "_Number") || strings.HasPrefix(name, "metrics_app_") {
			t.Errorf("the configuration keeps %s", name)
		}
	}
}

// testVariables: the metric whose labels are a variable's values has them.
func testVariables(t *testing.T, c *collector) {
	for _, d := range described(t) {
		wants := []string{"namespace"}
		if d.Application {
			wants = append(wants, "application_name")
		}
		for _, label := range wants {
			got, err := c.query(t, "count by ("+label+") ("+d.Of+")")
			if err != nil || len(got) == 0 || got[0].Metric[label] == "" {
				t.Errorf("%s: %s of %s: %v %v", d.Name, label, d.Of, got, err)
			}
		}
	}
}

// testAlerts: Prometheus loaded and evaluates each alert without an error, and the kept scrapes, of healthy Spark, make none of Spark's fire.
func testAlerts(t *testing.T, c *collector) {
	var out struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError, State string }
		}
	}
	if err := c.get(t, "/api/v1/rules", nil, &out); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, g := range out.Groups {
		for _, r := range g.Rules {
			seen[r.Name] = true
			if r.Health != "ok" {
				t.Errorf("%s: %s: %s", r.Name, r.Health, r.LastError)
			}
			if r.State == "firing" && !strings.HasPrefix(r.Name, "SparkWebhook") {
				t.Errorf("%s fires", r.Name)
			}
		}
	}
	for _, r := range allRules(t) {
		if !seen[r.Alert] {
			t.Errorf("Prometheus did not load %s", r.Alert)
		}
	}
	// Of what an alert compares, the left side has values.
	for _, r := range allRules(t) {
		names := metricsOf(r.Expr)
		if slices.ContainsFunc(names, func(name string) bool { return elsewhere[name] != "" }) {
			continue
		}
		for _, name := range names {
			if got, err := c.query(t, "count("+name+")"); err != nil || len(got) == 0 {
				t.Errorf("%s: no value of %s: %v", r.Alert, name, err)
			}
		}
	}
}

// TestPagesShowTheConfiguration: the page has the configuration that Prometheus ran with here.
func TestPagesShowTheConfiguration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../manifests/dashboards/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```yaml\n"+string(text)+"```\n") {
		t.Error("manifests/dashboards/README.md does not show testdata/prometheus.yml as it is")
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// discovery is how Prometheus is usually told to find pods by their annotations.
const discovery = `global: {scrape_interval: 2s}
scrape_configs:
- job_name: pods
  kubernetes_sd_configs: [{role: pod, kubeconfig_file: %s}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
  - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path], action: replace, target_label: __metrics_path__, regex: (.+)}
  - {source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port], action: replace, regex: "([^:]+)(?::\\d+)?;(\\d+)", replacement: "$1:$2", target_label: __address__}
  - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
  - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
`

// prometheus is the address of one that runs.
type prometheus string

// startPrometheus runs Prometheus until the test ends.
func startPrometheus(t *testing.T) prometheus {
	t.Helper()
	port, err := running.Port()
	if err != nil {
		t.Fatal(err)
	}
	at := "127.0.0.1:" + port
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, discovery, running.Kubeconfig()), 0o644); err != nil {
		t.Fatal(err)
	}
	end, err := running.Run(t.Context(), controlplane.Prometheus+"-"+port, given.Monitors[controlplane.Prometheus], nil, func() bool {
		_, err := get("http://" + at + "/-/ready")
		return err == nil
	}, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	return prometheus(at)
}

// scraped are the number of samples and the names of the metrics that Prometheus has of a pod.
func (at prometheus) scraped(query string) (names map[string]bool, samples int, err error) {
	data, err := get("http://" + string(at) + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		return nil, 0, err
	}
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, 0, err
	}
	names = map[string]bool{}
	for _, r := range answer.Data.Result {
		// Prometheus adds these to each target, whatever it answers.
		if name := r.Metric["__name__"]; name != "up" && !strings.HasPrefix(name, "scrape_") {
			names[name] = true
			samples++
		}
	}
	return names, samples, nil
}

// collected waits until Prometheus has samples of the pod, and keeps one scrape if asked to.
func (at prometheus) collected(t *testing.T, version string, pod corev1.Pod, what string) {
	t.Helper()
	query := fmt.Sprintf(`{namespace=%q, pod=%q}`, pod.Namespace, pod.Name)
	for start := time.Now(); ; time.Sleep(time.Second) {
		names, samples, err := at.scraped(query)
		if samples > 0 {
			t.Logf("%s: %d samples of %d metrics", what, samples, len(names))
			break
		}
		if time.Since(start) > 2*time.Minute {
			targets, _ := get("http://" + string(at) + "/api/v1/targets?state=active") // only a message
			t.Errorf("%s: no samples: %v; annotations %v; targets %s", what, err, pod.Annotations, last(string(targets)))
			return
		}
	}
	if os.Getenv(keepEnv) == "" {
		return
	}
	data, err := get("http://" + pod.Status.PodIP + ":" + pod.Annotations["prometheus.io/port"] + pod.Annotations["prometheus.io/path"])
	if err != nil {
		t.Fatal(err)
	}
	keepFile(t, filepath.Join("testdata", "scrapes", version, what+".txt"), data)
}

// TestPrometheusCollectsFromDrivers runs Prometheus with the usual discovery by annotations. TestServers does the same for masters and workers.
func TestPrometheusCollectsFromDrivers(t *testing.T) {
	onNode(t)
	t.Parallel()
	withWebhook(t, true)
	prometheus := startPrometheus(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			for _, profile := range []string{"safe", "standard"} {
				if profile == "safe" && line(version) == "s35" {
					continue // a driver has no endpoint to announce, as the table of profiles says: SPK-M023
				}
				t.Run("driver under "+profile, func(t *testing.T) {
					t.Parallel()
					namespace := "metrics-" + profile + "-" + line(version)
					makeNamespace(t, namespace, nil, map[string]string{rule.Prefix + "profile": profile})
					driver := stays(t, job{version: version, namespace: namespace, name: "stay", app: "local:///opt/jobs/stay.py"})
					prometheus.collected(t, version, driver, "driver-"+profile)
				})
			}
		})
	}
}

package monitoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

const scrapes = "../e2e/testdata/scrapes"

// target is what one pod answers at a path. later, if there is one, was answered some time after scrape.
type target struct{ pod, job, path, scrape, later string }

// targets are the endpoints of pods whose scrapes are kept. The file's name says which.
func targets(t *testing.T) (out []target) {
	t.Helper()
	files, err := filepath.Glob(scrapes + "/*/*.txt")
	if err != nil || len(files) < 11 {
		t.Fatalf("%d scrapes: %v", len(files), err)
	}
	for _, file := range files {
		version, name := filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".txt")
		if strings.HasSuffix(name, "-later") {
			continue
		}
		one := target{pod: name + "-" + version, job: "spark", path: "/metrics/executors/prometheus", scrape: file}
		switch name {
		case "master", "worker":
			one.path = "/metrics/prometheus/"
		case "driver-own":
			one.job, one.path = "spark-drivers", "/metrics/prometheus/"
		case "driver-own-executors": // the other endpoint of the same pod
			one.pod = "driver-own-" + version
		}
		if later := strings.TrimSuffix(file, ".txt") + "-later.txt"; slices.Contains(files, later) {
			one.later = later
		}
		out = append(out, one)
	}
	return out
}

// collector is a running Prometheus.
type collector struct{ address string }

// start runs Prometheus with the configuration that the pages show. Of it only the discovery is replaced: the kept scrapes and the webhook
// are its pods, with the labels that discovery in Kubernetes gives them.
func start(t *testing.T) (c *collector, pods int) {
	t.Helper()
	statics := map[string][]any{}
	for _, one := range targets(t) {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != one.path {
				http.NotFound(w, r)
				return
			}
			file := one.scrape
			if asked.Add(1) > 2 && one.later != "" {
				file = one.later
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Write(text)
		}))
		t.Cleanup(server.Close)
		statics[one.job] = append(statics[one.job], discovered(server.URL, one.pod, one.path))
	}
	web := httptest.NewServer(askedWebhook(t))
	t.Cleanup(web.Close)
	statics["spark"] = append(statics["spark"], discovered(web.URL, "spark-webhook-1", "/metrics"))

	config := configured(t, statics)
	for _, job := range []string{"spark", "spark-drivers"} {
		if len(statics[job]) == 0 {
			t.Fatalf("no target of job %s", job)
		}
	}
	_, rules := ruleFiles(t)
	var absolute []string
	for _, file := range rules {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		absolute = append(absolute, path)
	}
	config["rule_files"] = absolute
	return collecting(t, config), len(statics["spark"]) + len(statics["spark-drivers"])
}

// configured is the configuration that the pages show. Of it only the discovery is replaced, by targets of each job.
func configured(t *testing.T, statics map[string][]any) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	config["global"] = map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"}
	for _, c := range config["scrape_configs"].([]any) {
		job := c.(map[string]any)
		delete(job, "kubernetes_sd_configs")
		job["static_configs"] = statics[job["job_name"].(string)]
	}
	return config
}

// collecting starts Prometheus with a configuration.
func collecting(t *testing.T, config map[string]any) *collector {
	t.Helper()
	text, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return run(t, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"))
}

// discovered is a target with the labels that Prometheus' discovery gives to a pod with annotations and a port spark-ui.
func discovered(address, pod, path string) map[string]any {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	_, port, _ := net.SplitHostPort(u.Host)
	return map[string]any{"targets": []string{u.Host}, "labels": map[string]string{
		"__meta_kubernetes_namespace": "lab", "__meta_kubernetes_pod_name": pod, "__meta_kubernetes_pod_container_port_name": "spark-ui",
		"__meta_kubernetes_pod_annotation_prometheus_io_scrape": "true", "__meta_kubernetes_pod_annotation_prometheus_io_port": port,
		"__meta_kubernetes_pod_annotation_prometheus_io_path": path,
	}}
}

// run starts Prometheus on a free port and waits until it is ready.
func run(t *testing.T, args ...string) *collector {
	t.Helper()
	var said bytes.Buffer
	for range 3 { // another process may take the port in between
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := &collector{l.Addr().String()}
		l.Close()
		cmd := exec.Command(program(t, controlplane.Prometheus), append(args, "--web.listen-address="+c.address)...)
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		stop := func() {
			cmd.Process.Signal(os.Interrupt)
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				cmd.Process.Kill()
				<-ended
			}
		}
		for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(100 * time.Millisecond) {
			if answer, err := http.Get("http://" + c.address + "/-/ready"); err == nil {
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					t.Cleanup(stop)
					return c
				}
			}
			select {
			case <-ended:
			default:
				continue
			}
			break
		}
		stop()
	}
	t.Fatalf("Prometheus does not start:\n%s", said.String())
	return nil
}

// get asks the HTTP API, and gives what stands in data.
func (c *collector) get(t *testing.T, path string, query url.Values, into any) error {
	t.Helper()
	answer, err := http.Get("http://" + c.address + path + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body struct {
		Error string
		Data  json.RawMessage
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if body.Error != "" {
		return fmt.Errorf("%s", body.Error)
	}
	return json.Unmarshal(body.Data, into)
}

// sample is one series of an answer.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

// number is the sample's value.
func (s sample) number() float64 {
	text, _ := s.Value[1].(string)
	n, _ := strconv.ParseFloat(text, 64) // Prometheus' own text
	return n
}

// query evaluates an expression at this moment.
func (c *collector) query(t *testing.T, expr string) ([]sample, error) {
	t.Helper()
	var out struct{ Result []sample }
	err := c.get(t, "/api/v1/query", url.Values{"query": {expr}}, &out)
	return out.Result, err
}

// scraped waits until each target was scraped without an error often enough for a rate.
func (c *collector) scraped(t *testing.T, jobs int) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		up, err := c.query(t, "sum_over_time(up[1m]) >= 4")
		if err != nil {
			t.Fatal(err)
		}
		if len(up) == jobs {
			return
		}
		if time.Since(start) > 2*time.Minute {
			var active struct {
				ActiveTargets []struct{ ScrapeURL, LastError string }
			}
			err := c.get(t, "/api/v1/targets", url.Values{"state": {"active"}}, &active)
			t.Fatalf("%d of %d targets were scraped: %+v %v", len(up), jobs, active, err)
		}
	}
}

// askedWebhook are the metrics of a webhook that was asked about pods of several kinds, before and between scrapes.
func askedWebhook(t *testing.T) http.Handler {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	metrics := webhook.NewMetrics(set)
	metrics.WatchCertificate(func() time.Time { return time.Now().Add(7 * 24 * time.Hour) })
	metrics.WatchSettings(func() error { return nil })
	metrics.WatchLimits(func() bool { return true })
	quiet := slog.New(slog.DiscardHandler)
	handlers := []http.Handler{
		webhook.NewHandler(webhook.HandlerOptions{Set: set, Metrics: metrics, Log: quiet}),
		webhook.NewHandler(webhook.HandlerOptions{Set: set, Metrics: metrics, Log: quiet, Settings: settings.Settings{Shadow: true}}),
	}
	captured, err := fixtures.All()
	if err != nil || len(captured) < 8 {
		t.Fatalf("%d captured reviews: %v", len(captured), err)
	}
	reviews := [][]byte{[]byte("not a review")}
	for _, f := range captured[:8] {
		reviews = append(reviews, f.Review)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, review := range reviews {
			for _, handler := range handlers {
				ask := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(review))
				ask.Header.Set("Content-Type", "application/json")
				handler.ServeHTTP(httptest.NewRecorder(), ask)
			}
		}
		metrics.Handler().ServeHTTP(w, r)
	})
}

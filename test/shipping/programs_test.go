package shipping

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

var built struct {
	once  sync.Once
	paths map[string]string
	err   error
}

// program is the path of the Collector or of Loki, which the first test builds.
func program(t *testing.T, name string) string {
	t.Helper()
	built.once.Do(func() { built.paths, built.err = controlplane.Logging(context.Background(), os.Stderr) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.paths[name]
}

// process is a running program.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	ended chan struct{}
}

func launch(t *testing.T, env []string, path string, args ...string) *process {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(path)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, args...), log: log, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = t.TempDir(), log, log, append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the test ends it
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop(t)
		log.Close()
	})
	return p
}

// stop ends the program as the kubelet ends a container: it may finish its work.
func (p *process) stop(t *testing.T) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Errorf("%s does not end when asked", p.cmd.Path)
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// said is the end of what the program has logged.
func (p *process) said() string {
	data, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}

// ready waits until the program answers 200, or has ended.
func (p *process) ready(address string) bool {
	for start := time.Now(); time.Since(start) < 2*time.Minute; time.Sleep(100 * time.Millisecond) {
		if answer, err := http.Get(address); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-p.ended:
			return false
		default:
		}
	}
	return false
}

// values are those of a file for Helm.
func values(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(manifests, file))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}

// moved is a configuration as YAML, with addresses and folders of this machine: pairs of what stands there, and what shall. Each must stand
// there.
func moved(t *testing.T, config any, pairs ...string) string {
	t.Helper()
	out, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the configuration has no %s:\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// collect starts the Collector.
func collect(t *testing.T, config string, env ...string) *process {
	t.Helper()
	return launch(t, env, program(t, controlplane.Otelcol), "--config="+config)
}

// store is Loki behind an address that does not change. Before it has started the address answers 503.
type store struct {
	address string
	loki    atomic.Pointer[url.URL]
}

func newStore(t *testing.T) *store {
	s := &store{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := s.loki.Load()
		if to == nil {
			http.Error(w, "not started", http.StatusServiceUnavailable)
			return
		}
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.address = front.URL
	return s
}

// start runs Loki with the settings of loki-values.yaml, as the chart writes them, in a folder of the test's.
func (s *store) start(t *testing.T) {
	t.Helper()
	own := values(t, "loki-values.yaml")["loki"].(map[string]any)
	for range 3 { // another process may take a port in between
		dir := t.TempDir()
		web, rpc := freePort(t), freePort(t)
		server := own["server"].(map[string]any)
		maps.Copy(server, map[string]any{"http_listen_address": "127.0.0.1", "http_listen_port": web, "grpc_listen_address": "127.0.0.1", "grpc_listen_port": rpc, "log_level": "warn"})
		config := map[string]any{
			"auth_enabled": own["auth_enabled"], "limits_config": own["limits_config"], "schema_config": own["schemaConfig"],
			"compactor": map[string]any{"retention_enabled": true, "delete_request_store": own["storage"].(map[string]any)["type"], "working_directory": dir},
			"server":    server,
			"common": map[string]any{"path_prefix": dir, "replication_factor": 1, "instance_addr": "127.0.0.1", "ring": map[string]any{"kvstore": map[string]any{"store": "inmemory"}},
				"storage": map[string]any{"filesystem": map[string]any{"chunks_directory": filepath.Join(dir, "chunks"), "rules_directory": filepath.Join(dir, "rules")}}},
			"analytics": map[string]any{"reporting_enabled": false},
		}
		p := launch(t, nil, program(t, controlplane.Loki), "-config.file="+write(t, "loki.yaml", moved(t, config)))
		address := "http://127.0.0.1:" + strconv.Itoa(web)
		if p.ready(address + "/ready") {
			to, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			s.loki.Store(to)
			return
		}
		t.Logf("Loki does not start:\n%s", p.said())
	}
	t.Fatal("Loki does not start")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// kept is a line that Loki holds.
type kept struct {
	at     int64 // nanoseconds
	text   string
	labels map[string]string
}

// lines asks Loki for every line of a query, page by page.
func (s *store) lines(t *testing.T, query string) (all []kept) {
	t.Helper()
	const page = 2000 // Loki's limit is 5000
	from, repeated := time.Now().Add(-time.Hour).UnixNano(), 0
	for {
		values := url.Values{"query": {query}, "direction": {"forward"}, "limit": {strconv.Itoa(page)}, "start": {strconv.FormatInt(from, 10)}, "end": {strconv.FormatInt(time.Now().Add(time.Minute).UnixNano(), 10)}}
		answer, err := http.Get(s.address + "/loki/api/v1/query_range?" + values.Encode())
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(answer.Body); err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", answer.Status, &body)
		}
		var out struct {
			Data struct {
				Result []struct {
					Stream map[string]string
					Values [][2]string
				}
			}
		}
		if err := json.Unmarshal(body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		var got []kept
		for _, stream := range out.Data.Result {
			for _, v := range stream.Values {
				at, err := strconv.ParseInt(v[0], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, kept{at, v[1], stream.Stream})
			}
		}
		inOrder(got)
		if repeated > len(got) {
			t.Fatalf("a page begins with %d lines, not with the %d that were seen at this time", len(got), repeated)
		}
		all = append(all, got[repeated:]...)
		if len(got) < page {
			return all
		}
		from, repeated = got[len(got)-1].at, 0
		for _, k := range got {
			if k.at == from {
				repeated++
			}
		}
	}
}

// count asks Loki how many lines it holds, cheaper than lines.
func (s *store) count(t *testing.T, query string) int {
	t.Helper()
	answer, err := http.Get(s.address + "/loki/api/v1/query?" + url.Values{"query": {fmt.Sprintf("sum(count_over_time(%s[1h]))", query)}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var out struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	if len(out.Data.Result) == 0 {
		return 0
	}
	n, err := strconv.Atoi(fmt.Sprint(out.Data.Result[0].Value[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// settled waits until Loki holds as many lines as wanted, or no more arrive for longer than the Collector waits between two attempts.
func (s *store) settled(t *testing.T, query string, want int) {
	t.Helper()
	last, since := -1, time.Now()
	for time.Since(since) < time.Minute {
		switch n := s.count(t, query); {
		case n == want:
			return
		case n != last:
			last, since = n, time.Now()
		}
		time.Sleep(300 * time.Millisecond)
	}
}

package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheServersPagesAndLog: health and both registries' metrics are on the plain port, and what controller-runtime logs is
// among the server's own lines.
func TestTheServersPagesAndLog(t *testing.T) {
	path, err := buildServer()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cp := shared.Get(t)
	for from, to := range map[string]string{"apiserver.crt": "tls.crt", "apiserver.key": "tls.key", "ca.crt": "ca.crt"} {
		text, err := os.ReadFile(filepath.Join(cp.Dir(), from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &replica{address: freeAddress(t), metrics: freeAddress(t), log: &lockedBuffer{}}
	r.cmd = exec.Command(path, "--cluster=false", "--cert-dir="+dir, "--listen="+r.address, "--metrics-listen="+r.metrics)
	r.cmd.Stderr = r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill(); _ = r.cmd.Wait() }) // it serves until then
	r.waitReady(t)
	page := func(name string) string {
		answer, err := http.Get("http://" + r.metrics + name)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %v", name, answer.Status, err)
		}
		return string(text)
	}
	page("/healthz")
	metrics := page("/metrics")
	for _, name := range []string{"kubectl_spark_webhook_in_flight ", "controller_runtime_webhook_requests_in_flight", "certwatcher_read_certificate_total"} {
		if !strings.Contains(metrics, name) {
			t.Errorf("no %s among the metrics", name)
		}
	}
	within(t, 30*time.Second, "the line of controller-runtime's certificate watcher is in the log", func() bool {
		return strings.Contains(r.log.String(), "Starting certificate poll+watcher")
	})
	for line := range strings.SplitSeq(strings.TrimSpace(r.log.String()), "\n") {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level == "" || entry.Msg == "" {
			t.Errorf("a line that is not the server's own: %s", line)
		}
	}
}

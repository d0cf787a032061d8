package jvmstart

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

const dashboardsPage = "../../manifests/dashboards/README.md"

// TestExecutorsOfThePageAreScraped: with the settings that the page has for them, a real executor answers with its own metrics.
func TestExecutorsOfThePageAreScraped(t *testing.T) {
	page, err := os.ReadFile(dashboardsPage)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```\n(spark\\.executor\\.extraJavaOptions=-javaagent:.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no settings for executors")
	}
	home := distribution.Tried(t)["4.3.0"]
	jar, err := distribution.JMXExporter(t.Context(), home, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	home = filepath.Join(home, "deps")
	port, folder := free(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	settings := strings.NewReplacer("/opt/jmx/jmx_prometheus_javaagent.jar=9404:", jar+"="+port+":", "/opt/jmx/config.yaml", filepath.Join(folder, "config.yaml")).Replace(string(block[1]))
	args, path := append(opens(home), "-Dspark.driver.host=127.0.0.1"), ""
	for line := range strings.Lines(settings) {
		line = strings.TrimSpace(line)
		if args = append(args, "-D"+line); strings.HasPrefix(line, "spark.kubernetes.executor.annotation.prometheus.io/path=") {
			_, path, _ = strings.Cut(line, "=")
		}
	}
	small := []string{"SPARK_DAEMON_MEMORY=256m", "SPARK_MASTER_OPTS=-Dspark.master.rest.enabled=false"}
	master := serve(t, home, small, "Starting Spark master at ", spark.ClassMaster, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
	serve(t, home, small, "Successfully registered with master ", spark.ClassWorker, "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", folder, master)
	cmd := exec.CommandContext(t.Context(), "java", append(args, "Hold.java", master)...)
	cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, 10*time.Second
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = input.Close() // it ends its executor and itself
		_ = cmd.Wait()
	}
	defer end()
	wanted := regexp.MustCompile(`(?m)^metrics_spark_0_executor_runTime_Count\{[^}]*\} [1-9]`)
	var text []byte
	for until := time.Now().Add(4 * time.Minute); !wanted.Match(text) || !bytes.Contains(text, []byte("\njvm_memory_used_bytes{")); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(until) {
			end()
			t.Fatalf("%s\n%s", text, &said)
		}
		if answer, err := http.Get("http://127.0.0.1:" + port + path); err == nil {
			text, _ = io.ReadAll(answer.Body)
			_ = answer.Body.Close()
		}
	}
}

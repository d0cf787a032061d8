package monitoring

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

const metricsExample = "../../examples/metrics"

// own is a metric that the page of the example names: of which application, and whether its value is above 0 after some batches.
type own struct {
	name, of string
	positive bool
}

// ownMetrics are those of the page's table.
func ownMetrics(t *testing.T, page string) (all []own) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?m)^\\| `(metrics_[A-Za-z0-9_]+)` \\| (\\S+) \\| (.*) \\|$").FindAllStringSubmatch(page, -1) {
		all = append(all, own{m[1], m[2], !strings.Contains(m[3], "; 0 without one")})
	}
	if len(all) != strings.Count(page, "`metrics_") {
		t.Fatalf("the page names other metrics than %v", all)
	}
	return all
}

// TestMetricsOfAnApplicationReachPrometheus runs the commands of the page on real Spark, both applications at a time, and a real Prometheus
// with the configuration that the pages show, until it has each metric that the page names, with a value.
func TestMetricsOfAnApplicationReachPrometheus(t *testing.T) {
	text, err := os.ReadFile(metricsExample + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	wanted := ownMetrics(t, page)
	for version, home := range distribution.Tried(t) {
		t.Run(version, func(t *testing.T) {
			started := time.Now()
			scala, python := submitted(t, home, page, "Orders.scala", "orders.jar"), submitted(t, home, page, "orders.py", "orders.py")
			var targets []any
			for of, log := range map[string]string{"Orders.scala": scala, "orders.py": python} {
				targets = append(targets, discovered("http://127.0.0.1:"+webPort(t, log), of, "/metrics/prometheus/"))
			}
			c := collecting(t, configured(t, map[string][]any{"spark-drivers": targets}))
			t.Logf("both applications and Prometheus run after %v", time.Since(started))
			for _, of := range []string{"Orders.scala", "orders.py"} {
				for _, m := range wanted {
					if m.of == of || m.of == "both" {
						c.has(t, m, of, map[string]string{"Orders.scala": scala, "orders.py": python}[of])
					}
				}
			}
			if twice, err := c.query(t, `{__name__=~"metrics_.+_Number"}`); err != nil || len(twice) > 0 {
				t.Errorf("%d gauges are there twice: %v", len(twice), err)
			}
			t.Logf("every metric is in Prometheus after %v", time.Since(started))
		})
	}
}

// has waits until Prometheus has a metric of an application.
func (c *collector) has(t *testing.T, m own, of, log string) {
	t.Helper()
	for end := time.Now().Add(4 * time.Minute); ; time.Sleep(300 * time.Millisecond) {
		found, err := c.query(t, m.name+`{pod="`+of+`",namespace="lab"}`)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 && (found[0].number() > 0 || !m.positive) {
			return
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(log)
			t.Fatalf("%s of %s: %v\n%s", m.name, of, found, said[max(0, len(said)-4000):])
		}
	}
}

// submitted runs the commands of the page for an application until the one that stays, and says where its output is. The test's end ends it.
// The commands are run as they are, in a folder with the example, whose settings also say what is of this machine.
func submitted(t *testing.T, home, page, source, application string) (log string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples", "metrics"), os.DirFS(metricsExample)); err != nil {
		t.Fatal(err)
	}
	settings, err := os.OpenFile(filepath.Join(dir, "examples", "metrics", "metrics.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = settings.WriteString("\nspark.master local[1]\nspark.driver.memory 600m\nspark.driver.host 127.0.0.1\nspark.ui.port 0\nspark.local.dir " + dir + "\nspark.sql.streaming.checkpointLocation " + dir + "/checkpoints\n")
	if err := errors.Join(err, settings.Close()); err != nil {
		t.Fatal(err)
	}
	py4j, err := filepath.Glob(filepath.Join(home, "lib", "py4j-*.zip"))
	if err != nil || len(py4j) != 1 {
		t.Fatal(py4j, err)
	}
	spark := filepath.Join(home, "deps")
	env := append(os.Environ(), "SPARK_HOME="+spark, "PATH="+filepath.Join(spark, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "SPARK_LOCAL_IP=127.0.0.1",
		"PYTHONPATH="+home+string(os.PathListSeparator)+py4j[0], "JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -Djava.io.tmpdir="+dir)
	said, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = said.Close() })
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		stays := strings.HasPrefix(line, "spark-submit ") && strings.HasSuffix(line, application)
		if !stays && (!strings.HasPrefix(line, "java ") || !strings.HasSuffix(line, source)) {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec "+line)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, said, said
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 10 * time.Second
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if stays {
			t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test's context ends it
			return said.Name()
		}
		if err := cmd.Wait(); err != nil {
			text, _ := os.ReadFile(said.Name())
			t.Fatalf("%s: %v\n%s", line, err, text)
		}
	}
	t.Fatalf("the page has no command for %s", application)
	return ""
}

var bound = regexp.MustCompile(`service 'SparkUI' on port (\d+)`)

// webPort waits until an application's web UI answers, and gives its port.
func webPort(t *testing.T, log string) string {
	t.Helper()
	for end := time.Now().Add(4 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if m := bound.FindSubmatch(text); m != nil {
			if answer, err := http.Get("http://127.0.0.1:" + string(m[1]) + "/metrics/prometheus/"); err == nil {
				_ = answer.Body.Close()
				return string(m[1])
			}
		}
		if time.Now().After(end) {
			t.Fatalf("no web UI:\n%s", text)
		}
	}
}

package shipping

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// seen are lines of real executors' logs, once a test has run some.
var seen []string

// executorLines are the lines of a real executor's log.
func executorLines(t *testing.T) []string {
	t.Helper()
	if seen == nil {
		home := distribution.Tried(t)[distribution.Always[len(distribution.Always)-1]]
		work(t, filepath.Join(home, "deps"), t.TempDir())
	}
	return seen
}

// work runs an application with two executors of a worker, whose folder lies in the given one.
func work(t *testing.T, home, folder string) {
	t.Helper()
	own := t.TempDir()
	for name, to := range map[string]string{"work": folder, "jars": filepath.Join(home, "jars"), "bin": filepath.Join(home, "bin")} {
		if err := os.Symlink(to, filepath.Join(own, name)); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-XX:TieredStopAtLevel=1", "-Xmx512m", "-cp", filepath.Join(home, "jars", "*"), "-Dspark.driver.host=127.0.0.1"}
	for _, open := range []string{"java.lang", "java.lang.invoke", "java.io", "java.net", "java.nio", "java.util", "java.util.concurrent", "sun.nio.ch", "sun.security.action"} {
		args = append(args, "--add-opens=java.base/"+open+"=ALL-UNNAMED")
	}
	cmd := exec.CommandContext(t.Context(), "java", append(args, "Two.java")...)
	cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1", "SPARK_HOME="+own, "SPARK_SCALA_VERSION=2.13")
	var said bytes.Buffer
	cmd.Stderr = &said
	if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "2" {
		t.Fatalf("%v, executors: %s\n%s", err, out, &said)
	}
	for id, lines := range executors(t, folder) {
		if strings.HasSuffix(id, "/stderr") {
			seen = append(seen, lines...)
		}
	}
}

// executors are the lines in a worker's folder: by application, executor and stream, of all files of the stream.
func executors(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "app-*", "*", "std*"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stream, _, _ := strings.Cut(filepath.Base(file), "--")
		rel, err := filepath.Rel(folder, filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(data)) {
			out[filepath.Join(rel, stream)] = append(out[filepath.Join(rel, stream)], strings.TrimSuffix(l, "\n"))
		}
	}
	return out
}

// sidecar is the configuration of the sidecar for a worker's folder, changed by the pairs.
func sidecar(t *testing.T, folder string, pairs ...string) (config string) {
	t.Helper()
	return write(t, "collector.yaml", moved(t, values(t, filepath.Join("worker", "collector.yaml")), append([]string{"/spark-work/", folder + "/", "/state", t.TempDir()}, pairs...)...))
}

// TestEveryLineOfAWorkersFilesArrives runs real executors, whose files their worker rotates, beside the sidecar, which ends two seconds after
// them. A second sidecar, with the Collector's own size of fingerprints, takes the logs of the two executors for one.
func TestEveryLineOfAWorkersFilesArrives(t *testing.T) {
	asked(t)
	for version, home := range distribution.Tried(t) {
		t.Run(version, func(t *testing.T) {
			folder, s := t.TempDir(), newStore(t)
			s.start(t)
			env := func(pod string) []string { return []string{"LOKI=" + s.address, "NAMESPACE=payments", "POD=" + pod} }
			collector := collect(t, sidecar(t, folder), env("worker-0")...)
			narrow := collect(t, sidecar(t, folder, "fingerprint_size: 16KiB", "fingerprint_size: 1000"), env("narrow")...)
			work(t, filepath.Join(home, "deps"), folder)
			time.Sleep(2 * time.Second) // as its preStop does
			collector.stop(t)
			narrow.stop(t)

			want := executors(t, folder)
			total, rotated := 0, 0
			for id, lines := range want {
				want[id] = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
				total += len(want[id])
			}
			if files, err := filepath.Glob(filepath.Join(folder, "app-*", "*", "*--*")); err == nil {
				rotated = len(files)
			}
			t.Logf("%d lines, %d rotated files", total, rotated)
			if len(want) < 4 || rotated < 4 {
				t.Fatalf("%d logs of two executors, %d rotated files", len(want), rotated)
			}
			s.settled(t, `{k8s_pod_name="worker-0"}`, total)
			got := arrived(t, s, `{k8s_pod_name="worker-0"}`)
			for id, lines := range want {
				slices.Sort(lines)
				slices.Sort(got[id])
				if !slices.Equal(lines, got[id]) {
					t.Errorf("%s: %d lines, Loki has %d", id, len(lines), len(got[id]))
				}
			}
			if t.Failed() {
				t.Logf("the sidecar's log:\n%s", collector.said())
			}
			stderr := 0
			for id := range arrived(t, s, `{k8s_pod_name="narrow"}`) {
				if strings.HasSuffix(id, "/stderr") {
					stderr++
				}
			}
			if stderr != 1 {
				t.Errorf("with fingerprints of 1000 bytes %d logs arrive: is the setting of collector.yaml of use?", stderr)
			}
		})
	}
}

// arrived are the lines of a query, by application, executor and stream.
func arrived(t *testing.T, s *store, query string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, k := range s.lines(t, query) {
		id := filepath.Join(k.labels["application"], k.labels["executor"], k.labels["stream"])
		out[id] = append(out[id], k.text)
	}
	return out
}

package jvmstart

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// TestTheHistoryServerOfFixIsScraped: the real server starts with the real JMX exporter as fix of SPK-M030 adds it, and answers at the port
// and path that fix announces.
func TestTheHistoryServerOfFixIsScraped(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		jar, err := distribution.JMXExporter(t.Context(), filepath.Dir(home), t.Output())
		if err != nil {
			t.Fatal(err)
		}
		const known = "/opt/jmx/jmx_prometheus_javaagent.jar" // where the image is said to have it
		raw := `{"metadata":{"labels":{"app":"history"},"annotations":{"kubectl-spark.io/image":"{java: 17, entrypoint: spark, jmxExporter: ` + known + `}"}},"spec":{"containers":[` +
			`{"name":"history","image":"example.org/spark:` + version + `","command":["/opt/spark/bin/spark-class"],"args":["` + spark.ClassHistory + `"]}]}}`
		set, in := subject(t, raw)
		in.Only = []string{"SPK-M030"}
		out, err := set.Fix(in)
		if err != nil {
			t.Fatal(err)
		}
		after, err := patchjson.Apply([]byte(raw), out.Ops)
		if err != nil {
			t.Fatal(err)
		}
		var pod corev1.PodTemplateSpec
		if err := utiljson.Unmarshal(after, &pod); err != nil {
			t.Fatal(err)
		}
		// What the kubelet does: a file with the annotation, where it is mounted.
		volumes, mounts := pod.Spec.Volumes, pod.Spec.Containers[0].VolumeMounts
		if len(volumes) != 1 || len(mounts) != 1 || volumes[0].DownwardAPI == nil || len(volumes[0].DownwardAPI.Items) != 1 {
			t.Fatalf("volumes %v, mounts %v: %+v", volumes, mounts, out.Findings)
		}
		item, folder := volumes[0].DownwardAPI.Items[0], t.TempDir()
		key := regexp.MustCompile(`^metadata\.annotations\['(.+)'\]$`).FindStringSubmatch(item.FieldRef.FieldPath)
		if key == nil || pod.Annotations[key[1]] == "" {
			t.Fatalf("%s of %v", item.FieldRef.FieldPath, pod.Annotations)
		}
		if err := os.WriteFile(filepath.Join(folder, item.Path), []byte(pod.Annotations[key[1]]), 0o644); err != nil {
			t.Fatal(err)
		}
		port := free(t)
		env := []string{"SPARK_HISTORY_OPTS=-Dspark.history.ui.port=0 -Dspark.history.fs.logDirectory=" + t.TempDir()}
		for _, e := range pod.Spec.Containers[0].Env { // the folders and the port are of this machine
			env = append(env, e.Name+"="+strings.NewReplacer(known, jar, mounts[0].MountPath, folder, "="+pod.Annotations["prometheus.io/port"]+":", "="+port+":").Replace(e.Value))
		}
		serve(t, home, env, "Bound HistoryServer to ", spark.ClassHistory)
		answer, err := http.Get("http://127.0.0.1:" + port + pod.Annotations["prometheus.io/path"])
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || pod.Annotations["prometheus.io/scrape"] != "true" {
			t.Fatalf("%v, %s, %v", err, answer.Status, pod.Annotations)
		}
		for _, name := range []string{`jvm_memory_used_bytes\{area="heap",?\}`, `java_lang_Memory_HeapMemoryUsage_used`, `jvm_gc_collection_seconds_count\{.*\}`, `jvm_threads_current`, `process_cpu_seconds_total`} {
			if m := regexp.MustCompile(`(?m)^` + name + ` (\S+)`).FindSubmatch(said); m == nil {
				t.Errorf("%s is missing in\n%s", name, said)
			} else if n, err := strconv.ParseFloat(string(m[1]), 64); err != nil || n <= 0 && !strings.Contains(name, "_gc_") {
				t.Errorf("%s is %s", name, m[1])
			}
		}
	})
}

// TestAnEmptyConfigurationEndsTheServer is why fix writes {} and not an empty file.
func TestAnEmptyConfigurationEndsTheServer(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		jar, err := distribution.JMXExporter(t.Context(), filepath.Dir(home), t.Output())
		if err != nil {
			t.Fatal(err)
		}
		if ok, said := start(t, home, map[string]string{"SPARK_DAEMON_JAVA_OPTS": "-javaagent:" + jar + "=" + free(t) + ":" + os.DevNull}, "spark-class", spark.ClassHistory, "--help"); ok || !strings.Contains(said, "JMX Exporter exiting") {
			t.Errorf("started %v\n%s", ok, said)
		}
	})
}

// free is a port that nobody has.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

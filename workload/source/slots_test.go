package source

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

var update = flag.Bool("update", false, "write goldens anew")

func open(t *testing.T, name string) *File {
	t.Helper()
	raw, err := fixtures.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(name, raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func all(t *testing.T) (names []string) {
	t.Helper()
	found, err := fixtures.Manifests("handmade", "faulty", "corrected")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found {
		names = append(names, m.Name)
	}
	return names
}

// TestSlotsOfEveryFixture pins who is found where: one line for a document, one for each slot.
func TestSlotsOfEveryFixture(t *testing.T) {
	var b strings.Builder
	for _, name := range all(t) {
		for _, d := range open(t, name).Docs {
			fmt.Fprintf(&b, "%s:%d %s %s/%s", name, d.Line, d.Kind, d.Namespace, d.Name)
			if d.Conf != nil {
				fmt.Fprintf(&b, " conf=%d", len(d.Conf))
			}
			b.WriteByte('\n')
			for i := range d.Slots {
				s := &d.Slots[i]
				state := "certain"
				switch {
				case s.Missing:
					state = "missing"
				case !s.Identity.Certain:
					state = s.Identity.Why
				}
				fmt.Fprintf(&b, "  %s %s %s at %q line %d container %d %s conf=%d\n",
					s.Role, s.Launcher, s.Version, s.At.Pointer(), d.LineOf(s.At), s.Identity.Container, state, len(s.Conf))
			}
		}
	}
	golden(t, "slots.golden", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what was found (-update writes it anew):\n%s", path, got)
	}
}

func TestFieldsOfAKubeflowApplicationWinOverItsSparkConf(t *testing.T) {
	f := open(t, "handmade/kubeflow-scala.yaml")
	d, lines := f.Docs[0], strings.Split(string(f.Raw), "\n")
	for key, want := range map[string]struct{ value, path string }{
		"spark.executor.memory":                                   {"4g", "/spec/executor/memory"},
		"spark.executor.memoryOverhead":                           {"1g", "/spec/executor/memoryOverhead"},
		"spark.kubernetes.executor.request.cores":                 {"1500m", "/spec/executor/coreRequest"},
		"spark.kubernetes.executor.limit.cores":                   {"2", "/spec/executor/coreLimit"},
		"spark.executor.cores":                                    {"2", "/spec/executor/cores"},
		"spark.executorEnv.ORDERS_REGION":                         {"north", "/spec/executor/envVars/ORDERS_REGION"},
		"spark.hadoop.fs.s3a.path.style.access":                   {"true", "/spec/hadoopConf/fs.s3a.path.style.access"},
		"spark.sql.shuffle.partitions":                            {"64", "/spec/sparkConf/spark.sql.shuffle.partitions"},
		"spark.kubernetes.driver.container.image":                 {"registry.example/team-a/orders:1.4.0", "/spec/image"},
		"spark.kubernetes.resource.type":                          {"java", "/spec/type"},
		"spark.driver.extraJavaOptions":                           {"-XX:+UseG1GC", "/spec/driver/javaOptions"},
		"spark.kubernetes.executor.label.team":                    {"a", "/spec/executor/labels/team"},
		"spark.executor.instances":                                {"3", "/spec/executor/instances"},
		"spark.kubernetes.container.image":                        {"registry.example/team-a/orders:1.4.0", "/spec/image"},
		"spark.kubernetes.authenticate.driver.serviceAccountName": {"spark", "/spec/driver/serviceAccount"},
	} {
		got, set := d.Conf[key]
		if !set || got.Value != want.value || pointer(got.Path) != want.path {
			t.Errorf("%s: got %+v, want %+v", key, got, want)
			continue
		}
		if line := lines[got.Line-1]; !strings.HasPrefix(strings.TrimSpace(line), got.Path[len(got.Path)-1]+":") {
			t.Errorf("%s: line %d is %q", key, got.Line, line)
		}
	}
}

func pointer(segments []string) string { return "/" + strings.Join(segments, "/") }

func TestDynamicAllocationOfKubeflowTracksShufflesUnlessToldOtherwise(t *testing.T) {
	d := open(t, "handmade/kubeflow-python.yaml").Docs[0]
	for key, want := range map[string]string{
		"spark.dynamicAllocation.enabled":                 "true",
		"spark.dynamicAllocation.maxExecutors":            "8",
		"spark.dynamicAllocation.shuffleTracking.enabled": "true",
		"spark.kubernetes.memoryOverheadFactor":           "0.4",
		"spark.kubernetes.resource.type":                  "python",
	} {
		if got, _ := d.Conf.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestApacheOperatorsDefaultsLoseAgainstTheUser(t *testing.T) {
	raw := `{"apiVersion":"spark.apache.org/v9","kind":"SparkApplication","metadata":{"name":"a"},"spec":{"sparkConf":{"spark.authenticate":"false"}}}`
	d, err := launcher.FromObject([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Conf["spark.authenticate"]; got.Value != "false" || len(got.Path) == 0 {
		t.Errorf("the user's own value was lost: %+v", got)
	}
	if got := d.Conf["spark.io.encryption.enabled"]; got.Value != "true" || len(got.Path) != 0 {
		t.Errorf("the operator's default is %+v", got)
	}
}

func TestArgumentsAreNoConfigurationBesideAPropertiesFile(t *testing.T) {
	docs := open(t, "handmade/servers.yaml").Docs
	if got, _ := docs[1].Slots[0].Conf.Get("spark.executor.instances"); got != "2" {
		t.Errorf("--conf=key=value was not read: %v", docs[1].Slots[0].Conf)
	}
	if driver := open(t, "handmade/native.yaml").Docs[0].Slots[0]; driver.Conf != nil {
		t.Errorf("a driver with a properties file has conf %v from its arguments", driver.Conf)
	}
}

func TestConfigMapPropertiesKnowTheirLine(t *testing.T) {
	f := open(t, "handmade/configmaps.yaml")
	got := f.Docs[1].Conf["spark.executor.memory"]
	if line := strings.Split(string(f.Raw), "\n")[got.Line-1]; !strings.Contains(line, "spark.executor.memory ") || pointer(got.Path) != "/data/spark-defaults.conf/spark.executor.memory" {
		t.Errorf("got %+v on line %q", got, line)
	}
}

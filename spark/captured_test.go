package spark

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// captured is a pod as an API server was asked to admit it, and what is known of how it was made.
type captured struct {
	dir    string
	pod    corev1.Pod
	expect struct {
		Role      Role              `json:"role"`
		Version   string            `json:"version"`
		Python    bool              `json:"python"`
		Conf      map[string]string `json:"conf"`
		MemoryMiB int64             `json:"memoryMiB"`
	}
}

func capturedPods(t *testing.T) []captured {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures, "native", "*", "*", "expect.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no captured pods: %v", err)
	}
	pods := make([]captured, len(paths))
	for i, path := range paths {
		c := &pods[i]
		c.dir = filepath.Dir(path)
		var review struct {
			Request struct {
				Object json.RawMessage `json:"object"`
			} `json:"request"`
		}
		readJSON(t, path, &c.expect)
		readJSON(t, filepath.Join(c.dir, "review.json"), &review)
		if err := json.Unmarshal(review.Request.Object, &c.pod); err != nil {
			t.Fatalf("%s: %v", c.dir, err)
		}
	}
	return pods
}

const fixtures = "../test/fixtures"

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// clientMode says that a captured pod's driver was made by no spark-submit in cluster mode.
func (c *captured) clientMode() bool {
	_, named := c.expect.Conf["spark.kubernetes.driver.pod.name"]
	return c.expect.Role == Executor && named
}

func TestPodMemoryEqualsCapturedPods(t *testing.T) {
	lines := map[string]bool{}
	for _, c := range capturedPods(t) {
		version, _ := ParseVersion(c.expect.Version)
		lines[version.Line()] = true
		in := MemoryInput{Version: version, Role: c.expect.Role, Python: c.expect.Python, ClusterMode: !c.clientMode(), Conf: Conf{}}
		for key, value := range c.expect.Conf {
			in.Conf[key] = Setting{Value: value}
		}
		got, err := PodMemory(in)
		if profile := c.pod.Labels["spark-exec-resourceprofile-id"]; profile != "" && profile != "0" {
			continue // no formula: see PodMemory
		}
		if err != nil || got.Total() != c.expect.MemoryMiB {
			t.Errorf("%s: %d MiB, %v, want %d (%+v)", c.dir, got.Total(), err, c.expect.MemoryMiB, got)
		}
		id := Identify(&c.pod.ObjectMeta, &c.pod.Spec)
		if id.Container < 0 {
			continue
		}
		limit := c.pod.Spec.Containers[id.Container].Resources.Limits.Memory().String()
		if limit != c.pod.Spec.Containers[id.Container].Resources.Requests.Memory().String() {
			t.Errorf("%s: request and limit differ", c.dir)
		}
		if mib, isMiB := strings.CutSuffix(limit, "Mi"); isMiB && mib != strconv.FormatInt(c.expect.MemoryMiB, 10) {
			t.Errorf("%s: limit %s, expected %d", c.dir, limit, c.expect.MemoryMiB)
		}
	}
	if len(lines) < 7 {
		t.Errorf("lines %v: want all seven", lines)
	}
}

func TestCapturedPodsAreKnownForCertain(t *testing.T) {
	for _, c := range capturedPods(t) {
		id := Identify(&c.pod.ObjectMeta, &c.pod.Spec)
		if id.Role != c.expect.Role || !id.Certain || id.Launcher != Native || id.Version.String() != c.expect.Version {
			t.Errorf("%s: got %+v", c.dir, id)
		}
		if id.Python != nil && *id.Python != c.expect.Python {
			t.Errorf("%s: Python %v, want %v", c.dir, *id.Python, c.expect.Python)
		}
	}
}

package helm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

const worker = `{"metadata":{"labels":{"helm.sh/chart":"spark-10.0.4","app.kubernetes.io/instance":"lab","app.kubernetes.io/component":"worker"}},
"spec":{"replicas":1,"template":{"metadata":{"labels":{"a":"b"},"annotations":{"kept":"1"}},"spec":{"securityContext":{"fsGroup":1001},"volumes":[{"name":"empty-dir","emptyDir":{}},{"name":"own","emptyDir":{}}],
"containers":[{"name":"side"},{"name":"spark-worker","env":[{"name":"SPARK_MODE","value":"worker"},{"name":"SPARK_WORKER_CORES","value":"4"},{"name":"SPARK_SSL_PROTOCOL","value":"TLSv1"},{"name":"TZ","value":"UTC"}],
"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"memory":"1Gi"}},"livenessProbe":{"httpGet":{"port":8081}}}]}}}}`

// TestEachPlaceHasItsValue makes one change at a time, and says what Helm must be told. Values of the chart: templates/statefulset-worker.yaml.
func TestEachPlaceHasItsValue(t *testing.T) {
	const pod, container = "/spec/template/spec/", "/spec/template/spec/containers/1/"
	for _, c := range []struct{ op, path, value, values, left string }{
		{"replace", "/spec/replicas", `3`, `{"worker":{"replicaCount":3}}`, ""},
		{"add", "/spec/template/metadata/annotations/new", `"2"`, `{"worker":{"podAnnotations":{"new":"2"}}}`, ""},
		{"remove", "/spec/template/metadata/annotations/kept", ``, `{"worker":{"podAnnotations":{"kept":null}}}`, ""},
		{"add", "/spec/template/metadata/labels/new", `"2"`, `{"worker":{"podLabels":{"new":"2"}}}`, ""},
		{"add", pod + "securityContext/runAsNonRoot", `true`, `{"worker":{"podSecurityContext":{"enabled":true,"runAsNonRoot":true}}}`, ""},
		{"add", pod + "terminationGracePeriodSeconds", `60`, `{"worker":{"terminationGracePeriodSeconds":60}}`, ""},
		{"add", pod + "volumes/-", `{"name":"gc","emptyDir":{}}`, `{"worker":{"extraVolumes":[{"emptyDir":{},"name":"own"},{"emptyDir":{},"name":"gc"}]}}`, ""},
		{"add", pod + "hostPID", `true`, `null`, pod + "hostPID"},
		{"remove", container + "resources/limits/cpu", ``, `{"worker":{"resources":{"limits":{"cpu":null,"memory":"1Gi"},"requests":{"memory":"1Gi"}}}}`, ""},
		{"add", container + "securityContext", `{"privileged":false}`, `{"worker":{"containerSecurityContext":{"enabled":true,"privileged":false}}}`, ""},
		{"add", container + "readinessProbe", `{"tcpSocket":{"port":8081}}`, `{"worker":{"customReadinessProbe":{"tcpSocket":{"port":8081}}}}`, ""},
		{"add", container + "env/-", `{"name":"SPARK_WORKER_MEMORY","value":"2g"}`, `{"worker":{"memoryLimit":"2g"}}`, ""},
		{"replace", container + "env/1/value", `"2"`, `{"worker":{"coreLimit":"2"}}`, ""},
		{"remove", container + "env/1", ``, `{"worker":{"coreLimit":""}}`, ""},
		{"replace", container + "env/2/value", `"TLSv1.3"`, `null`, "env SPARK_SSL_PROTOCOL"},
		{"remove", container + "env/3", ``, `{"worker":{"extraEnvVars":[]}}`, ""},
		{"add", container + "tty", `true`, `null`, container + "tty"},
		{"add", pod + "containers/0/tty", `true`, `null`, pod + "containers/0/tty"},
		{"add", "/metadata/annotations", `{"a":"b"}`, `null`, "/metadata/annotations"},
	} {
		got, err := Values("StatefulSet", []byte(worker), []patch.Op{{Op: c.op, Path: c.path, Value: json.RawMessage(c.value)}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(got.Values)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != c.values || strings.Join(got.Left, " ") != c.left || got.Release != "lab" || got.Chart != "spark-10.0.4" {
			t.Errorf("%s %s: %s, left %q, %s %s; want %s, left %q", c.op, c.path, text, got.Left, got.Release, got.Chart, c.values, c.left)
		}
	}
}

func TestOtherObjectsHaveNoValues(t *testing.T) {
	for _, c := range []struct{ kind, object, says string }{
		{"StatefulSet", strings.Replace(worker, "helm.sh/chart", "other", 1), "no chart made it"},
		{"StatefulSet", strings.Replace(worker, "spark-10", "spark-operator-2", 1), "the values of chart spark-operator-2.0.4 are not known"},
		{"StatefulSet", strings.Replace(worker, `:"worker"}},`, `:"history"}},`, 1), "are not known"},
		{"StatefulSet", strings.Replace(worker, "spark-worker", "w", 1), "are not known"},
		{"Deployment", worker, "are not known"},
		{"StatefulSet", `{"metadata":[]}`, "cannot unmarshal"},
	} {
		if got, err := Values(c.kind, []byte(c.object), nil); !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v, %v; want %q", c.object, got, err, c.says)
		}
	}
}

package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// secretWorker, secretDriver and secretConf hold secrets beside what fix and tune change.
const (
	secretWorker = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: spark-worker
  namespace: team-a
  uid: one
  annotations: {last: '{"env":[{"name":"API_TOKEN","value":"Ω1ab2cd3Ω"}]}'}
spec:
  serviceName: spark
  selector: {matchLabels: {app: w}}
  template:
    metadata: {labels: {app: w}}
    spec:
      containers:
      - name: worker
        image: apache/spark:4.1.1
        command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, "spark://m:7077"]
        args: [--token, "Ω1ab2cd3Ω"]
        env:
        - {name: DB_PASSWORD, value: "Ω1ab2cd3Ω"}
        - {name: SPARK_WORKER_MEMORY, value: 4g}
        - {name: SPARK_WORKER_OPTS, value: "-Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω"}
        resources: {requests: {memory: 2Gi, cpu: "1"}, limits: {memory: 2Gi, cpu: "1"}}
`
	secretDriver = `apiVersion: v1
kind: Pod
metadata:
  name: etl-driver
  namespace: team-a
  labels: {spark-role: driver, spark-app-selector: spark-1, spark-version: 4.1.1, spark-app-name: etl}
spec:
  containers:
  - name: spark-kubernetes-driver
    image: apache/spark:4.1.1
    args: [driver, --class, A, local:///a.jar]
    resources: {requests: {memory: 1408Mi, cpu: "1"}, limits: {memory: 1408Mi}}
    volumeMounts: [{name: spark-conf-volume-driver, mountPath: /opt/spark/conf}]
  volumes: [{name: spark-conf-volume-driver, configMap: {name: etl-conf}}]
status: {phase: Running}
`
	secretConf = `apiVersion: v1
kind: ConfigMap
metadata: {name: etl-conf, namespace: team-a}
data:
  spark.properties: |
    spark.app.id=spark-8
    spark.master=k8s://https://a
    spark.submit.deployMode=cluster
    spark.executor.memory=1g
    spark.executor.cores=4
    spark.memory.fraction=0.95
    spark.executor.memoryOverhead=1m
    spark.driver.extraJavaOptions=-Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω -XX:+UseConcMarkSweepGC -XX:MaxPermSize=1g
    spark.executor.extraJavaOptions=-Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω -XX:+UseConcMarkSweepGC -XX:MaxPermSize=1g
`
)

// secretCluster serves the three objects, and refuses all else.
func secretCluster(t *testing.T) (kubeconfigPath string) {
	t.Helper()
	object := func(text string) json.RawMessage {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	answers := map[string]string{
		"/apis/apps/v1/namespaces/team-a/statefulsets":  fmt.Sprintf(`{"kind":"StatefulSetList","apiVersion":"apps/v1","metadata":{},"items":[%s]}`, object(secretWorker)),
		"/api/v1/namespaces/team-a/pods":                fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[%s]}`, object(secretDriver)),
		"/api/v1/namespaces/team-a/configmaps/etl-conf": string(object(secretConf)),
	}
	return serve(t, answers, nil)
}

// serve answers what is asked for by path, refuses all else, and gives a kubeconfig. asked hears of every path.
func serve(t *testing.T, answers map[string]string, asked func(path string)) (kubeconfigPath string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked != nil {
			asked(r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		if text, ok := answers[r.URL.Path]; ok {
			fmt.Fprint(w, text)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":403}`)
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(fmt.Sprintf(kubeconfig, strings.TrimPrefix(server.URL, "http://"))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTuneReadsTheConfigurationOfTheOneThatIsNamed and no other's.
func TestTuneReadsTheConfigurationOfTheOneThatIsNamed(t *testing.T) {
	driver := func(name string) string {
		raw, err := yaml.YAMLToJSON([]byte(strings.NewReplacer("etl", name, "spark-1", "spark-"+name).Replace(secretDriver)))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	var mu sync.Mutex
	var maps []string
	path := serve(t, map[string]string{"/api/v1/namespaces/team-a/pods": fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[%s,%s]}`, driver("one"), driver("two"))}, func(path string) {
		if _, name, ok := strings.Cut(path, "/configmaps/"); ok {
			mu.Lock()
			defer mu.Unlock()
			maps = append(maps, name)
		}
	})
	for _, c := range []struct{ name, want string }{{"two", "two-conf"}, {"spark-one", "one-conf"}, {"", "one-conf"}} {
		maps = nil
		args := []string{"tune", "--kubeconfig", path}
		if c.name != "" {
			args = append(args, c.name)
		}
		if code, out, errs := kubectlSpark(t, args...); code != 0 || strings.Join(maps, " ") != c.want {
			t.Errorf("tune %s: read %q, want %s (a namespace that refuses is asked once); exit code %d\n%s\n%s", c.name, maps, c.want, code, out, errs)
		}
	}
}

func kubectlSpark(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var b, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &b, ErrOut: &note}, rulebook.New, "v0.0.0-test")
	root.SetArgs(args)
	code = plugin.Execute(t.Context(), root)
	return code, b.String(), note.String()
}

func TestSecretsOfLiveObjectsAreMaskedUnlessAskedFor(t *testing.T) {
	path := secretCluster(t)
	for _, args := range []string{"fix --all -o diff", "fix --all -o yaml", "fix --all -o conf", "tune -o diff", "tune -o patch", "tune -o conf --try", "tune -o properties --try"} {
		words := append(strings.Fields(args), "--kubeconfig", path)
		code, out, errs := kubectlSpark(t, words...)
		if code != 0 || out == "" || strings.Contains(out+errs, secretRune) {
			t.Errorf("%s: exit code %d\n%s\n%s", args, code, out, errs)
		}
		_, shown, note := kubectlSpark(t, append(words, "--show-secrets")...)
		if hidden := strings.Contains(shown, secretRune); hidden != strings.Contains(out, "(masked)") || hidden != strings.Contains(errs, "cannot be applied") || strings.Contains(note, "cannot be applied") || strings.Contains(shown, "(masked)") {
			t.Errorf("%s: it must be said, and only, that something was masked\n%s\n%s\nwith --show-secrets:\n%s\n%s", args, out, errs, shown, note)
		} else if !hidden && (args == "fix --all -o yaml" || args == "fix --all -o diff" || strings.HasSuffix(args, "--try")) {
			t.Errorf("%s: nothing to mask\n%s\n%s", args, out, errs)
		}
	}
}

func TestExplainMemoryNamesWhatItCouldNotRead(t *testing.T) {
	code, out, errs := kubectlSpark(t, "explain", "memory", "etl", "--kubeconfig", secretCluster(t))
	if code != 0 || out == "" || strings.Count(errs, "not read: list deployments ") != 1 {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

func TestFilesStayExactInAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker.yaml")
	if err := os.WriteFile(path, []byte(secretWorker), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"fix --all -o diff", "fix --all -o yaml", "tune -o diff", "inject"} {
		code, out, errs := kubectlSpark(t, append(strings.Fields(args), "-f", path)...)
		if code != 0 || !strings.Contains(out, secretRune) || strings.Contains(out+errs, "(masked)") || strings.Contains(errs, secretRune) {
			t.Errorf("%s: exit code %d\n%s\n%s", args, code, out, errs)
		}
	}
}

package script

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// plantedCore is in every secret that the law plants.
const plantedCore = "P2v9QxWm"

// plantedValues are one secret plain, one longer than a line of a report, and one of what quotes and escapes are made of.
var plantedValues = []string{"kP2v9QxWmZ7hunter2", strings.Repeat("kP2v9QxWmZ7", 14), `kP2v9QxWm"'\Z7hunter2`}

// plants gives, for a secret, documents that hold it in every kind of place that Spark reads or that a report may quote.
func plants(secret string) map[string]string {
	q := strconv.Quote(secret)
	embedded := strconv.Quote(fmt.Sprintf(`{"env":[{"name":"API_TOKEN","value":%s}]}`, q))
	word := strconv.Quote("-Xss2m -Djavax.net.ssl.keyStorePassword=" + secret + " -XX:+UseConcMarkSweepGC")
	plain := !strings.ContainsAny(secret, `"'\`)
	files := map[string]string{
		"application.yaml": `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: orders, namespace: lab, annotations: {last: ` + embedded + `}}
spec:
  type: Scala
  mode: cluster
  image: apache/spark:4.0.1
  sparkVersion: 4.0.1
  mainClass: org.example.Orders
  arguments: [--db-password, ` + q + `, ` + strconv.Quote("--token="+secret) + `]
  sparkConf:
    spark.hadoop.fs.s3a.secret.key: ` + q + `
    spark.executorEnv.DB_PASSWORD: ` + q + `
    spark.executor.memoryOverhead: 1m
    spark.executor.instnces: "2"
    spark.eventLog.enabled: ` + strconv.Quote("yes password="+secret) + `
  hadoopConf: {fs.azure.account.key.lake.dfs.core.windows.net: ` + q + `}
  driver:
    cores: 1
    coreLimit: 200m
    javaOptions: ` + word + `
    envVars: {AWS_SECRET_ACCESS_KEY: ` + q + `}
    env: [{name: API_TOKEN, value: ` + q + `}]
  executor: {cores: 2, memory: 4g, javaOptions: ` + word + `}
`,
		"cluster.yaml": `apiVersion: spark.apache.org/v1
kind: SparkApplication
metadata: {name: billing, namespace: lab}
spec:
  mainClass: org.example.Billing
  runtimeVersions: {sparkVersion: 4.1.1}
  driverArgs: [--api-token, ` + q + `]
  sparkConf: {spark.ssl.keyPassword: ` + q + `, spark.executor.memoryOverhead: 1m, spark.executor.memory: 8g}
  driverSpec: {podTemplateSpec: {spec: {containers: [{name: d, env: [{name: DB_PASSWORD, value: ` + q + `}]}]}}}
`,
		"job.yaml": `apiVersion: batch/v1
kind: Job
metadata: {name: submit, namespace: lab}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: submit
        image: apache/spark:4.1.1
        command: [/opt/spark/bin/spark-submit]
        args: [--master, "k8s://https://kubernetes.default", --deploy-mode, cluster, --class, A, --conf, ` + strconv.Quote("spark.ssl.keyPassword="+secret) + `, --conf, spark.executor.memoryOverhead=1m, "local:///a.jar", --password, ` + q + `]
        env: [{name: DB_PASSWORD, value: ` + q + `}]
`,
		"broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {spark-role: driver}}\nspec:\n  containers: " + strconv.Quote("password="+secret) + "\n",
	}
	if plain {
		files["spark-defaults.conf"] = "spark.ssl.keyPassword " + secret + "\nspark.hadoop.db.url jdbc:postgresql://db/x?user=a&password=" + secret + "\nspark.executor.memoryOverhead 1m\n"
		files["driver.yaml"] = strings.NewReplacer("jdbc:db:Ω1ab2cd3Ω@", "jdbc:db:", "Ω1ab2cd3Ω", secret).Replace(plantedSecrets["pod.yaml"])
		files["map.yaml"] = secretDriverWith(secret)
		files["url.yaml"] = strings.NewReplacer("hunter", "mongodb://a:"+secret+"@db/x").Replace(`apiVersion: apps/v1
kind: StatefulSet
metadata: {name: spark-worker, namespace: lab}
spec:
  serviceName: spark
  selector: {matchLabels: {app: w}}
  template:
    metadata: {labels: {app: w}}
    spec:
      containers:
      - name: worker
        image: apache/spark:4.1.1
        command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, "spark://m:7077", "hunter"]
        env: [{name: STORE, value: "hunter"}, {name: SPARK_WORKER_MEMORY, value: 4g}]
        resources: {requests: {memory: 2Gi, cpu: "1"}, limits: {memory: 2Gi, cpu: "1"}}
`)
	}
	return files
}

// secretDriverWith are a driver's pod and its ConfigMap.
func secretDriverWith(secret string) string {
	return strings.NewReplacer("Ω1ab2cd3Ω", secret).Replace(fixtures.SecretDriver + "---\n" + fixtures.SecretConf)
}

// TestLawNoSecretIsShown: law 4. What is planted reaches neither report nor standard error, in any format, and no terminal.
// What is made from files for a pipe holds them, so that it can be applied; its standard error does not.
func TestLawNoSecretIsShown(t *testing.T) {
	var always, applied [][]string
	for _, format := range append(report.Formats(), printers.Samples()...) {
		always = append(always, []string{"doctor", "--all", "-o", format})
	}
	always = append(always, []string{"tune"}, []string{"tune", "-o", "wide"}, []string{"tune", "-o", "json"}, []string{"tune", "-o", "yaml"},
		[]string{"explain", "memory"}, []string{"explain", "memory", "-o", "json"}, []string{"fix", "--all", "--check"})
	for _, format := range []string{"diff", "yaml", "conf", "patch", "kustomize"} {
		applied = append(applied, []string{"fix", "--all", "-o", format})
	}
	applied = append(applied, []string{"tune", "-o", "diff", "--try"}, []string{"tune", "-o", "conf", "--try"}, []string{"inject"}, []string{"inject", "-o", "yaml"}, []string{"inject", "-o", "patch"})
	planted, held := 0, 0
	for i, secret := range plantedValues {
		for name, text := range plants(secret) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			planted += strings.Count(text, plantedCore)
			for _, words := range always {
				out, errs := lawRun(t, nil, words, path)
				lawHidden(t, i, name, words, out, errs)
			}
			if i == 1 {
				continue // of its length reports are to know
			}
			for _, words := range applied {
				out, errs := lawRun(t, nil, words, path)
				lawHidden(t, i, name, words, "", errs)
				held += strings.Count(out, plantedCore)
				shown, errs := lawRun(t, openTerminal(t), words, path)
				lawHidden(t, i, name, append(words, "on a terminal"), shown, errs)
			}
		}
	}
	if planted < 60 || held == 0 {
		t.Errorf("%d secrets were planted, and what can be applied holds %d", planted, held)
	}
}

func lawHidden(t *testing.T, i int, name string, words []string, texts ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(strings.Join(texts, "\n")), "") // cut by no end of a line
	if at := strings.Index(text, plantedCore); at >= 0 {
		t.Errorf("secret %d of %s, %s: ...%s", i, name, strings.Join(words, " "), text[max(0, at-90):min(len(text), at+30)])
	}
}

// terminal is a real one: what is written to its far end is read from the near one.
type terminal struct{ near, far *os.File }

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	near, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unlock, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, near.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	far, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &terminal{near, far}
}

// lawRun runs a command on a file, with a terminal for its output or without one.
func lawRun(t *testing.T, on *terminal, words []string, path string) (out, errs string) {
	t.Helper()
	var piped, note bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &piped, ErrOut: &note}
	read := make(chan string, 1)
	if on != nil {
		streams.Out = on.far
		go func() {
			all, _ := io.ReadAll(on.near) // it ends with EIO once the far end is closed
			read <- string(all)
		}()
	}
	root := plugin.New(streams, rulebook.New, "v0.0.0-test")
	root.SetArgs(append(append([]string(nil), words...), "-f", path))
	plugin.Execute(t.Context(), root)
	if on == nil {
		return piped.String(), note.String()
	}
	on.far.Close()
	out = <-read
	on.near.Close()
	return out, note.String()
}

package integration

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// canary is in every secret that the objects hold.
const canary = "P2v9QxWm"

// canaryObjects are a worker set, a server that reads a ConfigMap, and an application's pod with its configuration.
var canaryObjects = map[string]string{
	"/apis/apps/v1/namespaces/%s/statefulsets": `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: spark-worker}
spec:
  serviceName: w
  selector: {matchLabels: {app: w}}
  template:
    metadata: {labels: {app: w}, annotations: {example.org/api-token: HIDDEN}}
    spec:
      containers:
      - name: worker
        image: apache/spark:3.5.6
        command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, "spark://m:7077"]
        args: [--db.password, HIDDEN, --token=HIDDEN]
        env:
        - {name: DB_PASSWORD, value: "HIDDEN\n"}
        - {name: AWS_SECRET_ACCESS_KEY, value: HIDDEN}
        - {name: SPARK_WORKER_OPTS, value: "-Djavax.net.ssl.keyStorePassword=HIDDEN -XX:+UseConcMarkSweepGC"}
        - {name: STORE, value: "mongodb://a:HIDDEN@db"}
        resources: {limits: {memory: 768Mi}}
`,
	"/api/v1/namespaces/%s/configmaps": `apiVersion: v1
kind: ConfigMap
metadata: {name: drv-conf}
data:
  fs.oss.accessKeySecret: HIDDEN
  core-site.xml: "<property><name>fs.s3a.secret.key</name><value>HIDDEN</value></property>\n"
  spark.properties: |
    spark.executor.memory=1g
    spark.executor.memoryOverhead=100m
    spark.executor.instnces=2
    spark.ssl.keyPassword=HIDDEN
    DB_PASSWORD HIDDEN
    spark.driver.extraJavaOptions=-Da.password=HIDDEN -XX:+UseConcMarkSweepGC
`,
	"/api/v1/namespaces/%s/pods": `apiVersion: v1
kind: Pod
metadata:
  name: etl-driver
  labels: {spark-role: driver, spark-app-selector: spark-1, spark-app-name: etl, spark-version: 3.5.6}
spec:
  restartPolicy: Never
  containers:
  - name: spark-kubernetes-driver
    image: apache/spark:3.5.6
    args: [driver, --password, HIDDEN, --class, A, "local:///a.jar"]
    env: [{name: API_TOKEN, value: HIDDEN}, {name: SPARK_SUBMIT_OPTS, value: "-Ddb.password=HIDDEN"}]
    resources: {requests: {cpu: "1"}}
    volumeMounts: [{name: spark-conf-volume-driver, mountPath: /opt/spark/conf}]
  volumes: [{name: spark-conf-volume-driver, configMap: {name: drv-conf}}]
`,
}

// TestNoSecretOfALiveObjectIsShown: in any format of any command, also of what kubectl apply keeps of an object, and of an
// object that an annotation holds encoded. What --show-secrets prints tells that they are there.
func TestNoSecretOfALiveObjectIsShown(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	for collection, text := range canaryObjects {
		text = strings.ReplaceAll(text, "HIDDEN", "k"+canary+"Z7")
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		applied := fmt.Sprintf("  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      %s\n    encoded: %s\n", raw, base64.StdEncoding.EncodeToString(raw))
		if strings.Contains(text, "metadata: {name: ") {
			text = strings.Replace(strings.Replace(text, "metadata: {name: ", "metadata:\n  name: ", 1), "}\n", "\n"+applied, 1)
		} else {
			text = strings.Replace(text, "spec:\n", applied+"spec:\n", 1)
		}
		put(t, cp, fmt.Sprintf(collection, ns), text)
	}
	commands := [][]string{{"fix", "--all"}, {"tune"}, {"tune", "-o", "json"}, {"tune", "-o", "yaml"}, {"tune", "-o", "wide"}, {"explain", "memory", "etl"}, {"explain", "memory", "etl", "-o", "json"},
		{"explain", "pod/etl-driver"}, {"explain", "statefulset/spark-worker"}, {"status"}}
	for _, format := range append(report.Formats(), printers.Samples()...) {
		commands = append(commands, []string{"doctor", "--all", "-o", format})
		if format != "markdown" {
			commands = append(commands, []string{"tune", "-o", format}, []string{"status", "-o", strings.Replace(format, "table", "", 1)})
		}
	}
	shown := 0
	for _, format := range []string{"diff", "yaml", "conf", "patch", "kustomize", "properties"} {
		if format != "properties" {
			commands = append(commands, []string{"fix", "--all", "-o", format})
		}
		if format != "yaml" && format != "kustomize" {
			commands = append(commands, []string{"tune", "--try", "-o", format})
		}
	}
	for _, words := range commands {
		words = append(words, "-n", ns)
		_, out, errs := runPlugin(t, cp.Kubeconfig(), words...)
		text := strings.Join(strings.Fields(out+errs), "")
		if at := strings.Index(text, canary); at >= 0 || text == "" {
			t.Errorf("%s: ...%.120s", strings.Join(words, " "), text[max(0, at-90):])
		}
		if at := strings.Index(text, base64.StdEncoding.EncodeToString([]byte(`{"apiVersion":"`))); at >= 0 {
			t.Errorf("%s shows what is encoded: %.120s", strings.Join(words, " "), text[max(0, at-90):])
		}
		if slices.Contains([]string{"fix", "tune"}, words[0]) {
			_, out, _ = runPlugin(t, cp.Kubeconfig(), append(words, "--show-secrets")...)
			shown += strings.Count(out, canary)
		}
	}
	if shown < 20 {
		t.Errorf("--show-secrets shows %d", shown)
	}
}

package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// secretRune is in every planted secret and in no other text, so that it shows where a single byte got through.
const secretRune = "Ω"

// plantedSecrets hold a secret in every place that SPK-S013 looks at.
var plantedSecrets = map[string]string{
	"app.yaml": `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: orders, namespace: lab}
spec:
  type: Scala
  mode: cluster
  image: apache/spark:4.0.1
  sparkVersion: 4.0.1
  mainClass: org.example.Orders
  sparkConf:
    spark.hadoop.fs.s3a.secret.key: "Ω1ab2cd3Ω"
    spark.executorEnv.DB_PASSWD: "Ω1ab2cd3Ω"
    spark.ui.org.apache.spark.ui.JWSFilter.param.secretKey: "Ω1ab2cd3Ω"
    spark.hadoop.db.url: "jdbc:postgresql://db/x?user=a&password=Ω1ab2cd3Ω"
    spark.executor.memoryOverhead: 1m
  hadoopConf:
    fs.azure.account.key.lake.dfs.core.windows.net: "Ω1ab2cd3Ω"
  driver:
    serviceAccount: spark
    javaOptions: "-Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω"
    envVars: {AWS_SECRET_ACCESS_KEY: "Ω1ab2cd3Ω"}
    env: [{name: API_TOKEN, value: "Ω1ab2cd3Ω"}]
`,
	"pod.yaml": `apiVersion: v1
kind: Pod
metadata:
  name: etl-driver
  labels: {spark-role: driver, spark-app-selector: spark-1, spark-version: 4.1.1}
spec:
  containers:
  - name: spark-kubernetes-driver
    image: apache/spark:4.1.1
    args: [driver, --password, "Ω1ab2cd3Ω", "--token=Ω1ab2cd3Ω", "mongodb://a:Ω1ab2cd3Ω@db", "jdbc:db:Ω1ab2cd3Ω@x?password=Ω1ab2cd3Ω", "Ω1 password=Ω1ab2cd3Ω"]
    env:
    - {name: DB_PASSWORD, value: "Ω1ab2cd3Ω"}
    - {name: SPARK_SUBMIT_OPTS, value: "-Ddb.password=Ω1ab2cd3Ω"}
`,
	"spark-defaults.conf": "spark.ssl.keyPassword Ω1ab2cd3Ω\nspark.hadoop.x.account.key=Ω1ab2cd3Ω\nspark.redaction.regex nothing\n",
}

func TestNoByteOfASecretReachesAReport(t *testing.T) {
	folder := t.TempDir()
	for name, text := range plantedSecrets {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := strings.Count(text, "Ω1ab2cd3Ω") - strings.Count(text, "@x?password=") // a URL that holds two is one finding
		for _, format := range append(report.Formats(), printers.Samples()...) {
			var out, note bytes.Buffer
			root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
			root.SetArgs([]string{"doctor", "-f", path, "-o", format, "--all"})
			if code := plugin.Execute(context.Background(), root); code != plugin.ExitFound {
				t.Fatalf("%s as %s: exit code %d\n%s", name, format, code, note.String())
			}
			if text := out.String() + note.String(); strings.Contains(text, secretRune) {
				t.Errorf("%s as %s tells a part of a secret:\n%s", name, format, text)
			}
			if format == "json" {
				checkSecretPlaces(t, name, out.Bytes(), want)
			}
		}
	}
}

// checkSecretPlaces looks at SPK-S013 in a report: one finding, which names every secret, and so does its fix; each stands
// at a place of its own with its line.
func checkSecretPlaces(t *testing.T, name string, text []byte, want int) {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	findings := slices.DeleteFunc(r.Findings, func(f report.Finding) bool { return f.Code != "SPK-S013" })
	if len(findings) != 1 || len(findings[0].Places) != want || want < 2 {
		t.Errorf("%s: of %d secrets one finding with as many places:\n%s", name, want, text)
		return
	}
	f := findings[0]
	for _, p := range f.Places {
		who, _, ok := strings.Cut(p.Message, " holds ")
		if !ok || p.Location == nil || p.Location.Line == 0 || p.Location.Column == 0 || !strings.Contains(f.Message, who) || !strings.Contains(f.Fix.Summary, who) {
			t.Errorf("%s: %+v at %+v is not named by %q, %q", name, p, p.Location, f.Message, f.Fix.Summary)
		}
	}
}

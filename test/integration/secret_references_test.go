package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// clearValue is what stands in clear; newValue is what the user puts into the Secret.
const (
	clearValue = "Ω1ab2cd3Ω4ef5"
	newValue   = "Ψ9zy8xw7Ψ6vu5"
)

// withSecrets are workloads that hold secrets in each place for which their launcher has a reference.
func (a *applied) withSecrets() {
	a.Helper()
	a.create(kubeflows, `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: k}, spec: {type: Scala, mode: cluster, image: "apache/spark:3.5.6-java17", sparkVersion: 3.5.6,
mainApplicationFile: "local:///a.jar", sparkConf: {spark.hadoop.fs.s3a.access.key: AKIAIOSFODNN7ABCDEFG, spark.hadoop.fs.s3a.secret.key: "`+clearValue+`"},
hadoopConf: {fs.azure.account.key.lake.dfs.core.windows.net: "`+clearValue+`"}, driver: {cores: 1, memory: 1g, env: [{name: API_TOKEN, value: "`+clearValue+`"}]}, executor: {cores: 1, memory: 2g, instances: 2, env: [{name: DB_PASSWORD, value: "`+clearValue+`"}]}}}`)
	a.create(apaches, `{apiVersion: spark.apache.org/v1, kind: SparkApplication, metadata: {name: b}, spec: {mainClass: a.B, jars: "local:///a.jar", runtimeVersions: {sparkVersion: "4.1.4"},
sparkConf: {spark.app.name: nightly, spark.kubernetes.container.image: "apache/spark:4.1.4", spark.ssl.ui.keyStorePassword: "`+clearValue+`", spark.executorEnv.DB_PASSWORD: "`+clearValue+`", spark.kubernetes.driverEnv.API_TOKEN: "`+clearValue+`",
spark.hadoop.fs.s3a.bucket.logs.secret.key: "`+clearValue+`"}}}`)
	a.create(sets, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: spark-worker}, spec: {serviceName: w, selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [
{name: worker, image: "apache/spark:4.0.1", command: [/opt/spark/bin/spark-class], args: [org.apache.spark.deploy.worker.Worker, "spark://m:7077"], env: [{name: DB_PASSWORD, value: "`+clearValue+`"}]}]}}}}`)
}

// everySpec are the objects as the API server keeps them.
func (a *applied) everySpec() string {
	a.Helper()
	return a.get(kubeflows, "k") + a.get(apaches, "b") + a.get(sets, "spark-worker")
}

// createCommand is what a finding tells users to run, and the lines that it asks for.
var createCommand = regexp.MustCompile(`(kubectl create secret generic [a-z0-9-]+ -n [a-z0-9-]+ --from-env-file=/dev/stdin), and enter ([A-Z0-9_]+=\.\.\.(?:, [A-Z0-9_]+=\.\.\.)*) in lines`)

// creates runs each command that a text tells, as a user does: with new credentials at its standard input.
func (a *applied) creates(text string) (names []string) {
	a.Helper()
	program := kubectl(a.T)
	for _, found := range createCommand.FindAllStringSubmatch(text, -1) {
		if slices.Contains(names, found[1]) {
			continue
		}
		names = append(names, found[1])
		lines := strings.ReplaceAll(strings.ReplaceAll(found[2], ", ", "\n"), "...", newValue)
		cmd := exec.CommandContext(a.Context(), program, append(strings.Fields(found[1])[1:], "--kubeconfig", a.kubeconfig)...)
		cmd.Stdin = strings.NewReader(lines + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			a.Fatalf("%s: %v\n%s", found[1], err, out)
		}
	}
	return names
}

// TestSecretsInClearBecomeReferences: fix waits for the Secret, which the user creates by the command that it tells. Neither the value in clear nor
// the new one is ever told or recorded, and taking the change back leaves the references.
func TestSecretsInClearBecomeReferences(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.withSecrets()
	told := ""
	run := func(want int, args ...string) string {
		t.Helper()
		out, errs := a.run(want, args...)
		told += out + errs
		return out + errs
	}
	if found := a.finds("SPK-S013"); len(found) != 3 {
		t.Fatalf("found %q", found)
	}
	record := recordFile(t)
	before := a.everySpec()
	run(0, "fix", "SPK-S013", "--apply", "--allow-restart", "--record="+record)
	if a.everySpec() != before {
		t.Fatal("something was changed before the Secret is there")
	}
	text := run(0, "doctor", "--only=SPK-S013", "-o", "json", "--fail-on=never")
	var orders strings.Builder
	for _, f := range reportOf(t, text).Findings {
		fmt.Fprintln(&orders, f.Fix.Summary)
	}
	if made := a.creates(orders.String()); len(made) < 3 {
		t.Fatalf("%q are the commands of\n%s", made, orders.String())
	}
	out := run(0, "fix", "SPK-S013", "--apply", "--allow-restart", "--record="+record)
	a.wants(out, "applied")
	now := a.everySpec()
	a.wants(now, `"spark.kubernetes.driver.secretKeyRef.AWS_SECRET_ACCESS_KEY":"`, `"spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID":"`,
		`"fs.azure.account.key.lake.dfs.core.windows.net":"${env.FS_AZURE_ACCOUNT_KEY_LAKE_DFS_CORE_WINDOWS_NET}"`, `"spark.ssl.ui.keyStorePassword":"${env:SSL_UI_KEYSTOREPASSWORD}"`,
		`"spark.hadoop.fs.s3a.bucket.logs.secret.key":"${env.FS_S3A_BUCKET_LOGS_SECRET_KEY}"`, `"spark.kubernetes.executor.secretKeyRef.DB_PASSWORD":"`, `"spark.kubernetes.driver.secretKeyRef.API_TOKEN":"`, `"secretKeyRef":{"name":"w-env","key":"DB_PASSWORD"`)
	if strings.Contains(now, "Ω") || strings.Contains(now, "AKIA") || strings.Contains(now, `"spark.hadoop.fs.s3a.secret.key"`) {
		t.Errorf("a value is left in\n%s", now)
	}
	if found := a.finds("SPK-S013"); len(found) != 0 {
		t.Errorf("still found: %q", found)
	}
	a.wants(run(0, "fix", "SPK-S013", "--apply", "--allow-restart", "--record="+record), "nothing to do")
	_, undone, errs := runPlugin(t, a.kubeconfig, "fix", "--undo="+record, "--allow-restart", "-n", a.ns)
	a.wants(undone+errs, "no record holds the secret")
	told += undone + errs
	if a.everySpec() != now {
		t.Error("undo changed something")
	}
	kept, err := os.ReadFile(record)
	if err != nil || !strings.Contains(string(kept), "secretKeyRef") {
		t.Fatalf("the record: %v\n%s", err, kept)
	}
	for _, one := range []string{told, string(kept)} {
		if strings.ContainsAny(one, "ΩΨ") || strings.Contains(one, "AKIA") {
			t.Errorf("a secret is told:\n%s", one)
		}
	}
	a.answered()
}

// answered says that a pod of the StatefulSet's template would get the new value: the Secret has the key that the template names.
func (a *applied) answered() {
	a.Helper()
	set, err := a.cp.Client().AppsV1().StatefulSets(a.ns).Get(a.Context(), "spark-worker", metav1.GetOptions{})
	if err != nil {
		a.Fatal(err)
	}
	ref := set.Spec.Template.Spec.Containers[0].Env[0].ValueFrom.SecretKeyRef
	secret, err := a.cp.Client().CoreV1().Secrets(a.ns).Get(a.Context(), ref.Name, metav1.GetOptions{})
	if err != nil || string(secret.Data[ref.Key]) != newValue {
		a.Errorf("Secret %s, key %s: %v", ref.Name, ref.Key, err)
	}
}

// TestTheDocumentedExternalSecretIsOne by the definition of the External Secrets Operator, which decides on a real API server. The operator is not there.
func TestTheDocumentedExternalSecretIsOne(t *testing.T) {
	a := newApplied(t)
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/external-secrets/external-secrets")
	command.Dir = filepath.Join("testdata", "externalsecrets") // go.sum there vouches for it
	out, err := command.Output()
	var module struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &module); err != nil || jsonErr != nil {
		t.Fatalf("download the External Secrets Operator: %v, %s", err, out)
	}
	definition, err := os.ReadFile(filepath.Join(module.Dir, "config", "crds", "bases", "external-secrets.io_externalsecrets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	made(t, a.cp, crds, string(definition))
	t.Cleanup(func() { remove(t, a.cp, crds+"/externalsecrets.external-secrets.io") })
	page, err := os.ReadFile(filepath.Join("..", "..", "manifests", "companions", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "apiVersion: external-secrets.io/v1")
	text, _, closed := strings.Cut(text, "```")
	if !found || !closed {
		t.Fatal("the page has no ExternalSecret")
	}
	object := strings.Replace("apiVersion: external-secrets.io/v1"+text, "namespace: payments", "namespace: "+a.ns, 1)
	const collection = "/apis/external-secrets.io/v1/namespaces/%s/externalsecrets"
	a.create(collection, object)
	a.wants(a.get(collection, "nightly-env", "spec"), `"secretKey":"AWS_SECRET_ACCESS_KEY"`, `"property":"key"`)
}

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const configMaps = "/api/v1/namespaces/%s/configmaps"

// runLog writes the event log of a run of etl that began so long from now, with settings.
func runLog(t *testing.T, after time.Duration, settings map[string]string) string {
	t.Helper()
	properties, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(after).UnixMilli()
	path := filepath.Join(t.TempDir(), "spark-2")
	text := fmt.Sprintf(`{"Event":"SparkListenerLogStart","Spark Version":"3.5.6"}
{"Event":"SparkListenerApplicationStart","App Name":"etl","App ID":"spark-2","Timestamp":%d,"User":"u"}
{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{},"Spark Properties":%s,"System Properties":{}}
{"Event":"SparkListenerApplicationEnd","Timestamp":%d}
`, began, properties, began+60000)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSettingsOfASubmittedApplicationGoWhereTheUserSays, come back from there, and are found in the next run or not.
func TestSettingsOfASubmittedApplicationGoWhereTheUserSays(t *testing.T) {
	cp := shared.Get(t)
	a := &applied{T: t, cp: cp, ns: sparkNamespace(t, cp), kubeconfig: cp.Kubeconfig()}
	const text = "# ours\nspark.executor.memoryOverhead 100m\nspark.a b\n"
	file := filepath.Join(t.TempDir(), "etl.conf")
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	_, errs := a.run(plugin.ExitFailed, "tune", "etl", "--apply", "--record="+recordFile(t))
	a.wants(errs, "nothing was applied: spark-submit starts "+a.ns+"/etl", "--properties-file=FILE")

	record := recordFile(t)
	out, errs := a.run(0, "tune", "etl", "--apply", "--properties-file="+file, "--record="+record)
	a.wants(out, "next run that is submitted with --properties-file "+file, "file "+file+": applied")
	a.wants(errs, "to take it back: kubectl spark tune --rollback "+record+" --properties-file="+file)
	now, err := os.ReadFile(file)
	if err != nil || string(now) == text || !strings.HasPrefix(string(now), "# ours\n") || !strings.Contains(string(now), "spark.a b\n") {
		t.Errorf("%v, %s", err, now)
	}

	r, err := apply.OpenRecord(record)
	if err != nil || len(r.Workloads) != 1 || len(r.Workloads[0].Settings) == 0 {
		t.Fatalf("%v, %+v", err, r)
	}
	settings := map[string]string{"spark.executor.cores": "1"}
	for _, s := range r.Workloads[0].Settings {
		if !s.Unset {
			settings[s.Key] = s.Value
		}
	}
	out, _ = a.run(0, "tune", "--verify="+record, "--event-log="+runLog(t, time.Hour, settings))
	a.wants(out, a.ns+"/etl: run of ", "as applied    "+r.Workloads[0].Settings[0].Key, "not read      time and cost: the record has no prediction")
	a.run(plugin.ExitCoverage, "tune", "--verify="+record, "--event-log="+runLog(t, -time.Hour, settings))
	for _, s := range r.Workloads[0].Settings {
		settings[s.Key] = "7"
	}
	out, _ = a.run(plugin.ExitFound, "tune", "--verify="+record, "--event-log="+runLog(t, time.Hour, settings))
	a.wants(out, ", found 7", "different")

	written := now
	out, _ = a.run(plugin.ExitFailed, "tune", "--rollback="+record)
	a.wants(out, "not taken back: file "+file+": a record alone does not say which file is written; add --properties-file="+file)
	if err := os.WriteFile(file, append(written, "# mine\n"...), 0o640); err != nil {
		t.Fatal(err)
	}
	out, _ = a.run(plugin.ExitFailed, "tune", "--rollback="+record, "--properties-file="+file)
	a.wants(out, "not taken back: file "+file+": it does not hold what was written")
	if err := os.WriteFile(file, written, 0o640); err != nil {
		t.Fatal(err)
	}
	a.run(0, "tune", "--undo="+record, "--properties-file="+file) // the name that fix has for it
	if now, err := os.ReadFile(file); err != nil || string(now) != text {
		t.Errorf("%v, %s", err, now)
	}

	a.create(configMaps, "{apiVersion: v1, kind: ConfigMap, metadata: {name: etl-conf}, data: {spark-defaults.conf: \"spark.executor.memoryOverhead 100m\\n\", other: x}}")
	before := a.get(configMaps, "etl-conf", "data")
	out, _ = a.run(0, "tune", "etl", "--apply", "--properties-file=configmap/etl-conf", "--record="+record)
	a.wants(out, "ConfigMap/etl-conf in namespace "+a.ns+": only processes that start later read it", "ConfigMap/etl-conf in namespace "+a.ns+": applied")
	if a.get(configMaps, "etl-conf", "data") == before {
		t.Error("the ConfigMap is what it was")
	}
	a.run(0, "tune", "--rollback="+record)
	if now := a.get(configMaps, "etl-conf", "data"); now != before {
		t.Errorf("%s, was %s", now, before)
	}
}

// TestVerifySaysWhichObjectLostItsFields.
func TestVerifySaysWhichObjectLostItsFields(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	record := recordFile(t)
	a.run(0, "tune", "--apply", "--record="+record)
	out, _ := a.run(0, "tune", "--verify="+record)
	a.wants(out, "as applied    StatefulSet/spark-worker")
	a.patch(sets, "spark-worker", "kubectl-edit", `{"spec":{"template":{"spec":{"containers":[{"name":"worker","image":"x","resources":{"limits":{"memory":"1Gi"}}}]}}}}`)
	out, _ = a.run(plugin.ExitFound, "tune", "--verify="+record)
	a.wants(out, "different     StatefulSet/spark-worker", "changed since")
}

// TestVerifyReadsTheNextRunFromItsPods: of two drivers the one that began after the change, and a run from before is none.
func TestVerifyReadsTheNextRunFromItsPods(t *testing.T) {
	cp := shared.Get(t)
	a := &applied{T: t, cp: cp, ns: sparkNamespace(t, cp), kubeconfig: cp.Kubeconfig()}
	time.Sleep(time.Second) // the time of a pod has whole seconds
	file, record := filepath.Join(t.TempDir(), "etl.conf"), recordFile(t)
	if err := os.WriteFile(file, []byte("spark.executor.memoryOverhead 100m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.run(0, "tune", "etl", "--apply", "--properties-file="+file, "--record="+record)
	out, _ := a.run(0, "tune", "--verify="+record)
	a.wants(out, "not read      next run: the run that is there started before the change was applied")

	time.Sleep(time.Second)
	settings := spark.Conf{"spark.app.name": {Value: "etl"}}
	for _, s := range a.record(record).Workloads[0].Settings {
		if !s.Unset {
			settings[s.Key] = spark.Setting{Value: s.Value}
		}
	}
	object, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "next-conf"}, "data": map[string]string{"spark.properties": string(spark.FormatProperties(settings))}})
	if err != nil {
		t.Fatal(err)
	}
	a.create(configMaps, string(object))
	a.create("/api/v1/namespaces/%s/pods", `{apiVersion: v1, kind: Pod, metadata: {name: etl-2-driver, labels: {spark-role: driver, spark-app-selector: spark-2, spark-app-name: etl, spark-version: 3.5.6}},
spec: {restartPolicy: Never, volumes: [{name: spark-conf-volume-driver, configMap: {name: next-conf}}], containers: [{name: spark-kubernetes-driver, image: "apache/spark:3.5.6", args: [driver]}]}}`)
	out, _ = a.run(0, "tune", "--verify="+record)
	a.wants(out, "by the driver's pod\n  as applied    ", "0 different")
}

// TestTheNextRunIsComparedWithItsPrediction: of a real run, whose own log is the next one's where nothing that counts was changed.
func TestTheNextRunIsComparedWithItsPrediction(t *testing.T) {
	const name = "two-executors"
	logs, err := filepath.Glob("../e2e/testdata/eventlogs/3.5.9/" + name + "/spark-*")
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	a := newApplied(t)
	operators(t, a.cp)
	a.create(kubeflows, `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: `+name+`}, spec: {type: Python, mode: cluster, image: "apache/spark:3.5.9", sparkVersion: 3.5.9,
mainApplicationFile: "local:///a.py", driver: {cores: 1, memory: 700m}, executor: {cores: 1, memory: 600m, memoryOverhead: 100m, instances: 2}}}`)
	record := recordFile(t)
	_, errs := a.run(0, "tune", name, "--event-log="+logs[0], "--apply", "--record="+record)
	a.wants(errs, a.ns+"/"+name+": the next run is predicted to take ", "with 2 executors of 1 core, ")
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	p := a.record(record).Workloads[0].Prediction
	if p == nil || p.From != filepath.Base(logs[0]) || p.Executors != 2 || p.Cores != 1 || p.Low >= p.Seconds || p.GiBHours <= 0 {
		t.Fatalf("%+v", p)
	}
	_, errs = a.run(plugin.ExitCoverage, "tune", "--verify="+record, "--event-log="+logs[0])
	a.wants(errs, "started before the change was applied")

	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	all["workloads"].([]any)[0].(map[string]any)["time"] = "2020-01-01T00:00:00Z" // as if that run were the next one
	if text, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runPlugin(t, a.kubeconfig, "tune", "--verify="+record, "--event-log="+logs[0])
	if code != plugin.ExitFound && code != plugin.ExitDone {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	a.wants(out, "as predicted  time  ", "with 2 executors of 1 core, found 52.7 s")
	other, err := filepath.Glob("../e2e/testdata/eventlogs/3.5.9/spill/spark-*")
	if err != nil || len(other) != 1 {
		t.Fatal(other, err)
	}
	_, out, _ = runPlugin(t, a.kubeconfig, "tune", "--verify="+record, "--event-log="+other[0])
	a.wants(out, "not read      time  ", "the run had 1 executor of 1 core")
}

// submitted makes the driver's pod of an application that spark-submit started with settings, and the event log of its run.
func (a *applied) submitted(name, settings string) (log string) {
	a.Helper()
	conf, err := spark.ParseProperties([]byte(settings))
	if err != nil {
		a.Fatal(err)
	}
	all := map[string]string{"spark.app.name": name, "spark.master": "k8s://https://10.0.0.1"}
	for key, one := range conf {
		all[key] = one.Value
	}
	object, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name + "-map"}, "data": map[string]string{"spark.properties": settings + "spark.app.name=" + name + "\n"}})
	if err != nil {
		a.Fatal(err)
	}
	a.create(configMaps, string(object))
	a.create("/api/v1/namespaces/%s/pods", fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %[1]s, labels: {spark-role: driver, spark-app-selector: spark-%[1]s, spark-app-name: %[1]s, spark-version: 4.0.1}},
spec: {restartPolicy: Never, volumes: [{name: spark-conf-volume-driver, configMap: {name: %[1]s-map}}], containers: [{name: spark-kubernetes-driver, image: "apache/spark:4.0.1", args: [driver]}]}}`, name))
	properties, err := json.Marshal(all)
	if err != nil {
		a.Fatal(err)
	}
	began := time.Now().UnixMilli()
	log = filepath.Join(a.TempDir(), "spark-"+name)
	text := fmt.Sprintf(`{"Event":"SparkListenerLogStart","Spark Version":"4.0.1"}
{"Event":"SparkListenerApplicationStart","App Name":%[1]q,"App ID":"spark-%[1]s","Timestamp":%[2]d,"User":"u"}
{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{"Java Version":"17.0.9 (x)"},"Spark Properties":%[3]s,"System Properties":{}}
{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":0,"description":"count","details":"","physicalPlanDescription":"","sparkPlanInfo":{},"time":%[2]d}
{"Event":"SparkListenerApplicationEnd","Timestamp":%[4]d}
`, name, began, properties, began+60000)
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		a.Fatal(err)
	}
	return log
}

// TestWhatAPropertiesFileCannotTakeOutIsSet: a line for the default, and a word about what comes before the file. Where nothing changes the
// file stays as it is, and that is no failure: scripts go on until then.
func TestWhatAPropertiesFileCannotTakeOutIsSet(t *testing.T) {
	cp := shared.Get(t)
	a := &applied{T: t, cp: cp, ns: cp.NewNamespace(t), kubeconfig: cp.Kubeconfig()}
	const right = "spark.executor.cores=1\nspark.kubernetes.executor.limit.cores=1\n"
	log := a.submitted("plain", right+"spark.sql.adaptive.enabled=false\n")
	file, record := filepath.Join(t.TempDir(), "plain.conf"), recordFile(t)
	out, errs := a.run(0, "tune", "plain", "--event-log="+log, "--apply", "--properties-file="+file, "--record="+record)
	a.wants(out, "file "+file+": applied")
	a.wants(errs, file+" did not set spark.sql.adaptive.enabled", "write it there, as --conf spark.sql.adaptive.enabled=true")
	if text, err := os.ReadFile(file); err != nil || string(text) != "spark.sql.adaptive.enabled=true\n" {
		t.Errorf("%q, %v", text, err)
	}
	next := a.submitted("merged", right+"spark.sql.adaptive.enabled=true\n")
	out, _ = a.run(0, "tune", "--verify="+record, "plain", "--event-log="+next)
	a.wants(out, "as applied    spark.sql.adaptive.enabled")

	// The driver has ended, and its executor not yet: the driver's ConfigMap says what there is to change all the same.
	a.create("/api/v1/namespaces/%s/pods", `{apiVersion: v1, kind: Pod, metadata: {name: plain-exec-1, labels: {spark-role: executor, spark-app-selector: spark-plain, spark-app-name: "plain", spark-version: 4.0.1}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-executor, image: "apache/spark:4.0.1", args: [executor]}]}}`)
	driver, err := cp.Client().CoreV1().Pods(a.ns).Get(t.Context(), "plain", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	driver.Status.Phase = corev1.PodSucceeded
	if _, err := cp.Client().CoreV1().Pods(a.ns).UpdateStatus(t.Context(), driver, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain", "spark-plain", "plain-exec-1"} {
		out, _ = a.run(0, "tune", name, "--event-log="+log)
		a.wants(out, "spark.sql.adaptive.enabled")
	}

	other := filepath.Join(t.TempDir(), "merged.conf")
	out, errs = a.run(0, "tune", "merged", "--event-log="+next, "--apply", "--properties-file="+other, "--record="+recordFile(t))
	a.wants(out, "nothing to do: no object needs a change")
	a.wants(errs, other+" stays as it is: no setting of an application that spark-submit starts changes", "worth a try, and written with --try: ")
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

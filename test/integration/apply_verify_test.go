package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin"
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
	_, errs := a.run(0, "tune", "etl", "--apply", "--record="+recordFile(t))
	a.wants(errs, "spark-submit starts "+a.ns+"/etl", "--properties-file")

	record := recordFile(t)
	out, _ := a.run(0, "tune", "etl", "--apply", "--properties-file="+file, "--record="+record)
	a.wants(out, "next run that is submitted with --properties-file "+file, "file "+file+": applied")
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
	a.wants(out, a.ns+"/etl: run of ", "as applied  "+r.Workloads[0].Settings[0].Key, "not read    time and cost: the record has no prediction")
	a.run(plugin.ExitCoverage, "tune", "--verify="+record, "--event-log="+runLog(t, -time.Hour, settings))
	for _, s := range r.Workloads[0].Settings {
		settings[s.Key] = "7"
	}
	out, _ = a.run(plugin.ExitFound, "tune", "--verify="+record, "--event-log="+runLog(t, time.Hour, settings))
	a.wants(out, ", found 7", "different")

	a.run(0, "tune", "--rollback="+record)
	if now, err := os.ReadFile(file); err != nil || len(now) != len(text) || !strings.Contains(string(now), "spark.executor.memoryOverhead") {
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
	a.wants(out, "as applied  StatefulSet/spark-worker")
	a.patch(sets, "spark-worker", "kubectl-edit", `{"spec":{"template":{"spec":{"containers":[{"name":"worker","image":"x","resources":{"limits":{"memory":"1Gi"}}}]}}}}`)
	out, _ = a.run(plugin.ExitFound, "tune", "--verify="+record)
	a.wants(out, "different   StatefulSet/spark-worker", "changed since")
}

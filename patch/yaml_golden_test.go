package patch

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestEditsReadAsAUserWouldHaveWrittenThem shows what typical edits do to each manifest, as a unified diff.
func TestEditsReadAsAUserWouldHaveWrittenThem(t *testing.T) {
	t.Parallel()
	const env = `{"name":"SPARK_X","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}`
	const limits = `{"limits":{"memory":"2Gi","cpu":"1"},"claims":[]}`
	edits := map[string][]Op{
		"sparkapplication": {
			op(Add, "/metadata/labels", `{"team":"data","on":"yes"}`),
			op(Add, "/spec/driver/template/spec/containers/0/env/-", env),
			op(Add, "/spec/driver/template/spec/containers/0/securityContext/runAsUser", `185`),
			op(Add, "/spec/executor/template/spec", `{"containers":[{"name":"e","args":["-XX:+UseG1GC","0x1","2024-01-01"," x","a: b","12:30","1e3"]}]}`),
			op(Replace, "/spec/sparkConf/spark.executor.memory", `"6g"`),
			op(Add, "/spec/sparkConf/spark.dynamicAllocation.enabled", `"it's"`),
		},
		"statefulset": {
			op(Add, "/spec/template/spec/containers/0/env/-", env),
			op(Add, "/spec/template/spec/containers/0/env/0", env),
			op(Add, "/spec/template/spec/containers/0/args/-", `"--memory"`),
			op(Add, "/spec/template/spec/containers/-", `{"name":"side"}`),
			op(Add, "/spec/template/spec/tolerations/-", `{"key":"spot","operator":"Exists"}`),
			op(Add, "/spec/template/metadata/labels/tier", `"true"`),
		},
		"cronjob": {
			op(Add, "/spec/jobTemplate/spec/template/spec/containers/0/command/-", `"second"`),
			op(Add, "/spec/jobTemplate/spec/template/spec/containers/0/resources", limits),
			op(Replace, "/spec/schedule", `"0 4 * * *"`),
			op(Add, "/metadata/annotations/other", `"x"`),
		},
		"list": {
			op(Add, "/items/0/data/more", `"two\nlines\n"`),
			op(Add, "/items/1/spec/containers/0/resources", limits),
			op(Add, "/items/1/spec/securityContext", `{"fsGroup":185}`),
			op(Add, "/items/-", `{"kind":"Secret"}`),
		},
		"helm": {
			op(Add, "/spec/template/spec/containers/0/resources/limits", `{"cpu":"1"}`),
			op(Add, "/spec/template/spec/containers/0/env/-", env),
			op(Add, "/spec/template/spec/volumes", `[{"name":"v","emptyDir":{}}]`),
			op(Replace, "/spec/template/spec/nodeSelector", `{"disk":"ssd"}`),
		},
		"anchors":   {op(Add, "/spec/containers/3/resources", limits), op(Add, "/metadata/annotations", `{"a":"b"}`)},
		"crlf":      {op(Add, "/spec/containers/0/args/-", `"three"`), op(Add, "/spec/containers/0/env", `[`+env+`]`), op(Add, "/metadata/labels", `{"a":"b"}`)},
		"comments":  {op(Add, "/spec/containers/0/env/-", env), op(Add, "/metadata/namespace", `"jobs"`), op(Add, "/spec/containers/-", `{"name":"b"}`), op(Add, "/spec/volumes", `[]`)},
		"nonewline": {op(Add, "/spec/containers/0/env", `[`+env+`]`), op(Replace, "/spec/containers/0/image", `"y"`)},
		"quoted":    {op(Add, "/spec/containers/0/env/-", env), op(Replace, "/metadata/name", `"that's"`), op(Replace, "/metadata/annotations/multi", `"a b c: # d e"`), op(Add, "/metadata/annotations/x", `"é"`)},
		"sequences": {op(Add, "/lines/-", `"four"`), op(Remove, "/lines/0", ""), op(Add, "/block/d", `[1]`), op(Add, "/matrix/0/-", `"z"`), op(Remove, "/top/0", ""), op(Replace, "/nulls", `{"a":1}`)},
		"sparkcluster": {
			op(Add, "/spec/driverSpec/podTemplateSpec/spec/containers/0/resources/requests", `{"cpu":"500m"}`),
			op(Add, "/spec/driverSpec/podTemplateSpec/metadata", `{"labels":{"a":"b"}}`),
			op(Add, "/spec/sparkConf/spark.jars", `"local:///a.jar,local:///b.jar"`),
		},
		"embedded":    {op(Add, "/spec/containers/0/env", `[`+env+`]`), op(Add, "/spec/volumes/-", `{"name":"v"}`), op(Add, "/metadata/labels", `{"a":"b"}`)},
		"podtemplate": {op(Add, "/spec/containers/0/ports/1/name", `"dns"`), op(Remove, "/spec/containers/0/env/0", ""), op(Replace, "/spec/priority", `2000`), op(Remove, "/spec/containers/0/name", "")},
	}
	for name, doc := range manifests(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(edits[name]) == 0 {
				t.Fatal("add edits for this manifest")
			}
			got, err := ApplyYAML(doc, edits[name])
			if err != nil {
				t.Fatal(err)
			}
			golden, diff := "testdata/manifests/"+name+".diff", Unified(name+".yaml", doc, got)
			if *update {
				if err := os.WriteFile(golden, []byte(diff), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff != string(want) {
				t.Errorf("run with -update and review:\n%s", Unified(golden, want, []byte(diff)))
			}
		})
	}
}

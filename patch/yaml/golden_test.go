package yaml

import (
	"flag"
	"os"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestEditsReadAsAUserWouldHaveWrittenThem shows what typical edits do to each manifest, as a unified diff.
func TestEditsReadAsAUserWouldHaveWrittenThem(t *testing.T) {
	t.Parallel()
	const env = `{"name":"SPARK_X","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}`
	const limits = `{"limits":{"memory":"2Gi","cpu":"1"},"claims":[]}`
	edits := map[string][]patch.Op{
		"sparkapplication": {
			op(patch.Add, "/metadata/labels", `{"team":"data","on":"yes"}`),
			op(patch.Add, "/spec/driver/template/spec/containers/0/env/-", env),
			op(patch.Add, "/spec/driver/template/spec/containers/0/securityContext/runAsUser", `185`),
			op(patch.Add, "/spec/executor/template/spec", `{"containers":[{"name":"e","args":["-XX:+UseG1GC","0x1","2024-01-01"," x","a: b","12:30","1e3"]}]}`),
			op(patch.Replace, "/spec/sparkConf/spark.executor.memory", `"6g"`),
			op(patch.Add, "/spec/sparkConf/spark.dynamicAllocation.enabled", `"it's"`),
		},
		"statefulset": {
			op(patch.Add, "/spec/template/spec/containers/0/env/-", env),
			op(patch.Add, "/spec/template/spec/containers/0/env/0", env),
			op(patch.Add, "/spec/template/spec/containers/0/args/-", `"--memory"`),
			op(patch.Add, "/spec/template/spec/containers/-", `{"name":"side"}`),
			op(patch.Add, "/spec/template/spec/tolerations/-", `{"key":"spot","operator":"Exists"}`),
			op(patch.Add, "/spec/template/metadata/labels/tier", `"true"`),
		},
		"cronjob": {
			op(patch.Add, "/spec/jobTemplate/spec/template/spec/containers/0/command/-", `"second"`),
			op(patch.Add, "/spec/jobTemplate/spec/template/spec/containers/0/resources", limits),
			op(patch.Replace, "/spec/schedule", `"0 4 * * *"`),
			op(patch.Add, "/metadata/annotations/other", `"x"`),
		},
		"list": {
			op(patch.Add, "/items/0/data/more", `"two\nlines\n"`),
			op(patch.Add, "/items/1/spec/containers/0/resources", limits),
			op(patch.Add, "/items/1/spec/securityContext", `{"fsGroup":185}`),
			op(patch.Add, "/items/-", `{"kind":"Secret"}`),
		},
		"helm": {
			op(patch.Add, "/spec/template/spec/containers/0/resources/limits", `{"cpu":"1"}`),
			op(patch.Add, "/spec/template/spec/containers/0/env/-", env),
			op(patch.Add, "/spec/template/spec/volumes", `[{"name":"v","emptyDir":{}}]`),
			op(patch.Replace, "/spec/template/spec/nodeSelector", `{"disk":"ssd"}`),
		},
		"anchors":   {op(patch.Add, "/spec/containers/3/resources", limits), op(patch.Add, "/metadata/annotations", `{"a":"b"}`)},
		"crlf":      {op(patch.Add, "/spec/containers/0/args/-", `"three"`), op(patch.Add, "/spec/containers/0/env", `[`+env+`]`), op(patch.Add, "/metadata/labels", `{"a":"b"}`)},
		"comments":  {op(patch.Add, "/spec/containers/0/env/-", env), op(patch.Add, "/metadata/namespace", `"jobs"`), op(patch.Add, "/spec/containers/-", `{"name":"b"}`), op(patch.Add, "/spec/volumes", `[]`)},
		"nonewline": {op(patch.Add, "/spec/containers/0/env", `[`+env+`]`), op(patch.Replace, "/spec/containers/0/image", `"y"`)},
		"quoted":    {op(patch.Add, "/spec/containers/0/env/-", env), op(patch.Replace, "/metadata/name", `"that's"`), op(patch.Replace, "/metadata/annotations/multi", `"a b c: # d e"`), op(patch.Add, "/metadata/annotations/x", `"é"`)},
		"sequences": {op(patch.Add, "/lines/-", `"four"`), op(patch.Remove, "/lines/0", ""), op(patch.Add, "/block/d", `[1]`), op(patch.Add, "/matrix/0/-", `"z"`), op(patch.Remove, "/top/0", ""), op(patch.Replace, "/nulls", `{"a":1}`)},
		"sparkcluster": {
			op(patch.Add, "/spec/driverSpec/podTemplateSpec/spec/containers/0/resources/requests", `{"cpu":"500m"}`),
			op(patch.Add, "/spec/driverSpec/podTemplateSpec/metadata", `{"labels":{"a":"b"}}`),
			op(patch.Add, "/spec/sparkConf/spark.jars", `"local:///a.jar,local:///b.jar"`),
		},
		"embedded":    {op(patch.Add, "/spec/containers/0/env", `[`+env+`]`), op(patch.Add, "/spec/volumes/-", `{"name":"v"}`), op(patch.Add, "/metadata/labels", `{"a":"b"}`)},
		"podtemplate": {op(patch.Add, "/spec/containers/0/ports/1/name", `"dns"`), op(patch.Remove, "/spec/containers/0/env/0", ""), op(patch.Replace, "/spec/priority", `2000`), op(patch.Remove, "/spec/containers/0/name", "")},
	}
	for name, doc := range manifests(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(edits[name]) == 0 {
				t.Fatal("add edits for this manifest")
			}
			got, err := Apply(doc, edits[name])
			if err != nil {
				t.Fatal(err)
			}
			golden, diff := "testdata/manifests/"+name+".diff", patch.Unified(name+".yaml", doc, got)
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
				t.Errorf("run with -update and review:\n%s", patch.Unified(golden, want, []byte(diff)))
			}
		})
	}
}

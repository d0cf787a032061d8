package source

import (
	"bytes"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

func add(path patch.Path, value string) patch.Op {
	return patch.Op{Op: patch.Add, Path: path.Pointer(), Value: json.RawMessage(value)}
}

func remove(path patch.Path) patch.Op { return patch.Op{Op: patch.Remove, Path: path.Pointer()} }

// TestEditChangesItsDocumentAloneAndUndoingItGivesTheFileBack edits every slot of every fixture.
func TestEditChangesItsDocumentAloneAndUndoingItGivesTheFileBack(t *testing.T) {
	edits := 0
	for _, name := range all(t) {
		for i := range open(t, name).Docs {
			f := open(t, name)
			d := f.Docs[i]
			for s := range d.Slots {
				at := d.Slots[s].At.With("spec", "terminationGracePeriodSeconds")
				if d.Slots[s].Missing || has(d.Raw, at) {
					continue
				}
				before := make([]string, len(f.Docs))
				for j := range f.Docs {
					before[j] = string(f.Docs[j].Raw)
				}
				if err := f.Edit(d, []patch.Op{add(at, "77")}); err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				edits++
				if got := d.Slots[s].Template.Spec.TerminationGracePeriodSeconds; got == nil || *got != 77 {
					t.Errorf("%s: the edit is not in the template that was read anew", name)
				}
				for j := range f.Docs {
					if j != i && j != holder(f.Docs, i) && string(f.Docs[j].Raw) != before[j] {
						t.Errorf("%s: editing %s changed %s", name, d.Name, f.Docs[j].Name)
					}
				}
				if added := len(f.Bytes()) - len(f.Raw); added < len("terminationGracePeriodSeconds: 77") || added > 60 {
					t.Errorf("%s: the edit changed the length by %d", name, added)
				}
				if err := f.Edit(d, []patch.Op{remove(at)}); err != nil {
					t.Errorf("%s: %v", name, err)
				} else if !bytes.Equal(f.Bytes(), f.Raw) {
					t.Errorf("%s: add and remove did not give the file back:\n%s", name, patch.Unified(name, f.Raw, f.Bytes()))
				}
			}
		}
	}
	if edits < 40 {
		t.Errorf("only %d slots were edited", edits)
	}
}

// holder is the document in whose text another stands, -1 where that stands in the file itself.
func holder(docs []*workload.Document, of int) int {
	for j := of - 1; j >= 0; j-- {
		if len(docs[j].Text) < len(docs[of].Text) {
			return j
		}
	}
	return -1
}

func has(raw []byte, at patch.Path) bool {
	_, ok := patch.Lookup(raw, at)
	return ok
}

func TestEditsReachIntoConfigMapsAndKeepTheirComments(t *testing.T) {
	f := open(t, "handmade/configmaps.yaml")
	if err := f.Edit(f.Docs[0], []patch.Op{add(patch.Path{"data", "driver.yaml", "spec", "containers", "0", "env", "-"}, `{"name":"A","value":"b"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Edit(f.Docs[1], []patch.Op{
		{Op: patch.Replace, Path: "/data/spark-defaults.conf/spark.executor.memory", Value: json.RawMessage(`"8g"`)},
		add(patch.Path{"data", "spark-defaults.conf", "spark.driver.memory"}, `"1g"`),
	}); err != nil {
		t.Fatal(err)
	}
	got := string(f.Bytes())
	for _, want := range []string{"# keep drivers off spot nodes", "- name: A\n", "spark.executor.memory   8g\n", "# shared defaults", "spark.driver.memory 1g\n", "name: other"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestPropertiesAreEditedByKeyInTheirOwnStyle(t *testing.T) {
	f := open(t, "handmade/spark-defaults.conf")
	ops := []patch.Op{
		{Op: patch.Replace, Path: "/spark.executor.memoryOverhead", Value: json.RawMessage(`"1g"`)},
		{Op: patch.Replace, Path: "/spark.executor.extraJavaOptions", Value: json.RawMessage(`"-XX:+UseZGC"`)},
		remove(patch.Path{"spark.master"}),
		add(patch.Path{"spark.executor.cores"}, "4"),
	}
	if err := f.Edit(f.Docs[0], ops); err != nil {
		t.Fatal(err)
	}
	want := `# Defaults of the gateway host.
spark.executor.memory            6g
spark.executor.memoryOverhead    1g
spark.executor.extraJavaOptions  -XX:+UseZGC
spark.eventLog.enabled           true
spark.executor.cores 4
`
	if got := string(f.Bytes()); got != want {
		t.Errorf("got\n%s", got)
	}
	if got, _ := f.Docs[0].Conf.Get("spark.executor.cores"); got != "4" {
		t.Error("the document was not read anew")
	}
}

func TestAFailedEditLeavesTheFile(t *testing.T) {
	f := open(t, "handmade/native.yaml")
	for name, ops := range map[string][]patch.Op{
		"no such place":   {remove(patch.Path{"spec", "nothing"})},
		"breaks the type": {{Op: patch.Replace, Path: "/spec/containers", Value: json.RawMessage(`7`)}},
	} {
		err := f.Edit(f.Docs[0], ops)
		if err == nil || !strings.Contains(err.Error(), "native.yaml:") {
			t.Errorf("%s: got %v", name, err)
		}
		if !bytes.Equal(f.Bytes(), f.Raw) || len(f.Docs[0].Slots) != 1 {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestAnEditOfABlockLeavesItsOtherLinesAsTheyAre(t *testing.T) {
	const text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  spark-defaults.conf: |\n    spark.a 1\n  \n      \n    spark.b 2\n\n    spark.c 3\n \n  x: z\n"
	for _, ends := range []string{"\n", "\r\n"} {
		before := strings.ReplaceAll(text, "\n", ends)
		f, err := Open("a.yaml", []byte(before))
		if err != nil {
			t.Fatal(err)
		}
		ops := []patch.Op{{Op: patch.Replace, Path: "/data/spark-defaults.conf/spark.b", Value: []byte(`"22"`)}, {Op: patch.Remove, Path: "/data/spark-defaults.conf/spark.c"},
			{Op: patch.Add, Path: "/data/spark-defaults.conf/spark.d", Value: []byte(`"4"`)}}
		if err := f.Edit(f.Docs[0], ops); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(before, "spark.b 2", "spark.b 22"), "spark.c 3", "spark.d 4")
		if got := string(f.Bytes()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestATextIsReadOnceForAllThatIsAskedOfIt: doctor asks of each finding whether its document takes the fix.
func TestATextIsReadOnceForAllThatIsAskedOfIt(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what was read is not kept where memory is needed
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {spark-role: driver}}\nspec:\n  containers:\n  - name: spark-kubernetes-driver\n    env:\n" +
		strings.Repeat("    - {name: A, value: \"1\"}\n", 2000)
	f, err := Open("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ask := func() float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := f.Docs[0].Takes([]patch.Op{add(patch.Path{"spec", "hostNetwork"}, "false")}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs - before.Mallocs)
	}
	if first, second := ask(), ask(); second > 0.7*first {
		t.Errorf("the first question took %.0f allocations, the second %.0f", first, second)
	}
}

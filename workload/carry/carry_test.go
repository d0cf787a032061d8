package carry

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const ownerText = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: a
  annotations: {example.org/a: b}
spec:
  sparkVersion: 3.5.6
  image: apache/spark:3.5.6
  driver: {}
  executor:
    javaOptions: -Da=b
`

// carried makes an order of every slot of the document and carries it out.
func carried(t *testing.T, f *source.File, wishes func(s *workload.Slot, container int) []Wish) [][]Refusal {
	t.Helper()
	d := f.Docs[0]
	var orders []Order
	for _, s := range Pods(f, d) {
		pod, ok := launcher.Predict(d, s)
		if !ok {
			t.Fatalf("%s is not predicted", s.Role)
		}
		id := pod.Identity
		orders = append(orders, Order{Slot: s, Container: id.Container, Wishes: wishes(s, id.Container),
			Report: func([]Refusal) (string, string) { return "example.org/report", "r" }})
	}
	ops, refused := Object(f, d, orders, true)
	if len(ops) > 0 {
		if err := f.Edit(d, ops); err != nil {
			t.Fatal(err)
		}
	}
	return refused
}

// anew makes an order of every slot once more.
func anew(t *testing.T, wishes func(s *workload.Slot, container int) []Wish) Redo {
	return func(f *source.File, _ *workload.Document) error { carried(t, f, wishes); return nil }
}

func nothing(*workload.Slot, int) []Wish { return nil }

func opened(t *testing.T, text string) *source.File {
	t.Helper()
	f, err := source.Open("app.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOptionsOfExecutorsGoWhereSparkTakesThemFrom(t *testing.T) {
	f := opened(t, ownerText)
	wishes := func(s *workload.Slot, container int) []Wish {
		if s.Role != spark.Executor {
			return nil
		}
		return []Wish{
			{Name: "a", Token: "-XX:ActiveProcessorCount=2", Env: "SPARK_JAVA_OPT_"},
			{Name: "b", Token: "-Dx=a b", Env: "SPARK_JAVA_OPT_"},
		}
	}
	carried(t, f, wishes)
	want := `-Da=b -XX:ActiveProcessorCount=2 "-Dx=a b"`
	if got := f.Docs[0].Conf["spark.executor.extraJavaOptions"].Value; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, kept, had, err := UndoObject(f, f.Docs[0], anew(t, wishes)); !had || len(kept) > 0 || err != nil {
		t.Fatal(had, kept, err)
	}
	if string(f.Bytes()) != ownerText {
		t.Errorf("it is not given back:\n%s", patch.Unified("app.yaml", []byte(ownerText), f.Bytes()))
	}
}

// TestASecondRunAddsToWhatTheFirstMade, and all of it can be taken back at once.
func TestASecondRunAddsToWhatTheFirstMade(t *testing.T) {
	f := opened(t, ownerText)
	wish := func(names ...string) func(s *workload.Slot, container int) []Wish {
		return func(s *workload.Slot, container int) (wishes []Wish) {
			for _, name := range names {
				if s.Template == nil || s.Template.Annotations[name] == "" {
					wishes = append(wishes, Wish{Name: name, Path: patch.Path{"metadata", "annotations", name}, Value: json.RawMessage(`"1"`)})
				}
			}
			return wishes
		}
	}
	carried(t, f, wish("a"))
	carried(t, f, wish("a", "b"))
	for _, s := range f.Docs[0].Slots {
		if s.Template == nil || s.Template.Annotations["a"] != "1" || s.Template.Annotations["b"] != "1" || s.Template.Annotations["example.org/report"] != "r" {
			t.Errorf("%s: %+v", s.Role, s.Template)
		}
	}
	if _, kept, had, err := UndoObject(f, f.Docs[0], anew(t, wish("b", "a"))); !had || len(kept) > 0 || err != nil {
		t.Fatal(had, kept, err)
	}
	if string(f.Bytes()) != ownerText {
		t.Errorf("it is not given back:\n%s", patch.Unified("app.yaml", []byte(ownerText), f.Bytes()))
	}
}

// TestAForgedAnnotationTakesNothingElseAway: anybody may have written it.
func TestAForgedAnnotationTakesNothingElseAway(t *testing.T) {
	for _, entry := range []string{
		"spec/+image #" + undo.Hash([]byte(`"apache/spark:3.5.6"`)), "spec/image", "+spec/image", "++spec",
		"spec/image :3.5.6", "spec/image ^apache/spark:3.5.6",
		"metadata/+name #" + undo.Hash([]byte(`"a"`)), "metadata/annotations/example.org~1a",
		"spec/executor/javaOptions #000000000000", "spec/driver/template", "", "x", "/", "spec/-/- #1", "spec/executor/javaOptions nothing such", "spec/executor/javaOptions ~", "spec/executor/javaOptions #",
	} {
		list, _ := json.Marshal([]string{entry})
		text := strings.Replace(ownerText, "{example.org/a: b}", "{example.org/a: b, "+AnnotationUndo+": '"+string(list)+"'}", 1)
		f := opened(t, text)
		ops, kept, had, err := UndoObject(f, f.Docs[0], anew(t, nothing))
		if !had || len(ops) != 1 || len(kept) != 1 || kept[0] != entry {
			t.Errorf("%q: %v, kept %q", entry, ops, kept)
		}
		if err != nil || string(f.Bytes()) != ownerText {
			t.Errorf("%q: %v\n%s", entry, err, f.Bytes())
		}
	}
	for _, text := range []string{"no list", "'{}'", "'null'", `'["spec/image"` + strings.Repeat(`,"spec/image"`, maxEntries) + "]'"} {
		f := opened(t, strings.Replace(ownerText, "example.org/a: b", AnnotationUndo+": "+text, 1))
		if ops, kept, had, err := UndoObject(f, f.Docs[0], anew(t, nothing)); !had || len(ops) != 1 || len(kept) > 0 || err != nil {
			t.Errorf("%q: %v %v %v %v", text, ops, kept, had, err)
		}
	}
}

// TestLinesOfAConfigurationAreGivenBack whatever its end looks like, and stay where they were changed.
func TestLinesOfAConfigurationAreGivenBack(t *testing.T) {
	changes := []spark.Change{{Key: "spark.a", Value: "1"}, {Key: "spark.b c", Value: " x\ny"}}
	for _, text := range []string{"", "spark.x 1", "spark.x 1\n", "spark.x 1\r\n", "spark.x 1\r\nspark.y 2", "# only words", "\n\n", "spark.x 1\n\n\n"} {
		written := writeBlock(text, changes)
		if block := readBlock(written); block.before != text || !block.there || block.edited {
			t.Errorf("%q: %+v of %q", text, block, written)
		}
		conf, err := spark.ParseProperties([]byte(written))
		if err != nil || conf["spark.a"].Value != "1" {
			t.Errorf("%q: %v %v", text, conf, err)
		}
		for _, changed := range []string{strings.Replace(written, "spark.a=1", "spark.a=2", 1), written + "spark.mine 1\n", strings.Replace(written, blockEnd, "", 1)} {
			if block := readBlock(changed); !block.edited || block.before != changed {
				t.Errorf("%q: a change went unseen: %+v", changed, block)
			}
		}
	}
	if got := writeBlock("spark.x 1\n", nil); got != "spark.x 1\n" {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]bool{"a \\": true, "a \\\n": true, "a \\\\\n": false, "a\n": false, "": false, "a \\\r\n": true} {
		if unclosed(text) != want {
			t.Errorf("%q", text)
		}
	}
}

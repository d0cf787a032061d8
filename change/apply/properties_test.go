package apply

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestAPropertiesFileGetsItsBytesBack: order, comments, separators and line ends too. One that there was not is removed.
func TestAPropertiesFileGetsItsBytesBack(t *testing.T) {
	changes := []spark.Change{{Key: "spark.executor.memory", Value: "4g"}, {Key: "spark.executor.memoryOverhead", Unset: true}, {Key: "spark.new", Value: "x"}}
	const missing = "no file"
	for name, text := range map[string]string{
		"in the middle":  "# ours\nspark.executor.memoryOverhead 100m\nspark.executor.memory   = 2g\n\nspark.a b\n",
		"other line end": "spark.executor.memory 2g\r\nspark.executor.memoryOverhead=100m\r\n# end\r\n",
		"no last line":   "spark.executor.memoryOverhead 100m\nspark.executor.memory 2g",
		"twice":          "spark.executor.memoryOverhead 1m\nspark.a b\nspark.executor.memoryOverhead 2m\n",
		"continued":      "spark.executor.memoryOverhead \\\n  100m\nspark.a b\n",
		"a secret":       "spark.executor.memoryOverhead 100m\nspark.hadoop.fs.s3a.secret.key wJalrXUtnFEMIK7MDENGbPxRfiCYz\n",
		"missing":        missing,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "spark-defaults.conf")
			if text != missing {
				if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			record, err := NewRecord(filepath.Join(t.TempDir(), "record.json"), "tune", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			one, refused, err := Properties(t.Context(), nil, path, "", changes, []string{"why"})
			if err != nil || len(refused) > 0 {
				t.Fatal(refused, err)
			}
			progress := func(int, int) {}
			plan, err := Prepare(t.Context(), nil, []change.Edited{one}, Options{Manager: Manager}, progress)
			if err != nil {
				t.Fatal(err)
			}
			wrote := func(*Object, int, int) {}
			if done, err := plan.Write(t.Context(), &Recording{Record: record, Now: time.Now}, wrote); err != nil || len(done) != 1 {
				t.Fatal(done, err)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) == text {
				t.Fatalf("%q, %v", now, err)
			}
			if record, err = OpenRecord(record.Path()); err != nil {
				t.Fatal(err)
			}
			undo, err := NewRollback(t.Context(), nil, record, "me")
			if err != nil {
				t.Fatal(err)
			}
			if plan, err = undo.Prepare(t.Context(), Options{}, progress); err != nil {
				t.Fatal(err)
			}
			if done, err := plan.Write(t.Context(), undo, wrote); err != nil || len(done) != 1 {
				t.Fatal(done, err)
			}
			now, err := os.ReadFile(path)
			if text == missing {
				if !os.IsNotExist(err) {
					t.Errorf("%q, %v", now, err)
				}
				return
			}
			if err != nil || string(now) != text {
				t.Errorf("%q, was %q, %v", now, text, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

// TestAPropertiesFileThatOthersChangedSince gets the values of the settings back.
func TestAPropertiesFileThatOthersChangedSince(t *testing.T) {
	before, after := []byte("spark.a 1\nspark.b 2\n"), []byte("spark.b 3\n")
	lines := replacedLines(before, after)
	if text, ok := restored(after, lines); !ok || string(text) != string(before) {
		t.Errorf("%q, %v", text, ok)
	}
	if text, ok := restored([]byte("# new\nspark.b 3\n"), lines); ok {
		t.Errorf("%q", text)
	}
	if lines := replacedLines([]byte("spark.hadoop.fs.s3a.secret.key wJalrXUtnFEMIK7MDENGbPxRfiCYz"), nil); lines != nil {
		t.Errorf("a record holds %+v", lines)
	}
}

package apply

import (
	"os"
	"path/filepath"
	"strings"
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
			one, notes, err := Properties(t.Context(), nil, path, "", change.Settings{Title: "etl", Changes: changes}, []string{"why"})
			if err != nil || (text != missing) != (notes == nil) {
				t.Fatal(notes, err)
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
			undo, err := NewRollback(t.Context(), nil, record, "me", path)
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

// TestARecordAloneWritesNoFile: a properties file is given back only where the user names it, no link leads to it, and it holds the very
// text that was written.
func TestARecordAloneWritesNoFile(t *testing.T) {
	const before, line = "spark.a 1\n", "spark.evil yes\n"
	forged := func(path, holds string) *Record {
		return &Record{APIVersion: recordVersion, Kind: recordKind, path: filepath.Join(t.TempDir(), "record.json"), Changes: []*Entry{{State: Applied,
			Object:  change.Target{File: path, APIVersion: recordVersion, Kind: propertiesKind, Name: path, UID: path},
			Fields:  []Field{{Path: "/spark.evil", Before: []byte(`"yes"`)}},
			Lines:   []Lines{{0, line, ""}},
			Written: digest([]byte(holds))}}}
	}
	for name, c := range map[string]struct {
		prepare   func(dir string) (path, named string)
		holds     string
		says      string
		takesBack bool
	}{
		"named": {func(dir string) (string, string) { return filepath.Join(dir, "a.conf"), filepath.Join(dir, "a.conf") }, before, "", true},
		"not named": {func(dir string) (string, string) { return filepath.Join(dir, "a.conf"), "" }, before,
			"a record alone does not say which file is written", false},
		"another text": {func(dir string) (string, string) { return filepath.Join(dir, "a.conf"), filepath.Join(dir, "a.conf") }, before + "# mine\n",
			"it does not hold what was written", false},
		"a link": {func(dir string) (string, string) {
			if err := os.Symlink("a.conf", filepath.Join(dir, "b.conf")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "b.conf"), filepath.Join(dir, "b.conf")
		}, before, "the record holds no change of this file", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "a.conf")
			if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			path, named := c.prepare(dir)
			said := ""
			undo, err := NewRollback(t.Context(), nil, forged(path, c.holds), "me", named)
			if err == nil {
				var plan *Plan
				if plan, err = undo.Prepare(t.Context(), Options{}, func(int, int) {}); err != nil {
					t.Fatal(err)
				}
				for _, o := range plan.Objects {
					if o.Skipped != nil {
						said += o.Skipped.Why
					}
				}
				if _, err := plan.Write(t.Context(), undo, func(*Object, int, int) {}); err != nil {
					t.Fatal(err)
				}
			} else {
				said = err.Error()
			}
			now, err := os.ReadFile(file)
			if wrote := string(now) == line+before; err != nil || wrote != c.takesBack || !wrote && string(now) != before || !strings.Contains(said, c.says) {
				t.Errorf("%q, %v: %s", now, err, said)
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

package script

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// tune runs tune on a file and gives what it wrote and said.
func tune(t *testing.T, name string, args ...string) (code int, out []byte, notes string) {
	t.Helper()
	var b, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &b, ErrOut: &note}, rulebook.New, "v0.0.0-test")
	root.SetArgs(append([]string{"tune", "-f", name, "--node-shape=16x64Gi"}, args...))
	code = plugin.Execute(t.Context(), root)
	return code, b.Bytes(), note.String()
}

func TestATunedFileNeedsNoTuning(t *testing.T) {
	var files []string
	for _, pattern := range []string{"handmade/*.yaml", "faulty/*", "corrected/*", "handmade/*.conf"} {
		found, err := filepath.Glob("../fixtures/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	tuned := 0
	for _, path := range files {
		if path == "../fixtures/faulty/sizing.conf" {
			continue // Spark does not start with it: there is nothing to size
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, more := range [][]string{nil, {"--try"}, {"--goal=packing"}} {
			name := filepath.Join(t.TempDir(), filepath.Base(path))
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, notes := tune(t, name, append(more, "-o", "patch")...)
			var edits []struct {
				Kind, Namespace, Name string
				Operations            []patch.Op
			}
			if code != 0 || json.Unmarshal(out, &edits) != nil {
				t.Fatalf("%s %v: exit code %d, %s", path, more, code, notes)
			}
			file, err := source.Open(name, text)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range edits {
				for _, doc := range file.Docs {
					if doc.Kind == e.Kind && doc.Namespace == e.Namespace && (doc.Properties || doc.Name == e.Name) {
						tuned++
						if err := file.Edit(doc, e.Operations); err != nil {
							t.Fatalf("%s: %v", path, err)
						}
					}
				}
			}
			if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			// What has no form in the file was said, and is said again.
			if code, out, again := tune(t, name, append(more, "-o", "patch")...); code != 0 || strings.TrimSpace(string(out)) != "[]" {
				t.Errorf("%s %v: still %s, first %s\n%s\n%s", path, more, out, notes, again, file.Bytes())
			}
		}
	}
	if tuned < 30 {
		t.Errorf("only %d objects were tuned", tuned)
	}
}

package script

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

const documented = "../../test/fixtures/documented"

// doctorOf gives doctor's report about a file or folder.
func doctorOf(t *testing.T, path string) report.Report {
	t.Helper()
	var out, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs([]string{"doctor", "-f", path, "-o", "json"})
	if code := plugin.Execute(context.Background(), root); code != 0 {
		t.Errorf("%s: exit code %d: %s", path, code, note.String())
	}
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, note.String())
	}
	return r
}

// judged reads the table of warnings: what a reader decided of each, by "manifest code name".
func judged(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/documented.txt")
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 5 || words[3] != "right" && words[3] != "wrong" {
			t.Errorf("%q is no manifest, code, name, right or wrong, and why", line)
			continue
		}
		verdicts[strings.Join(words[:3], " ")] = words[3]
	}
	return verdicts
}

// mostWarnings is how many warnings a plain, correct workload has at most.
const mostWarnings = 2

// TestCorrectDocumentedManifestsHaveNoErrorAndTheirWarningsAreJudged: manifests in the shape of the examples that the
// documentation of Spark, both operators and the Bitnami chart describes.
func TestCorrectDocumentedManifestsHaveNoErrorAndTheirWarningsAreJudged(t *testing.T) {
	files, err := filepath.Glob(documented + "/*")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	verdicts := judged(t)
	pinned := maps.Clone(verdicts)
	alone := map[string]bool{}
	for _, path := range files {
		name := filepath.Base(path)
		r := doctorOf(t, path)
		if r.Summary.Workloads == 0 {
			t.Errorf("%s: doctor sees no workload", name)
		}
		warnings := map[string]int{}
		for _, f := range r.Findings {
			alone[f.Code+" "+f.Subject.Name] = true
			if f.Level == rule.Advice {
				continue
			}
			if warnings[f.Subject.Name]++; warnings[f.Subject.Name] > mostWarnings {
				t.Errorf("%s: %s has more than %d warnings", name, f.Subject.Name, mostWarnings)
			}
			key := name + " " + f.Code + " " + f.Subject.Name
			delete(pinned, key)
			switch {
			case f.Level == rule.Error:
				t.Errorf("%s: an error about a correct manifest: %s", key, f.Message)
			case verdicts[key] == "":
				t.Errorf("%s: a warning that nobody has judged: %s", key, f.Message)
			case verdicts[key] == "wrong":
				t.Errorf("%s: a warning that is known to be wrong: %s", key, f.Message)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(pinned)) {
		t.Errorf("%s: judged, but no longer found", key)
	}
	// Beside each other they are the same: no document lends another one's faults.
	for _, f := range doctorOf(t, documented).Findings {
		if !alone[f.Code+" "+f.Subject.Name] && f.Code != "SPK-M003" { // which compares History Servers with applications
			t.Errorf("all together: %s about %s, which no manifest has alone: %s", f.Code, f.Subject.Name, f.Message)
		}
	}
}

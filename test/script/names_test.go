package script

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestLawFiveACommandNamesAnyFile: what -f parts at a comma, what its list quotes, and what a shell reads otherwise.
func TestLawFiveACommandNamesAnyFile(t *testing.T) {
	text, err := os.ReadFile("../../examples/faulty/kubeflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a,b.yaml", `e"q.yaml`, "it's a.yaml", "$HOME.yaml", "-f.yaml", `",".yaml`} {
		r := &answers{text: text, bench: bench{filepath.Join(t.TempDir(), name)}}
		folder := filepath.Dir(r.bench.path)
		if err := os.WriteFile(r.bench.path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s := command("", "doctor", "-f", folder, "-o", "json")
		if r.doctor, err = reported(s); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, s.errs)
		}
		r.tuneTable = command("", "tune", "-f", folder)
		if err := r.runPrinted(); err != nil {
			t.Fatal(err)
		}
		if len(r.printed) < 5 {
			t.Errorf("%s: %d commands", name, len(r.printed))
		}
		for _, c := range r.printed {
			if c.result.code == 2 || c.words[0] == "fix" && !c.wrote && !slices.Contains(c.words, "-o") {
				t.Errorf("%q ends with %d: %s", c.words, c.result.code, c.result.errs)
			}
		}
	}
}

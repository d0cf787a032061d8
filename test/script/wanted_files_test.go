package script

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUninjectGivesFilesBackWhateverIsWanted is the law for files of every shape that owners come in, with every code
// that can be injected wanted.
func TestUninjectGivesFilesBackWhateverIsWanted(t *testing.T) {
	var all []string
	for _, r := range rules(t).Rules() {
		if r.Admit {
			all = append(all, r.Code)
		}
	}
	namespace := filepath.Join(t.TempDir(), "namespace.yaml")
	text := "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n  annotations: {kubectl-spark.io/want: \"" + strings.Join(all, ",") + "\"}\n"
	if err := os.WriteFile(namespace, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	owners, err := filepath.Glob("testdata/owners/*")
	if err != nil {
		t.Fatal(err)
	}
	files := append(written(t, "handmade"), owners...)
	edited := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, profile := range []string{"safe", "restricted"} {
			args := []string{"inject", "--profile", profile, "--namespace-file", namespace}
			injected := edit(t, path, text, args...)
			if !bytes.Equal(injected, text) {
				edited++
			}
			if again := edit(t, path, injected, args...); !bytes.Equal(again, injected) {
				t.Errorf("%s %s: twice is not once", path, profile)
			}
			if back := edit(t, path, injected, "uninject"); !bytes.Equal(back, text) {
				t.Errorf("%s %s: uninject does not give it back:\n%s", path, profile, back)
			}
		}
	}
	if edited < 20 {
		t.Errorf("only %d of the runs edited anything", edited)
	}
}

package carry

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

var update = flag.Bool("update", false, "write goldens anew")

const fixtures = "../../test/fixtures"

func open(t *testing.T, name string) *source.File {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open(name, raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func all(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{"handmade", "faulty", "corrected"} {
		found, err := filepath.Glob(filepath.Join(fixtures, dir, "*"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no fixtures in %s: %v", dir, err)
		}
		for _, name := range found {
			names = append(names, filepath.Join(dir, filepath.Base(name)))
		}
	}
	return names
}

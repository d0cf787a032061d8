package carry

import (
	"flag"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

var update = flag.Bool("update", false, "write goldens anew")

func open(t *testing.T, name string) *source.File {
	t.Helper()
	raw, err := fixtures.Read(name)
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
	found, err := fixtures.Manifests("handmade", "faulty", "corrected")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found {
		names = append(names, m.Name)
	}
	return names
}

package script

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// written gives the paths of the files of some folders of fixtures, of all where none is named.
func written(t testing.TB, folders ...string) (paths []string) {
	t.Helper()
	all, err := fixtures.Manifests(folders...)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		paths = append(paths, "../../"+m.Path)
	}
	return paths
}

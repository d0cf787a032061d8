package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// TestFixAllocatesAsMuchForEachDocument of a file, however many there are, and no more than the budget: from reading to the last word. Of
// documents that differ in their names alone it is little.
func TestFixAllocatesAsMuchForEachDocument(t *testing.T) {
	rules := sync.OnceValues(rulebook.New)
	list := func(all []string) string {
		text, err := fixtures.JSONList(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, c := range map[string]struct {
		text                  func([]string) string
		n                     int
		mostNumber, mostBytes float64
	}{
		"documents.yaml": {func(all []string) string { return strings.Join(all, "---\n") }, 1000, 230, 39_000},
		"list.json":      {list, 50, 19_900, 2_150_000},
	} {
		fix := func(n int) (number, bytes float64) {
			all := make([]string, n)
			for i := range all {
				all[i] = fmt.Sprintf(fixtures.Application, 1000+i)
			}
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(c.text(all)), 0o600); err != nil {
				t.Fatal(err)
			}
			root := New(genericiooptions.NewTestIOStreamsDiscard(), rules, "test")
			root.SetArgs([]string{"fix", "-f", path})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			code := Execute(t.Context(), root)
			runtime.ReadMemStats(&after)
			if code != ExitDone {
				t.Fatalf("%s: exit code %d", name, code)
			}
			return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)
		}
		fix(1) // what is made once
		number, bytes := fix(c.n)
		twiceNumber, twiceBytes := fix(2 * c.n)
		more, moreBytes := (twiceNumber-number)/float64(c.n), (twiceBytes-bytes)/float64(c.n)
		if t.Logf("%s: one more takes %.0f allocations of %.0f bytes", name, more, moreBytes); more > c.mostNumber || moreBytes > c.mostBytes {
			t.Errorf("%s: one more takes %.0f allocations of %.0f bytes; at most %.0f of %.0f are wanted", name, more, moreBytes, c.mostNumber, c.mostBytes)
		}
	}
}

package change

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// applications are texts of n of them.
func applications(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(fixtures.Application, i)
	}
	return all
}

func documents(all []string) string { return strings.Join(all, "---\n") }

func list(all []string) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for _, one := range all {
		b.WriteString("- " + strings.TrimSpace(strings.ReplaceAll(one, "\n", "\n  ")) + "\n")
	}
	return b.String()
}

// jsonList writes a list as kubectl prints it.
func jsonList(t *testing.T) func([]string) string {
	return func(all []string) string {
		text, err := fixtures.JSONList(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// The most that the fix of one more application may allocate, in number and in bytes.
const (
	mostAllocations = 25_000
	mostBytes       = 2_300_000
)

// TestFixGrowsWithItsInput: of twice the applications in one file it allocates twice as much, in number and in bytes, and
// what it tells of one does not depend on how many others there are.
func TestFixGrowsWithItsInput(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for what, file := range map[string]func([]string) string{"documents": documents, "list": list, "json": jsonList(t)} {
		fix := func(n int) (mallocs, bytes float64, of *Set) {
			name := filepath.Join(t.TempDir(), "all.yaml")
			if err := os.WriteFile(name, []byte(file(applications(n))), 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			sc, err := scene.Files(t.Context(), scene.Input{Names: []string{name}, Edit: true})
			if err != nil {
				t.Fatal(err)
			}
			made, err := Fix(t.Context(), sc, scene.Wanted{Set: set}, rule.Warning, nil)
			if err != nil {
				t.Fatal(err)
			}
			made.Files()
			runtime.ReadMemStats(&after)
			return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc), made
		}
		fix(1) // what is made once
		one, oneBytes, few := fix(10)
		two, twoBytes, many := fix(20)
		if each, eachBytes := (two-one)/10, (twoBytes-oneBytes)/10; each > mostAllocations || eachBytes > mostBytes {
			t.Errorf("%s: one more application takes %.0f allocations of %.0f bytes; at most %d of %d are wanted", what, each, eachBytes, mostAllocations, mostBytes)
		}
		if two > 2.2*one || twoBytes > 2.2*oneBytes {
			t.Errorf("%s: 10 applications take %.0f allocations of %.0f bytes, 20 take %.0f of %.0f", what, one, oneBytes, two, twoBytes)
		}
		if len(many.Kept()) != 2*len(few.Kept()) || len(many.Settings) != 2*len(few.Settings) || len(few.Settings) == 0 {
			t.Errorf("%s: %d outcomes and %d settings of 10, %d and %d of 20", what, len(few.Kept()), len(few.Settings), len(many.Kept()), len(many.Settings))
		}
	}
}

package plugin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// TestDoctorAllocatesAsMuchForEachKilledDriver of a file, however many there are, and no more than the budget: from reading to the last word.
// Each is of an application of its own and has its own time, so that none stands for another.
func TestDoctorAllocatesAsMuchForEachKilledDriver(t *testing.T) {
	rules := sync.OnceValues(rulebook.New)
	const n = 60
	doctor := func(n int) (number, bytes float64) {
		pods, err := fixtures.Killed(n)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}, Items: pods})
		if err != nil {
			t.Fatal(err)
		}
		return allocated(t, rules, ExitFound, "doctor", "drivers.json", text)
	}
	doctor(1) // what is made once
	number, bytes := doctor(n)
	twiceNumber, twiceBytes := doctor(2 * n)
	more, moreBytes := (twiceNumber-number)/n, (twiceBytes-bytes)/n
	const mostNumber, mostBytes = 3450, 530_000
	if t.Logf("one more takes %.0f allocations of %.0f bytes", more, moreBytes); more > mostNumber || moreBytes > mostBytes {
		t.Errorf("one more takes %.0f allocations of %.0f bytes; at most %d of %d are wanted", more, moreBytes, mostNumber, mostBytes)
	}
}

// allocated is what a command allocates that reads one file, from its first word to its last.
func allocated(t *testing.T, rules func() (*rule.Set, error), ends int, command, name string, text []byte) (number, bytes float64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	root := New(genericiooptions.NewTestIOStreamsDiscard(), rules, "test")
	root.SetArgs([]string{command, "-f", path})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	code := Execute(t.Context(), root)
	runtime.ReadMemStats(&after)
	if code != ends {
		t.Fatalf("%s: exit code %d", name, code)
	}
	return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)
}

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
			return allocated(t, rules, ExitDone, "fix", name, []byte(c.text(all)))
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

package script

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// tune runs tune on a file and gives what it wrote and said.
func tune(t *testing.T, name string, args ...string) (code int, out []byte, notes string) {
	t.Helper()
	var b, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &b, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs(append([]string{"tune", "-f", name, "--node-shape=16x64Gi"}, args...))
	code = plugin.Execute(t.Context(), root)
	return code, b.Bytes(), note.String()
}

// applied is a text behind a unified difference of it.
func applied(t *testing.T, text, diff string) string {
	t.Helper()
	after, err := withDiff(text, diff)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func withDiff(text, diff string) (string, error) {
	if diff == "" {
		return text, nil
	}
	before, at := strings.SplitAfter(text, "\n"), 0
	var b strings.Builder
	for _, line := range strings.SplitAfter(diff, "\n") {
		var start, count int
		switch {
		case line == "", strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "\\"):
		case strings.HasPrefix(line, "@@ -"):
			if n, _ := fmt.Sscanf(line, "@@ -%d,%d", &start, &count); n < 2 {
				count = 1
			}
			if count == 0 {
				start++ // it is put behind the line
			}
			b.WriteString(strings.Join(before[at:start-1], ""))
			at = start - 1
		case line[0] == '+':
			b.WriteString(line[1:])
		default:
			if strings.TrimSuffix(before[at], "\n") != strings.TrimSuffix(line[1:], "\n") {
				return "", fmt.Errorf("line %d is %q in the file and %q in the difference", at+1, before[at], line)
			}
			if line[0] == ' ' {
				b.WriteString(before[at])
			}
			at++
		}
	}
	return b.String() + strings.Join(before[at:], ""), nil
}

func TestATunedFileNeedsNoTuning(t *testing.T) {
	tuned := 0
	for _, path := range written(t, "handmade", "faulty", "corrected") {
		if path == "../../examples/faulty/sizing.conf" {
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
			code, out, notes := tune(t, name, append(more, "-o", "diff")...)
			if code != 0 {
				t.Fatalf("%s %v: exit code %d, %s", path, more, code, notes)
			}
			if len(out) > 0 {
				tuned++
			}
			edited := applied(t, string(text), string(out))
			if err := os.WriteFile(name, []byte(edited), 0o600); err != nil {
				t.Fatal(err)
			}
			// What has no form in the file was said, and is said again.
			if code, out, again := tune(t, name, append(more, "-o", "diff")...); code != 0 || len(out) > 0 {
				t.Errorf("%s %v: still %s, first %s\n%s\n%s", path, more, out, notes, again, edited)
			}
		}
	}
	if tuned < 30 {
		t.Errorf("only %d files were tuned", tuned)
	}
}

package script

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

func kubectlSpark(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var b, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &b, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs(args)
	code = plugin.Execute(t.Context(), root)
	return code, b.String(), note.String()
}

func TestFilesStayExactInAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker.yaml")
	if err := os.WriteFile(path, []byte(fixtures.SecretWorker), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"fix --all -o diff", "fix --all -o yaml", "tune -o diff", "inject"} {
		code, out, errs := kubectlSpark(t, append(strings.Fields(args), "-f", path)...)
		if code != 0 || !strings.Contains(out, secretRune) || strings.Contains(out, "(masked)") || strings.Contains(errs, secretRune) {
			t.Errorf("%s: exit code %d\n%s\n%s", args, code, out, errs)
		}
	}
}

package script

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// TestAfterInjectDoctorFindsNothingNew: what inject adds is right to doctor, the log of garbage collection first of all.
func TestAfterInjectDoctorFindsNothingNew(t *testing.T) {
	injected := 0
	for _, path := range written(t, "documented", "corrected", "cases") {
		if filepath.Ext(path) != ".yaml" {
			continue
		}
		var out, note bytes.Buffer
		root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
		root.SetArgs([]string{"inject", "-f", path})
		if code := plugin.Execute(context.Background(), root); code != 0 {
			t.Errorf("%s: exit code %d: %s", path, code, note.String())
			continue
		}
		if strings.Contains(note.String(), "SPK-M024/gcLog") {
			injected++
		}
		name := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := found(t, path)
		after, _ := found(t, name)
		for _, code := range after {
			if !slices.Contains(before, code) {
				t.Errorf("%s: after inject doctor finds %s", path, code)
			}
		}
	}
	if injected == 0 {
		t.Error("no log was added")
	}
}

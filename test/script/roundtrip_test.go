package script

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// edit runs inject or uninject on a text and gives the result.
func edit(t *testing.T, path string, text []byte, args ...string) []byte {
	t.Helper()
	var out, note bytes.Buffer
	name := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs(append(args, "-f", name))
	if code := plugin.Execute(context.Background(), root); code != 0 {
		t.Fatalf("%s %v: exit code %d: %s", path, args, code, note.String())
	}
	return out.Bytes()
}

func TestUninjectGivesEveryFixtureFileBackByteForByte(t *testing.T) {
	files := written(t, "handmade", "faulty", "corrected", "forms")
	// Shapes that owners come in, beyond those of the samples.
	shapes, err := filepath.Glob("testdata/owners/*")
	if err != nil || len(shapes) < 9 {
		t.Fatal(shapes, err)
	}
	files = append(files, shapes...)
	if len(files) < 20 {
		t.Fatalf("%d files", len(files))
	}
	edited := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, ends := range []string{"\n", "\r\n"} {
			text := bytes.ReplaceAll(text, []byte("\n"), []byte(ends))
			for _, profile := range []string{"safe", "standard", "restricted"} {
				injected := edit(t, path, text, "inject", "--profile", profile)
				if !bytes.Equal(injected, text) {
					edited++
				}
				if again := edit(t, path, injected, "inject", "--profile", profile); !bytes.Equal(again, injected) {
					t.Errorf("%s %s: twice is not once", path, profile)
				}
				if back := edit(t, path, injected, "uninject"); !bytes.Equal(back, text) {
					t.Errorf("%s %s: uninject does not give it back:\n%s", path, profile, back)
				}
			}
		}
	}
	if edited < 30 {
		t.Errorf("only %d of the runs edited anything", edited)
	}
}

package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheFolderOfThePlugin is that of the name by which it was run, on the PATH where a shell found it there.
func TestTheFolderOfThePlugin(t *testing.T) {
	name := os.Args[0]
	defer func() { os.Args[0] = name }()
	found, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{"go": filepath.Dir(found), filepath.Join("some", "where", "kubectl-spark"): filepath.Join("some", "where")} {
		os.Args[0] = given
		want, err := filepath.Abs(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pluginFolder(); err != nil || got != want {
			t.Errorf("%s: %s, not %s, %v", given, got, want, err)
		}
	}
	os.Args[0] = "no-such-program-of-the-path"
	if got, err := pluginFolder(); err == nil {
		t.Errorf("%s", got)
	}
}

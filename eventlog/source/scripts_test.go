package source

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestTheScriptsOfThePod run here as they do in the pod: a file, a folder, an empty one, and what is not there.
func TestTheScriptsOfThePod(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED, not passed: needs Linux, whose sh and stat the pod has; in CI it runs")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"a b": "12345", "-n": "1", "sub/x": "1"} {
		put(t, filepath.Join(dir, name), text)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	run := func(script, path string) (out string, code int) {
		cmd := exec.Command("sh", "-c", script, "sh", path)
		text, _ := cmd.Output() // the code says it
		return string(text), cmd.ProcessState.ExitCode()
	}
	if out, code := run(lookScript, filepath.Join(dir, "a b")); code != 0 || out != "regular file|5|"+filepath.Join(dir, "a b")+"\n" {
		t.Errorf("%q, %d", out, code)
	}
	out, code := run(listScript, dir)
	var got []string
	stats(out, func(name string, size int64, isDir bool) bool { got = append(got, name); return true })
	if code != 0 || strings.Join(got, ",") != "-n,a b,empty,sub" {
		t.Errorf("%q, %d", out, code)
	}
	if out, code := run(listScript, filepath.Join(dir, "empty")); code != 0 || out != "" {
		t.Errorf("%q, %d", out, code)
	}
	for _, script := range []string{lookScript, listScript} {
		if _, code := run(script, filepath.Join(dir, "none")); code != notThere {
			t.Errorf("%s: %d", script, code)
		}
	}
}

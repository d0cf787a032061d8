package law

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNoSourceFileIsLongerThan400Lines(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if lines := bytes.Count(text, []byte("\n")); lines > 400 {
			t.Errorf("%s has %d lines", path, lines)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// maxPackage is what a package of ours may hold, in lines that are no test's.
const maxPackage = 3500

func TestNoPackageIsLongerThan3500Lines(t *testing.T) {
	lines := map[string]int{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		room, _ := filepath.Rel("../..", filepath.Dir(path))
		lines[filepath.ToSlash(room)] += bytes.Count(text, []byte("\n"))
		return err
	})
	if err != nil || lines["spark"] == 0 || lines["workload/launcher"] == 0 {
		t.Fatalf("%d packages: %v", len(lines), err)
	}
	for room, n := range lines {
		if n > maxPackage {
			t.Errorf("package %s has %d lines, and at most %d are allowed: give a part of it a room of its own, named for what a reader looks for there", room, n, maxPackage)
		}
	}
}

// maxTracked is what one file of the repository may hold, in bytes: a built program is none of its files.
const maxTracked = 2 << 20

func TestNoLargeFileIsTracked(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files", "-z").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(files) < 500 {
		t.Fatalf("only %d files are tracked", len(files))
	}
	for _, name := range files {
		if info, err := os.Stat(filepath.Join("../..", name)); err == nil && info.Size() > maxTracked {
			t.Errorf("%s has %d bytes, at most %d are allowed", name, info.Size(), maxTracked)
		}
	}
}

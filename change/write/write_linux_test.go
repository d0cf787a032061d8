package write

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const beforeEdit = "spark.executor.memory 4g\n"

// edited is a file of settings that has one more since it was read.
func editedFile(t *testing.T, name string) *source.File {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open(filepath.ToSlash(name), raw)
	if err == nil {
		err = f.Edit(f.Docs[0], []patch.Op{{Op: patch.Add, Path: patch.Path{"spark.executor.cores"}.Pointer(), Value: []byte(`"4"`)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func settingsFile(t *testing.T, name string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(beforeEdit), 0o640); err != nil {
		t.Fatal(err)
	}
	return name
}

// left fails where a folder holds anything but the named files.
func left(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); err != nil || got != strings.Join(want, " ") {
		t.Errorf("the folder holds %s, want %s: %v", got, want, err)
	}
}

func TestWriteKeepsOwnerModeAttributesAndLinks(t *testing.T) {
	folder := t.TempDir()
	name := settingsFile(t, filepath.Join(folder, "a.conf"))
	if err := os.Chmod(name, 0o604|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	root := os.Getuid() == 0
	if root {
		if err := errors.Join(os.Chown(name, 1234, 2345), os.Chmod(name, 0o604|os.ModeSetgid)); err != nil {
			t.Fatal(err)
		}
	}
	attributes := syscall.Setxattr(name, "user.note", []byte("kept"), 0) == nil // the file system may have none
	link := filepath.Join(folder, "b.conf")
	if err := os.Symlink("a.conf", link); err != nil {
		t.Fatal(err)
	}
	if err := Files(t.Context(), []string{folder}, []*source.File{editedFile(t, link)}); err != nil {
		t.Fatal(err)
	}
	left(t, folder, "a.conf", "b.conf")
	if at, err := os.Readlink(link); err != nil || at != "a.conf" {
		t.Errorf("the link is %q: %v", at, err)
	}
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o604|os.ModeSetgid {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if stat := info.Sys().(*syscall.Stat_t); root && (stat.Uid != 1234 || stat.Gid != 2345) {
		t.Errorf("the owner is %d:%d", stat.Uid, stat.Gid)
	}
	value := make([]byte, 16)
	if n, err := syscall.Getxattr(name, "user.note", value); attributes && (err != nil || string(value[:n]) != "kept") {
		t.Errorf("the attribute is %q: %v", value[:max(n, 0)], err)
	}
	if text, _ := os.ReadFile(name); string(text) != beforeEdit+"spark.executor.cores 4\n" {
		t.Errorf("%q", text)
	}
}

func TestWriteRefusesWhatItCannotKeepAndLinksOutOfTheFolder(t *testing.T) {
	outside := settingsFile(t, filepath.Join(t.TempDir(), "outside.conf"))
	folder := t.TempDir()
	first := settingsFile(t, filepath.Join(folder, "a.conf"))
	for name, c := range map[string]struct {
		make func(name string) error
		want string
	}{
		"linked":   {func(name string) error { return os.Symlink(outside, name) }, "outside the folder that was given; nothing was written: give that file with -f"},
		"two":      {func(name string) error { return os.Link(outside, name) }, "2 names (hard links)"},
		"a folder": {func(name string) error { return os.Symlink(filepath.Dir(outside), name) }, "outside the folder that was given"},
	} {
		at := filepath.Join(folder, "b.conf")
		if err := c.make(at); err != nil {
			t.Fatal(err)
		}
		file := at
		if name == "a folder" {
			file = filepath.Join(at, "outside.conf")
		}
		err := Files(t.Context(), []string{folder}, []*source.File{editedFile(t, first), editedFile(t, file)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		left(t, folder, "a.conf", "b.conf")
		left(t, filepath.Dir(outside), "outside.conf")
		for _, name := range []string{first, outside} {
			if text, _ := os.ReadFile(name); string(text) != beforeEdit {
				t.Errorf("%s: %s was written", name, text)
			}
		}
		if name == "linked" { // who names the link means what it leads to
			if err := Files(t.Context(), []string{at}, []*source.File{editedFile(t, at)}); err != nil {
				t.Error(err)
			}
			settingsFile(t, outside)
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWriteLeavesNothingBehind where the disk is full, a signal came, or a file changed meanwhile.
func TestWriteLeavesNothingBehind(t *testing.T) {
	folder := t.TempDir()
	small, large := settingsFile(t, filepath.Join(folder, "a.conf")), filepath.Join(folder, "b.conf")
	text := bytes.Repeat([]byte("spark.a b\n"), 20_000)
	if err := os.WriteFile(large, append([]byte(beforeEdit), text[:190_000]...), 0o600); err != nil {
		t.Fatal(err)
	}
	files := func() []*source.File { return []*source.File{editedFile(t, small), editedFile(t, large)} }
	unchanged := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		left(t, folder, "a.conf", "b.conf")
		if text, _ := os.ReadFile(small); string(text) != beforeEdit {
			t.Errorf("%q was written", text)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	unchanged("context canceled", Files(ended, []string{folder}, files()))

	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &most); err != nil {
		t.Fatal(err)
	}
	given := files()
	// The test binary itself writes a list of opened files meanwhile: the limit leaves room for that.
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 128 << 10, Max: most.Max}); err != nil {
		t.Fatal(err)
	}
	err := Files(t.Context(), []string{folder}, given)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &most); err != nil {
		t.Fatal(err)
	}
	unchanged("nothing was written", err)

	given = files()
	if err := os.WriteFile(large, []byte("spark.x y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	unchanged("was changed since it was read; nothing was written", Files(t.Context(), []string{folder}, given))
}

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
)

// packed packs this test's own program, a Go program that is at hand without a build, and gives the folder.
func packed(t *testing.T, p release.Platform) (dir, file, parts string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	archive, parts, err := pack(dir, self, p, "0.1.0", time.Unix(1700000000, 0).UTC())
	if err != nil {
		t.Fatal(err)
	}
	if archive.OS != p.OS || archive.Arch != p.Arch || len(archive.SHA256) != 64 {
		t.Errorf("%+v", archive)
	}
	return dir, archive.File, parts
}

func TestArchivesHoldTheProgramAndTheLicence(t *testing.T) {
	licence, err := os.ReadFile("../../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[release.Platform]string{
		{OS: "linux", Arch: "amd64"}:   "kubectl-spark_0.1.0_linux_amd64.tar.gz: LICENSE -rw-r--r--, kubectl-spark -rwxr-xr-x",
		{OS: "windows", Arch: "arm64"}: "kubectl-spark_0.1.0_windows_arm64.zip: LICENSE -rw-r--r--, kubectl-spark.exe -rwxr-xr-x",
	} {
		dir, file, _ := packed(t, p)
		names, texts := open(t, filepath.Join(dir, file))
		if got := file + ": " + strings.Join(names, ", "); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		if !bytes.Equal(texts[0], licence) {
			t.Errorf("%s: the licence is another text", p)
		}
		again, _, _ := packed(t, p)
		one, err := checksum(filepath.Join(dir, file))
		two, err2 := checksum(filepath.Join(again, file))
		if err != nil || err2 != nil || one != two {
			t.Errorf("%s: two archives of the same program differ: %v %v", p, err, err2)
		}
	}
}

// open lists an archive's files with their modes, and their contents.
func open(t *testing.T, path string) (names []string, contents [][]byte) {
	t.Helper()
	add := func(name string, mode os.FileMode, r io.Reader) {
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names, contents = append(names, name+" "+mode.String()), append(contents, data)
	}
	if strings.HasSuffix(path, ".zip") {
		all, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer all.Close()
		for _, f := range all.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			add(f.Name, f.Mode(), r)
			r.Close()
		}
		return names, contents
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for all := tar.NewReader(plain); ; {
		h, err := all.Next()
		if err == io.EOF {
			return names, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		add(h.Name, h.FileInfo().Mode(), all)
	}
}

func TestChecksumsCoverEveryFile(t *testing.T) {
	dir, file, parts := packed(t, release.Platform{OS: "darwin", Arch: "arm64"})
	if err := checksums(dir, []string{parts, file}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if want, err := checksum(filepath.Join(dir, name)); !ok || err != nil || sum != want {
			t.Errorf("%q: %v, the file's checksum is %s", line, err, want)
		}
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != "kubectl-spark_0.1.0_darwin_arm64.cdx.json kubectl-spark_0.1.0_darwin_arm64.tar.gz" {
		t.Errorf("checksums of %s", got)
	}
}

func TestAnEarlierReleaseIsRemovedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"kubectl-spark_0.0.9_linux_amd64.tar.gz", "notes.md"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := empty(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "notes.md" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestBadVersionsAndPlatformsBuildNothing(t *testing.T) {
	for _, bad := range [][2]string{{"v0.1.0", "linux/amd64"}, {"", "linux/amd64"}, {"0.1.0", "linux"}} {
		dir := filepath.Join(t.TempDir(), "dist")
		if err := run(t.Context(), bad[0], dir, bad[1]); err == nil {
			t.Errorf("%v is taken", bad)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v made the folder", bad)
		}
	}
}

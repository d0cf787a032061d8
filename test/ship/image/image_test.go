package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
)

// budgets are how many bytes of layers a node may have to pull: a quarter above what the first image had.
var budgets = map[string]int64{webhook: 13_500_000, plugin: 22_000_000}

const webhook, plugin = "spark-webhook", "kubectl-spark"

const version = "0.1.0-test"

// built is a folder with an image for this machine, made by two runs that are compared.
func built(t *testing.T, program string) string {
	t.Helper()
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	one, two := t.TempDir(), t.TempDir()
	for _, dir := range []string{one, two} {
		if err := run(t.Context(), program, version, dir, "linux/"+runtime.GOARCH, program); err != nil {
			t.Fatal(err)
		}
	}
	first, second := contents(t, one), contents(t, two)
	if len(first) != len(second) || len(first) < 6 {
		t.Fatalf("two runs wrote %d and %d files", len(first), len(second))
	}
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Errorf("two runs differ in %s", name)
		}
	}
	return one
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[path], err = os.ReadFile(filepath.Join(dir, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fromLayout is the one image in the folder's layout.
func fromLayout(t *testing.T, dir string) v1.Image {
	t.Helper()
	root, err := layout.ImageIndexFromPath(filepath.Join(dir, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	top, err := root.IndexManifest()
	if err != nil || len(top.Manifests) != 1 || top.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != version {
		t.Fatalf("the layout names %+v, %v", top, err)
	}
	index, err := root.ImageIndex(top.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 || !manifest.Manifests[0].Platform.Equals(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}) {
		t.Fatalf("the index holds %+v, %v", manifest, err)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestImage(t *testing.T) {
	for _, program := range []string{webhook, plugin} {
		t.Run(program, func(t *testing.T) {
			dir := built(t, program)
			img := fromLayout(t, dir)
			t.Run("one program and nothing else", func(t *testing.T) { onlyTheProgram(t, program, img) })
			t.Run("started as install starts it", func(t *testing.T) { startedAs(t, program, img) })
			t.Run("the archive holds the same image", func(t *testing.T) { sameInArchive(t, program, dir, img) })
			t.Run("small", func(t *testing.T) {
				size, err := packedSize(img)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d bytes of layers, the budget is %d", size, budgets[program])
				if size > budgets[program] {
					t.Errorf("a node pulls %d bytes, the budget is %d", size, budgets[program])
				}
			})
			t.Run("skopeo reads both", func(t *testing.T) { read(t, program, dir, img) })
			t.Run("starts in an empty root", func(t *testing.T) { starts(t, program, img) })
		})
	}
}

// onlyTheProgram also proves that there is no shell.
func onlyTheProgram(t *testing.T, program string, img v1.Image) {
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	var names []string
	eachFile(t, img, func(h *tar.Header, data []byte) {
		names = append(names, h.Name)
		if h.Typeflag != tar.TypeReg || h.Uid != 0 || h.Gid != 0 || h.Mode&0o222 != 0 || h.ModTime.Unix() != 1700000000 {
			t.Errorf("%s: type %c, owner %d:%d, mode %o, time %v", h.Name, h.Typeflag, h.Uid, h.Gid, h.Mode, h.ModTime)
		}
		if h.Name == authorities {
			if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(data) {
				t.Error("the authorities cannot be read")
			}
		}
		if h.Name == program && h.Mode != 0o555 {
			t.Errorf("the program's mode is %o", h.Mode)
		}
	})
	want := []string{"LICENSE", program}
	if program == plugin {
		want = append(want, authorities)
	}
	if slices.Sort(want); !slices.Equal(names, want) {
		t.Errorf("files: %v", names)
	}
}

func eachFile(t *testing.T, img v1.Image, visit func(*tar.Header, []byte)) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		r, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		for files := tar.NewReader(r); ; {
			h, err := files.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(files)
			if err != nil {
				t.Fatal(err)
			}
			visit(h, data)
		}
		r.Close()
	}
}

func startedAs(t *testing.T, program string, img v1.Image) {
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	uid, err := strconv.Atoi(strings.SplitN(config.User, ":", 2)[0])
	if err != nil || uid == 0 {
		t.Errorf("user %q is not a number, or is root", config.User)
	}
	if !slices.Equal(config.Entrypoint, []string{"/" + program}) || len(config.Cmd) > 0 {
		t.Errorf("entrypoint %q with %q", config.Entrypoint, config.Cmd)
	}
	if file.Created.Unix() != 1700000000 || file.OS != "linux" || file.Architecture != runtime.GOARCH {
		t.Errorf("made at %v for %s/%s", file.Created, file.OS, file.Architecture)
	}
	if program != webhook {
		if len(config.ExposedPorts) > 0 {
			t.Errorf("ports %v", config.ExposedPorts)
		}
		return
	}
	asTheDockerfile(t, config)
	manifests, err := os.ReadFile("../../../manifests/cluster.yaml")
	if err != nil || !strings.Contains(string(manifests), "runAsUser: "+strconv.Itoa(uid)+"\n") {
		t.Errorf("install runs the server as another user than %d: %v", uid, err)
	}
}

func asTheDockerfile(t *testing.T, config v1.Config) {
	text, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	word := func(name string) string {
		found := regexp.MustCompile(`(?m)^`+name+` (.*)$`).FindAllStringSubmatch(string(text), -1)
		if len(found) != 1 {
			t.Fatalf("the Dockerfile has %d lines %s", len(found), name)
		}
		return found[0][1]
	}
	if config.User != word("USER") {
		t.Errorf("user %q, in the Dockerfile %q", config.User, word("USER"))
	}
	if got := `["` + strings.Join(config.Entrypoint, `", "`) + `"]`; got != word("ENTRYPOINT") {
		t.Errorf("entrypoint %s, in the Dockerfile %s", got, word("ENTRYPOINT"))
	}
	ports := strings.Fields(word("EXPOSE"))
	for _, port := range ports {
		if _, ok := config.ExposedPorts[port+"/tcp"]; !ok || len(config.ExposedPorts) != len(ports) {
			t.Errorf("ports %v, in the Dockerfile %v", config.ExposedPorts, ports)
		}
	}
}

func sameInArchive(t *testing.T, program, dir string, img v1.Image) {
	archived, err := tarball.ImageFromPath(filepath.Join(dir, program+".tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := archived.ConfigName(); err != nil || got != want {
		t.Errorf("the archive holds %s, the layout %s: %v", got, want, err)
	}
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(filepath.Join(dir, program+".tar")) })
	if err != nil || len(manifest) != 1 || !slices.Equal(manifest[0].RepoTags, []string{program + ":" + version}) {
		t.Errorf("the archive names %+v, %v", manifest, err)
	}
}

// read asks a second implementation, where the machine has it.
func read(t *testing.T, program, dir string, img v1.Image) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		const missing = "no skopeo on PATH, the second reader of the image: install skopeo"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing + "; in CI this fails")
	}
	want, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"oci:" + filepath.Join(dir, "oci") + ":" + version, "docker-archive:" + filepath.Join(dir, program+".tar")} {
		out, err := exec.Command(skopeo, "inspect", "--format", "{{.Architecture}} {{index .Labels \"org.opencontainers.image.version\"}} {{len .Layers}}", source).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want.Architecture+" "+version+" 1" {
			t.Errorf("skopeo inspect %s: %v: %s", source, err, got)
		}
	}
}

func TestProgramsThatTheImageCannotStartAreRefused(t *testing.T) {
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for p, data := range map[release.Platform][]byte{
		{OS: "linux", Arch: other}:            binary,
		{OS: "windows", Arch: runtime.GOARCH}: binary,
		{OS: "linux", Arch: "s390x"}:          binary,
		{OS: "linux", Arch: runtime.GOARCH}:   []byte("#!/bin/sh\n"),
	} {
		if err := standsAlone(webhook, p, data); err == nil {
			t.Errorf("%s: a program of %d bytes is taken", p, len(data))
		}
	}
	if err := run(t.Context(), "other", version, t.TempDir(), "linux/amd64", "other"); err == nil {
		t.Error("a program that is not shipped is taken")
	}
	if err := run(t.Context(), webhook, "v0.1.0", t.TempDir(), "linux/amd64", webhook); err == nil {
		t.Error("a version with v is taken")
	}
}

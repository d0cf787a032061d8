package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
)

// header is the head of a program for a machine and nothing after it; with segment, it has one segment of that type.
func header(t *testing.T, machine elf.Machine, segment ...elf.ProgType) []byte {
	t.Helper()
	h := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: uint16(len(segment)),
	}
	var out bytes.Buffer
	if err := binary.Write(&out, binary.LittleEndian, h); err != nil {
		t.Fatal(err)
	}
	for _, kind := range segment {
		if err := binary.Write(&out, binary.LittleEndian, elf.Prog64{Type: uint32(kind)}); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestEveryPlatformStandsInTheIndexAndOneInTheArchive(t *testing.T) {
	platforms := []release.Platform{{OS: "linux", Arch: "amd64"}, {OS: "linux", Arch: "arm64"}}
	at, dir := time.Unix(1700000000, 0).UTC(), t.TempDir()
	images := map[release.Platform]v1.Image{}
	for i, machine := range []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64} {
		img, err := assemble(webhook, platforms[i], header(t, machine), []byte("a licence\n"), version, at)
		if err != nil {
			t.Fatal(err)
		}
		images[platforms[i]] = img
	}
	tag, err := name.NewTag("registry.example.org:5000/team/" + webhook + ":" + version)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second run replaces what the first one wrote
		if err := write(webhook, dir, tag, platforms, images, version, at); err != nil {
			t.Fatal(err)
		}
	}
	root, err := layout.ImageIndexFromPath(filepath.Join(dir, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(root); err != nil {
		t.Fatal(err)
	}
	top, err := root.IndexManifest()
	if err != nil || len(top.Manifests) != 1 {
		t.Fatalf("%+v, %v", top, err)
	}
	index, err := root.ImageIndex(top.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 || manifest.Annotations["org.opencontainers.image.version"] != version {
		t.Fatalf("%+v, %v", manifest, err)
	}
	for i, p := range platforms {
		want, err := images[p].Digest()
		if got := manifest.Manifests[i]; err != nil || got.Digest != want || got.Platform.Architecture != p.Arch || got.Platform.OS != p.OS {
			t.Errorf("%s is %+v in the index, %v", p, got, err)
		}
	}
	archived, err := tarball.ImageFromPath(filepath.Join(dir, webhook+".tar"), &tag)
	if err != nil {
		t.Fatal(err)
	}
	config, err := archived.ConfigFile()
	want := "amd64" // of a machine that is neither: the first
	if runtime.GOARCH == "arm64" {
		want = "arm64"
	}
	if err != nil || config.Architecture != want {
		t.Errorf("the archive is for %s, %v", config.Architecture, err)
	}
}

func TestProgramsThatNeedALoaderAreRefused(t *testing.T) {
	p := release.Platform{OS: "linux", Arch: "arm64"}
	for kind, taken := range map[elf.ProgType]bool{elf.PT_LOAD: true, elf.PT_INTERP: false, elf.PT_DYNAMIC: false} {
		if err := standsAlone(webhook, p, header(t, elf.EM_AARCH64, kind)); (err == nil) != taken {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
)

// user is numeric, so that a kubelet can prove runAsNonRoot; manifests/cluster.yaml and manifests/fleet.go name the same one.
const user = "65532:65532"

// ports are the programs that are shipped as images, with the ports that they listen on.
var ports = map[string]map[string]struct{}{
	"spark-webhook": {"9443/tcp": {}, "8080/tcp": {}},
	"kubectl-spark": nil, // in the pods of tune --fleet --job
}

// authorities is where programs look for the certificates of servers' authorities.
const authorities = "etc/ssl/certs/ca-certificates.crt"

// trusted are Mozilla's authorities in PEM, without those that it trusts for old certificates alone: a file cannot say that.
func trusted() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return out.Bytes()
}

// assemble makes the image of one platform: one layer with the program, its licence and what else it needs, owned by root and written by nobody.
func assemble(program string, p release.Platform, binary, licence []byte, version string, at time.Time) (v1.Image, error) {
	if err := standsAlone(program, p, binary); err != nil {
		return nil, err
	}
	held := map[string][]byte{"LICENSE": licence, program: binary}
	if program == "kubectl-spark" { // it asks object stores and registries
		held[authorities] = trusted()
	}
	files, err := layerOf(at, map[string]int64{"LICENSE": 0o444, program: 0o555, authorities: 0o444}, held)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(9), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: at}, CreatedBy: "make image", Comment: program + " " + version}})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = p.OS, p.Arch, v1.Time{Time: at}
	config.Config = v1.Config{
		User:         user,
		Entrypoint:   []string{"/" + program},
		ExposedPorts: ports[program],
		WorkingDir:   "/",
		Labels:       describe(program, version, at),
	}
	return mutate.ConfigFile(img, config)
}

// together is one index over the images of all platforms, in the order that is given.
func together(program string, platforms []release.Platform, images map[release.Platform]v1.Image, version string, at time.Time) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range platforms {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        images[p],
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: p.OS, Architecture: p.Arch}},
		})
	}
	annotated, ok := mutate.Annotations(index, describe(program, version, at)).(v1.ImageIndex)
	if !ok {
		return nil, errors.New("annotations of the index: it is no index any more")
	}
	return annotated, nil
}

// describe gives the keys that the OCI image specification defines in annotations.md.
func describe(program, version string, at time.Time) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":    program,
		"org.opencontainers.image.version":  version,
		"org.opencontainers.image.source":   "https://" + release.Module,
		"org.opencontainers.image.licenses": "Apache-2.0",
		"org.opencontainers.image.created":  at.Format(time.RFC3339),
	}
}

// layerOf is an uncompressed layer: the files by name, in order, all of one time.
func layerOf(at time.Time, modes map[string]int64, files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range sortedNames(files) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: modes[name], Size: int64(len(files[name])), ModTime: at, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// standsAlone refuses a program for another machine, and one that needs a loader: the image has none.
func standsAlone(program string, p release.Platform, binary []byte) error {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	machine, known := machines[p.Arch]
	if p.OS != "linux" || !known {
		return fmt.Errorf("platform %s: the image is for linux/amd64 and linux/arm64", p)
	}
	file, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("%s for %s: %w", program, p, err)
	}
	if file.Machine != machine {
		return fmt.Errorf("%s for %s was built for %s", program, p, file.Machine)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
			return fmt.Errorf("%s for %s is linked dynamically: an image without a C library cannot start it; build with CGO_ENABLED=0", program, p)
		}
	}
	return nil
}

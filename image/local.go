package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func openLayout(dir string, o Options) (*opened, error) {
	if _, err := os.Stat(layoutFile(dir)); err != nil {
		return nil, fmt.Errorf("the folder %s holds no OCI layout: it has no file oci-layout", dir)
	}
	if info, err := os.Stat(filepath.Join(dir, "index.json")); err == nil && info.Size() > maxConfig {
		return nil, fmt.Errorf("%s/index.json has %d bytes: at most %d are read", dir, info.Size(), maxConfig)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the OCI layout %s: %w", dir, err)
	}
	return fromIndex(dir, index, o.Platform, true, 0)
}

// fromIndex opens the image of an index that is for a platform. An index may lead to another.
func fromIndex(source string, index v1.ImageIndex, platform string, local bool, depth int) (*opened, error) {
	if depth > 3 {
		return nil, fmt.Errorf("image %s is an index of indexes, more than three deep: nothing was read", source)
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("cannot read the index of image %s: %w", source, err)
	}
	chosen, platforms, err := pick(source, m.Manifests, platform)
	if err != nil {
		return nil, err
	}
	if local {
		if err := checkBlob(source, chosen); err != nil {
			return nil, err
		}
	}
	if chosen.MediaType.IsIndex() {
		inner, err := index.ImageIndex(chosen.Digest)
		if err != nil {
			return nil, fmt.Errorf("cannot read the index of image %s: %w", source, err)
		}
		return fromIndex(source, inner, platform, local, depth+1)
	}
	if chosen.Size > maxConfig {
		return nil, fmt.Errorf("the manifest of image %s has %d bytes: at most %d are read", source, chosen.Size, maxConfig)
	}
	img, err := index.Image(chosen.Digest)
	if err != nil {
		return nil, fmt.Errorf("cannot read image %s: %w", source, err)
	}
	out, err := fromImage(source, img, local)
	if err != nil {
		return nil, err
	}
	for i := range out.layers {
		out.layers[i].check = local
	}
	if len(platforms) > 1 {
		out.platforms = platforms
	}
	for _, one := range m.Manifests[:min(len(m.Manifests), maxPlatforms)] {
		out.variants = append(out.variants, one.Digest.String())
	}
	return out, nil
}

// checkBlob looks at what describes an image in a folder before it is used: it has few bytes, and is what its digest says.
func checkBlob(dir string, d v1.Descriptor) error {
	f, err := os.Open(filepath.Join(dir, "blobs", d.Digest.Algorithm, d.Digest.Hex))
	if err != nil {
		return fmt.Errorf("cannot read the OCI layout %s: %w", dir, err)
	}
	defer f.Close()
	sum, n, err := v1.SHA256(io.LimitReader(f, maxConfig+1))
	switch {
	case err != nil:
		return fmt.Errorf("cannot read the OCI layout %s: %w", dir, err)
	case n > maxConfig:
		return fmt.Errorf("blob %s in %s has more than %d bytes: descriptions of images are read up to that size", d.Digest, dir, maxConfig)
	case sum != d.Digest:
		return fmt.Errorf("blob %s in %s is not what its digest says: nothing was read", d.Digest, dir)
	}
	return nil
}

// fromImage opens an image with a manifest, which says the sizes of its layers.
func fromImage(source string, img v1.Image, local bool) (*opened, error) {
	m, err := img.Manifest()
	if err != nil {
		return nil, fmt.Errorf("cannot read the manifest of image %s: %w", source, err)
	}
	if m.Config.Size > maxConfig || m.Config.Size < 0 {
		return nil, fmt.Errorf("the configuration of image %s has %d bytes: at most %d are read", source, m.Config.Size, maxConfig)
	}
	digest, err := img.Digest()
	if err != nil {
		return nil, fmt.Errorf("cannot read the manifest of image %s: %w", source, err)
	}
	if local {
		if err := checkBlob(source, m.Config); err != nil {
			return nil, err
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration of image %s: %w", source, err)
	}
	out := &opened{config: config, digest: digest.String(), local: local}
	for _, l := range m.Layers {
		if l.Size < 0 {
			return nil, fmt.Errorf("the manifest of image %s gives layer %s %d bytes: nothing was read", source, l.Digest, l.Size)
		}
		one := stored{digest: l.Digest.String(), size: l.Size, foreign: len(l.URLs) > 0}
		one.open = func() (io.ReadCloser, error) {
			layer, err := img.LayerByDigest(l.Digest)
			if err != nil {
				return nil, err
			}
			return layer.Compressed()
		}
		out.layers = append(out.layers, one)
	}
	return out, nil
}

// openArchive opens an archive of docker save. Its layers stand there as they are unpacked, and it says no compressed sizes.
func openArchive(file string) (*opened, error) {
	if err := checkArchive(file); err != nil {
		return nil, err
	}
	img, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s as an archive of docker save: %w", file, err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration in %s: %w", file, err)
	}
	out := &opened{config: config, local: true}
	if len(config.RootFS.DiffIDs) > maxLayers {
		return nil, fmt.Errorf("%s has %d layers: at most %d are read", file, len(config.RootFS.DiffIDs), maxLayers)
	}
	for _, id := range config.RootFS.DiffIDs {
		out.layers = append(out.layers, stored{digest: id.String(), check: true, open: func() (io.ReadCloser, error) {
			layer, err := img.LayerByDiffID(id)
			if err != nil {
				return nil, err
			}
			return layer.Uncompressed()
		}})
	}
	return out, nil
}

// maxMembers bounds the files of an archive: it has three for a layer.
const maxMembers = 16 * maxLayers

// checkArchive looks at the names and sizes in an archive, so that what describes the image is within bounds before it is read.
func checkArchive(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", file, err)
	}
	defer f.Close()
	magic := make([]byte, 4)
	if n, _ := f.ReadAt(magic, 0); n == len(magic) && (bytes.HasPrefix(magic, gzipMagic) || bytes.Equal(magic, zstdMagic)) {
		return fmt.Errorf("%s is compressed, and archives are read only as docker save writes them: unpack it with gunzip or unzstd", file)
	}
	sizes := map[string]int64{}
	var manifest []struct{ Config string }
	archive := tar.NewReader(f)
	for n := 0; ; n++ {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("cannot read %s as an archive: %w", file, err)
		}
		if n >= maxMembers {
			return fmt.Errorf("%s has more than %d files: it is no archive of docker save", file, maxMembers)
		}
		name, size := path.Clean(h.Name), h.Size
		if h.Typeflag != tar.TypeReg {
			size = math.MaxInt64 // what a link leads to is not looked at
		}
		sizes[name] = max(sizes[name], size)
		if name == "manifest.json" && size <= maxConfig && manifest == nil {
			if err := json.NewDecoder(archive).Decode(&manifest); err != nil {
				return fmt.Errorf("cannot read manifest.json in %s: %w", file, err)
			}
		}
	}
	if _, has := sizes["manifest.json"]; !has {
		return fmt.Errorf("%s is no archive of docker save: it has no manifest.json; unpack an archive with an OCI layout, and give the folder", file)
	}
	names := []string{"manifest.json"}
	for _, m := range manifest {
		names = append(names, path.Clean(m.Config))
	}
	for _, name := range names {
		if sizes[name] > maxConfig {
			return fmt.Errorf("%.80q in %s is a link, or has more than %d bytes: descriptions of images are read up to that size", name, file, maxConfig)
		}
	}
	if len(manifest) != 1 {
		return fmt.Errorf("%s holds %d images: give an archive with one (docker save REFERENCE)", file, len(manifest))
	}
	return nil
}

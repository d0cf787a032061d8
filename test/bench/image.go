package main

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/klauspost/compress/gzip"
)

// imageFiles is how many files a layer of the measured image has, each of some 26 kB: all of its layers have as many as a large image for notebooks.
const imageFiles = 20_000

// explained measures explain image of an image of some MiB in a folder, against decompressing its layers once.
func explained(out io.Writer, binary string, mib int) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if output, err := exec.Command(self, "-image", strconv.Itoa(mib), "-write-image", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	commands := []command{{name: "explain image", args: []string{binary, "explain", "image", dir, "-o", "json"}}, {name: "reading its layers", args: []string{self, "-read-image", dir}}}
	took, err := inTurnsFor(3, commands...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nimage of %d MiB unpacked, in turns, 3 times%s\n%-34s %10s %10s %8s\n", mib, load(), "", "median", "processor", "MiB")
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	budget(out, "explain image, by reading its layers", took[0].took.Seconds()/took[1].took.Seconds(), 1.5, 1.5)
	budget(out, "explain image, by reading its layers, processor", took[0].processor.Seconds()/took[1].processor.Seconds(), 1.5, 1.5)
	budget(out, "explain image, MiB", float64(took[0].peak)/1024, 200, 200)
	return nil
}

// writeImage writes a folder with an image of some MiB: of each file the first half is random, as in a jar, and the rest are words.
func writeImage(dir string, mib int) error {
	const each = 512 // MiB of a layer
	img := v1.Image(empty.Image)
	for n := range max(1, mib/each) {
		text, w := io.Pipe()
		go func() { w.CloseWithError(writeLayer(w, n, each<<20/imageFiles)) }()
		var err error
		// Layers of a stream are compressed as they are written to the folder.
		if img, err = mutate.AppendLayers(img, stream.NewLayer(text, stream.WithCompressionLevel(gzip.DefaultCompression))); err != nil {
			return err
		}
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(img)
}

func writeLayer(out io.Writer, layer, size int) error {
	files, random := tar.NewWriter(out), rand.NewChaCha8([32]byte{byte(layer)})
	words, pick := strings.Fields("public static final private class void String return new this if else for int long null import override extends throws"), rand.New(random)
	text := make([]byte, size/2, size)
	for len(text) < size-16 {
		text = fmt.Appendf(text, "%s%d ", words[pick.IntN(len(words))], pick.IntN(50))
	}
	for n := range imageFiles {
		_, _ = random.Read(text[:size/2])
		if err := files.WriteHeader(&tar.Header{Name: fmt.Sprintf("opt/layer%d/folder%d/file-%d.jar", layer, n%400, n), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))}); err != nil {
			return err
		}
		if _, err := files.Write(text); err != nil {
			return err
		}
	}
	return files.Close()
}

// readImage decompresses the layers of an image in a folder, and does nothing with them.
func readImage(dir string) error {
	path, err := layout.FromPath(dir)
	if err != nil {
		return err
	}
	index, err := path.ImageIndex()
	if err != nil {
		return err
	}
	all, err := index.IndexManifest()
	if err != nil {
		return err
	}
	blob := func(h v1.Hash) string { return filepath.Join(dir, "blobs", h.Algorithm, h.Hex) }
	for _, one := range all.Manifests {
		raw, err := os.ReadFile(blob(one.Digest))
		if err != nil {
			return err
		}
		var manifest v1.Manifest
		if err := json.Unmarshal(raw, &manifest); err != nil {
			return err
		}
		for _, l := range manifest.Layers {
			if err := readLayer(blob(l.Digest)); err != nil {
				return err
			}
		}
	}
	return nil
}

func readLayer(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := gzip.NewReader(bufio.NewReaderSize(f, 64<<10))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

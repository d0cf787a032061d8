//go:build unix

package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// costFiles are those of a layer of some 50 MB: as many and as large as in images of Spark.
const costFiles = 2000

// costly are two layers of many files, one in gzip and one in zstd, as they are stored: a file's first half is random, as in a jar, and the rest
// are words.
func costly(t *testing.T) (stored [2][]byte) {
	t.Helper()
	random := rand.NewChaCha8([32]byte{1})
	words := prose(64 << 10)
	for i := range stored {
		var b bytes.Buffer
		var packed io.WriteCloser
		var err error
		if i == 0 {
			packed, err = gzip.NewWriterLevel(&b, gzip.DefaultCompression)
		} else {
			packed, err = zstd.NewWriter(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		files := tar.NewWriter(packed)
		for n := range costFiles {
			size := 1000 + n%100*500
			text := make([]byte, size)
			_, _ = random.Read(text[:size/2])
			copy(text[size/2:], words[n%200:])
			if err := files.WriteHeader(&tar.Header{Name: fmt.Sprintf("opt/layer%d/folder%d/file-%d.jar", i, n%40, n), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(size)}); err != nil {
				t.Fatal(err)
			}
			if _, err := files.Write(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := files.Close(); err != nil {
			t.Fatal(err)
		}
		if err := packed.Close(); err != nil {
			t.Fatal(err)
		}
		stored[i] = b.Bytes()
	}
	return stored
}

// prose are words in an order that does not repeat, as in a program's source.
func prose(bytes int) (text []byte) {
	words, random := strings.Fields("public static final private class void String return new this if else for int long null import override extends throws"), rand.New(rand.NewPCG(1, 2))
	for len(text) < bytes {
		text = fmt.Appendf(text, "%s%d ", words[random.IntN(len(words))], random.IntN(50))
	}
	return text
}

// processor is the time that this process has used, of all processors.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestAnalysisCostsLittleMoreThanReading: at most 1.5 times the processor time that decompressing the stored layers takes, the check of their
// digests included, and a bounded number of allocations a file. Other work on the machine slows both down alike; the least of some rounds counts.
func TestAnalysisCostsLittleMoreThanReading(t *testing.T) {
	stored := costly(t)
	dir := t.TempDir()
	var layers []v1.Layer
	var blobs []string
	for i, text := range stored {
		blobs = append(blobs, filepath.Join(dir, "blobs", "sha256", fmt.Sprintf("%x", sha256.Sum256(text))))
		kind := types.OCILayer
		if i == 1 {
			kind = types.OCILayerZStd
		}
		layers = append(layers, static.NewLayer(text, kind))
	}
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendImage(built(t, v1.Config{User: "185"}, nil, layers...))
	}
	if err != nil {
		t.Fatal(err)
	}
	read := func() {
		for _, name := range blobs {
			blob, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			plain, end, err := decompress(bufio.NewReaderSize(blob, 64<<10))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, plain); err != nil {
				t.Fatal(err)
			}
			end()
			blob.Close()
		}
	}
	analysed := func() {
		img, err := Read(t.Context(), dir, Options{Layers: Always})
		if err != nil {
			t.Fatal(err)
		}
		if len(img.Layers) != 2 || img.Layers[0].Files != costFiles || img.Layers[1].Files != costFiles {
			t.Fatalf("%+v", img.Layers)
		}
	}
	least := [2]time.Duration{time.Hour, time.Hour}
	for range 4 {
		for i, run := range []func(){read, analysed} {
			before := processor(t)
			run()
			least[i] = min(least[i], processor(t)-before)
		}
	}
	ratio := least[1].Seconds() / least[0].Seconds()
	t.Logf("read %v, analysed %v: %.2f times", least[0], least[1], ratio)
	if ratio > 1.5 {
		t.Errorf("%.2f times the reading, at most 1.5", ratio)
	}
	each := testing.AllocsPerRun(1, analysed) / (2 * costFiles)
	t.Logf("%.1f allocations a file", each)
	if each > 30 {
		t.Errorf("%.1f allocations a file", each)
	}
}

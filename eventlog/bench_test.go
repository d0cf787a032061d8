package eventlog

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// large is a log of some 30 MB in a file, and its size.
func large(b *testing.B, codec string) (name string, size int64) {
	b.Helper()
	data := sample(b, events.Shape{Executors: 40, Stages: 10, Tasks: 800, Accumulators: 12})
	name = filepath.Join(b.TempDir(), "log")
	if err := os.WriteFile(name, pack(b, codec, data), 0o600); err != nil {
		b.Fatal(err)
	}
	return name, int64(len(data))
}

// BenchmarkRead is the time of a whole log by codec. Beside it stands what it is measured by: counting lines, and decompressing.
func BenchmarkRead(b *testing.B) {
	for _, codec := range packers {
		b.Run(codec, func(b *testing.B) {
			name, size := large(b, codec)
			b.SetBytes(size)
			for b.Loop() {
				if _, err := Read(b.Context(), name, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCountLines(b *testing.B) {
	name, size := large(b, "none")
	b.SetBytes(size)
	buffer := make([]byte, 256<<10)
	for b.Loop() {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		for lines := 0; ; {
			n, err := f.Read(buffer)
			lines += bytes.Count(buffer[:n], []byte("\n"))
			if err == io.EOF {
				break
			}
		}
		f.Close()
	}
}

func BenchmarkDecompress(b *testing.B) {
	name, size := large(b, "zstd")
	b.SetBytes(size)
	for b.Loop() {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		r, err := zstd.NewReader(f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		r.Close()
		f.Close()
	}
}

package eventlog

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
)

// fuzzCodec gives a decoder any bytes: it ends with an error or with their end, and never makes more of them than its bounds allow.
func fuzzCodec(f *testing.F, name string) {
	data := small(f)[:3000]
	for _, text := range [][]byte{nil, data[:1], data, bytes.Repeat([]byte("a"), 70000), bytes.Repeat([]byte("ab"), 100)} {
		f.Add(pack(f, name, text))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		found, _ := detect(in)
		if found == nil || found.name != name {
			return
		}
		c := &counter{r: bufio.NewReader(bytes.NewReader(in))}
		r, err := found.open(c)
		if err != nil {
			return
		}
		if closer, is := r.(io.Closer); is {
			defer closer.Close()
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<26))
		if c.n > int64(len(in)) || err == nil && n > 0 && c.n == 0 {
			t.Errorf("%d bytes of %d: %v", c.n, len(in), err)
		}
	})
}

func FuzzLZ4(f *testing.F)    { fuzzCodec(f, "lz4") }
func FuzzSnappy(f *testing.F) { fuzzCodec(f, "snappy") }
func FuzzLZF(f *testing.F)    { fuzzCodec(f, "lzf") }
func FuzzZstd(f *testing.F)   { fuzzCodec(f, "zstd") }
func FuzzGzip(f *testing.F)   { fuzzCodec(f, "gzip") }

// FuzzUnpacked: what our encoder packs, the decoder of each form that is written here gives back.
func FuzzUnpacked(f *testing.F) {
	f.Add(small(f)[:2000])
	f.Add(bytes.Repeat([]byte("abc"), 40000))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"lz4", "snappy", "lzf"} {
			packed := pack(t, name, data)
			found, _ := detect(packed)
			if found == nil {
				if len(data) == 0 {
					continue
				}
				t.Fatalf("%s is not detected", name)
			}
			r, err := found.open(&counter{r: bufio.NewReader(bytes.NewReader(packed))})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: %d of %d bytes: %v", name, len(got), len(data), err)
			}
		}
	})
}

// FuzzLines: however a log is parted into blocks, its lines are the same.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\n\nbc\nd"), uint8(1))
	f.Add([]byte("\n"), uint8(3))
	f.Add(small(f)[:2000], uint8(100))
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		var got [][]byte
		l := &lines{each: func(line []byte) error { got = append(got, bytes.Clone(line)); return nil }, skip: func([]byte) { t.Error("a line is skipped") }}
		for part := range parts(in, int(size)+1) {
			// What is fed is used again.
			block := bytes.Clone(part)
			if err := l.feed(block); err != nil {
				t.Fatal(err)
			}
			clear(block)
		}
		got = append(got, bytes.Clone(l.carry))
		if want := bytes.Split(in, []byte("\n")); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%q, not %q", got, want)
		}
	})
}

// FuzzRead reads any bytes as a log.
func FuzzRead(f *testing.F) {
	data := small(f)
	f.Add(data[:5000])
	for _, name := range packers {
		f.Add(pack(f, name, data[:2000]))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		log, err := Read(t.Context(), "-", bytes.NewReader(in), nil)
		switch {
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("an error of several lines: %q", err)
		case err == nil && (log.Reading.Unread > log.Reading.Bytes || log.Run.Seconds < 0):
			t.Errorf("%+v", log.Reading)
		}
	})
}

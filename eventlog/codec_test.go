package eventlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// packers are the codecs of Spark, and gzip, which others make of its logs.
var packers = []string{"none", "zstd", "lz4", "snappy", "lzf", "gzip"}

// pack compresses a log as Spark does.
func pack(t testing.TB, codec string, log []byte) []byte {
	t.Helper()
	out, err := packed(codec, log)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func packed(codec string, log []byte) ([]byte, error) {
	var out bytes.Buffer
	switch codec {
	case "none":
		return log, nil
	case "zstd": // in two frames, as where Spark flushed
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
		if err != nil {
			return nil, err
		}
		half := len(log) / 2
		return w.EncodeAll(log[half:], w.EncodeAll(log[:half], nil)), nil
	case "gzip":
		w := gzip.NewWriter(&out)
		if _, err := w.Write(log); err != nil {
			return nil, err
		}
		err := w.Close()
		return out.Bytes(), err
	case "lz4":
		for part := range parts(log, 32<<10) {
			if err := lz4Block(&out, part); err != nil {
				return nil, err
			}
		}
		return out.Bytes(), lz4Block(&out, nil)
	case "snappy":
		out.WriteString("\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01")
		for part := range parts(log, 32<<10) {
			packed := snappy.Encode(nil, part)
			_ = binary.Write(&out, binary.BigEndian, uint32(len(packed))) // a buffer takes everything
			out.Write(packed)
		}
		return out.Bytes(), nil
	case "lzf":
		for part := range parts(log, 65535) {
			out.WriteString("ZV")
			if packed := lzf(part); len(packed) < len(part) {
				out.WriteByte(1)
				_ = binary.Write(&out, binary.BigEndian, [2]uint16{uint16(len(packed)), uint16(len(part))})
				out.Write(packed)
				continue
			}
			out.WriteByte(0)
			_ = binary.Write(&out, binary.BigEndian, uint16(len(part)))
			out.Write(part)
		}
		return out.Bytes(), nil
	}
	return nil, fmt.Errorf("no codec %q", codec)
}

func parts(b []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := min(size, len(b))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// lz4Block writes a block of lz4-java; the one of nothing ends a stream.
func lz4Block(out *bytes.Buffer, part []byte) error {
	method, packed := byte(0x10), part
	if room := make([]byte, lz4.CompressBlockBound(len(part))); len(part) > 0 {
		n, err := lz4.CompressBlock(part, room, nil)
		if err != nil {
			return err
		}
		if n > 0 && n < len(part) {
			method, packed = 0x20, room[:n]
		}
	}
	sum := uint32(0)
	if len(part) > 0 {
		sum = xxh32(part, 0x9747b28c) & 0xfffffff
	}
	out.WriteString("LZ4Block")
	out.WriteByte(method | 5) // 32 KiB
	_ = binary.Write(out, binary.LittleEndian, [3]uint32{uint32(len(packed)), uint32(len(part)), sum})
	out.Write(packed)
	return nil
}

// lzf compresses a chunk: greedy, with a table of the last place of each three bytes.
func lzf(in []byte) (out []byte) {
	last := map[[3]byte]int{}
	from := 0
	literals := func(to int) {
		for from < to {
			n := min(to-from, 32)
			out = append(out, byte(n-1))
			out = append(out, in[from:from+n]...)
			from += n
		}
	}
	for i := 0; i+3 <= len(in); {
		key := [3]byte(in[i:])
		at, seen := last[key]
		last[key] = i
		if !seen || i-at > 8192 {
			i++
			continue
		}
		n := 3
		for n < 264 && i+n < len(in) && in[at+n] == in[i+n] {
			n++
		}
		literals(i)
		distance := i - at - 1
		if n-2 < 7 {
			out = append(out, byte((n-2)<<5|distance>>8))
		} else {
			out = append(out, byte(7<<5|distance>>8), byte(n-9))
		}
		out = append(out, byte(distance))
		i += n
		from = i
	}
	literals(len(in))
	return out
}

// TestChecksums: the sums are those of other implementations of XXH32.
func TestChecksums(t *testing.T) {
	for _, c := range []struct {
		text string
		seed uint32
		sum  uint32
	}{
		{"", 0, 0x02cc5d05},
		{"a", 0, 0x550d7456},
		{"abc", 0, 0x32d153ff},
		{"Nobody inspects the spammish repetition", 0, 0xe2293b2f},
	} {
		if got := xxh32([]byte(c.text), c.seed); got != c.sum {
			t.Errorf("xxh32(%q, %#x) = %#x, not %#x", c.text, c.seed, got, c.sum)
		}
	}
}

package eventlog

import (
	"encoding/binary"
	"math/bits"

	"github.com/pierrec/lz4/v4"
)

// The framing of lz4-java's LZ4BlockOutputStream, which is not that of LZ4 frames: each block begins with the magic, a byte whose
// upper half is the method, and three little-endian numbers: the bytes that follow, the bytes that they become, a checksum of those.
const (
	lz4Magic  = "LZ4Block"
	lz4Header = len(lz4Magic) + 1 + 4 + 4 + 4
	lz4Raw    = 0x10
	lz4Packed = 0x20
	lz4Seed   = 0x9747b28c
	// The stream's checksum is a java.util.zip.Checksum of 28 bits.
	lz4Mask = 0xfffffff
)

type lz4Blocks struct {
	c           *counter
	header      [lz4Header]byte
	packed, out []byte
}

// next reads a block. One of no bytes ends a stream, and another may follow: Spark appends.
func (b *lz4Blocks) next() ([]byte, error) {
	h := b.header[:]
	if err := b.c.full(h); err != nil {
		return nil, err
	}
	if string(h[:len(lz4Magic)]) != lz4Magic {
		return nil, damage("a block of lz4 begins without its magic")
	}
	h = h[len(lz4Magic):]
	packed, size, sum := binary.LittleEndian.Uint32(h[1:]), binary.LittleEndian.Uint32(h[5:]), binary.LittleEndian.Uint32(h[9:])
	if packed > maxBlock || size > maxBlock {
		return nil, damage("a block of lz4 of %d bytes for %d", size, packed)
	}
	b.packed = room(b.packed, int(packed))
	if err := b.c.rest(b.packed); err != nil {
		return nil, err
	}
	switch h[0] & 0xf0 {
	case lz4Raw:
		if packed != size {
			return nil, damage("a block of lz4 that is not compressed has %d bytes for %d", packed, size)
		}
		b.out = append(b.out[:0], b.packed...)
	case lz4Packed:
		b.out = room(b.out, int(size))
		n, err := lz4.UncompressBlock(b.packed, b.out)
		if err != nil || n != int(size) {
			return nil, damage("a block of lz4 does not become its %d bytes", size)
		}
	default:
		return nil, damage("a block of lz4 of method %#x", h[0]&0xf0)
	}
	if size > 0 && xxh32(b.out, lz4Seed)&lz4Mask != sum {
		return nil, damage("a block of lz4 does not have its checksum")
	}
	return b.out, nil
}

const (
	prime1 uint32 = 2654435761
	prime2 uint32 = 2246822519
	prime3 uint32 = 3266489917
	prime4 uint32 = 668265263
	prime5 uint32 = 374761393
)

// xxh32 is the 32-bit checksum XXH32.
func xxh32(b []byte, seed uint32) uint32 {
	round := func(acc uint32, b []byte) uint32 {
		return bits.RotateLeft32(acc+binary.LittleEndian.Uint32(b)*prime2, 13) * prime1
	}
	h, length := seed+prime5, uint32(len(b))
	if len(b) >= 16 {
		v1, v2, v3, v4 := seed+prime1+prime2, seed+prime2, seed, seed-prime1
		for ; len(b) >= 16; b = b[16:] {
			v1, v2, v3, v4 = round(v1, b), round(v2, b[4:]), round(v3, b[8:]), round(v4, b[12:16])
		}
		h = bits.RotateLeft32(v1, 1) + bits.RotateLeft32(v2, 7) + bits.RotateLeft32(v3, 12) + bits.RotateLeft32(v4, 18)
	}
	h += length
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}

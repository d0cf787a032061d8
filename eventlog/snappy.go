package eventlog

import (
	"encoding/binary"

	"github.com/klauspost/compress/snappy"
)

// The framing of snappy-java's SnappyOutputStream, which is not Snappy's own: a header of the magic and two versions, then blocks
// that begin with their size as a big-endian number. Where streams were joined, the header stands in the place of a size.
const (
	snappyMagic  = "\x82SNAPPY\x00"
	snappyHeader = len(snappyMagic) + 4 + 4
)

type snappyBlocks struct {
	c           *counter
	header      [snappyHeader]byte
	packed, out []byte
}

func (b *snappyBlocks) next() ([]byte, error) {
	if err := b.c.full(b.header[:4]); err != nil {
		return nil, err
	}
	if string(b.header[:4]) == snappyMagic[:4] {
		if err := b.c.rest(b.header[4:]); err != nil {
			return nil, err
		}
		if string(b.header[:len(snappyMagic)]) != snappyMagic {
			return nil, damage("a stream of snappy begins without its magic")
		}
		return nil, nil
	}
	size := binary.BigEndian.Uint32(b.header[:4])
	if size > maxBlock {
		return nil, damage("a block of snappy of %d bytes", size)
	}
	b.packed = room(b.packed, int(size))
	if err := b.c.rest(b.packed); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, nil
	}
	n, err := snappy.DecodedLen(b.packed)
	if err != nil || n > maxBlock {
		return nil, damage("a block of snappy of %d bytes does not say what it becomes", size)
	}
	b.out = room(b.out, n)
	if b.out, err = snappy.Decode(b.out, b.packed); err != nil {
		return nil, damage("a block of snappy: %w", err)
	}
	return b.out, nil
}

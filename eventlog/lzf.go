package eventlog

import "encoding/binary"

// The chunks of Ning's compress-lzf: the magic, a byte that says whether the chunk is compressed, and big-endian numbers of two
// bytes: the bytes that follow, and for a compressed one the bytes that they become.
const (
	lzfMagic  = "ZV"
	lzfRaw    = 0
	lzfPacked = 1
)

type lzfBlocks struct {
	c           *counter
	header      [7]byte
	packed, out []byte
}

func (b *lzfBlocks) next() ([]byte, error) {
	h := b.header[:5]
	if err := b.c.full(h); err != nil {
		return nil, err
	}
	if string(h[:2]) != lzfMagic {
		return nil, damage("a chunk of lzf begins without its magic")
	}
	if h[2] != lzfRaw && h[2] != lzfPacked {
		return nil, damage("a chunk of lzf of type %d", h[2])
	}
	size := 0
	if h[2] == lzfPacked {
		if err := b.c.rest(b.header[5:7]); err != nil {
			return nil, err
		}
		size = int(binary.BigEndian.Uint16(b.header[5:7]))
	}
	b.packed = room(b.packed, int(binary.BigEndian.Uint16(h[3:])))
	if err := b.c.rest(b.packed); err != nil {
		return nil, err
	}
	if h[2] == lzfRaw {
		return b.packed, nil
	}
	b.out = room(b.out, size)
	if !unlzf(b.out, b.packed) {
		return nil, damage("a chunk of lzf does not become its %d bytes", size)
	}
	return b.out, nil
}

// unlzf decompresses a chunk into exactly the bytes of out. Each part of it is a run of literals, or a copy of what was written:
// its length in the upper three bits, of which 7 stands for a further byte, and the distance in 13 bits.
func unlzf(out, in []byte) bool {
	at := 0
	for i := 0; i < len(in); {
		c := int(in[i])
		i++
		if c < 32 {
			n := c + 1
			if i+n > len(in) || at+n > len(out) {
				return false
			}
			at += copy(out[at:], in[i:i+n])
			i += n
			continue
		}
		n := c >> 5
		if n == 7 {
			if i == len(in) {
				return false
			}
			n += int(in[i])
			i++
		}
		if i == len(in) {
			return false
		}
		n += 2
		from := at - (c&31<<8 | int(in[i])) - 1
		i++
		if from < 0 || at+n > len(out) {
			return false
		}
		for range n { // what is copied may reach into itself
			out[at] = out[from]
			at, from = at+1, from+1
		}
	}
	return at == len(out)
}

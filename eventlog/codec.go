package eventlog

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what zstd has to remember of a stream: Spark's levels up to 20 need no more.
const maxWindow = 32 << 20

// codec is a form of compression, known by how it begins.
type codec struct {
	name  string
	magic string
	open  func(c *counter) (io.Reader, error)
}

var codecs = []codec{
	{"zstd", "\x28\xb5\x2f\xfd", func(c *counter) (io.Reader, error) {
		d, err := zstd.NewReader(c, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}},
	{"lz4", lz4Magic, func(c *counter) (io.Reader, error) { return &blocks{next: (&lz4Blocks{c: c}).next}, nil }},
	{"snappy", snappyMagic, func(c *counter) (io.Reader, error) { return &blocks{next: (&snappyBlocks{c: c}).next}, nil }},
	{"lzf", lzfMagic, func(c *counter) (io.Reader, error) { return &blocks{next: (&lzfBlocks{c: c}).next}, nil }},
	{"gzip", "\x1f\x8b", func(c *counter) (io.Reader, error) {
		r, err := gzip.NewReader(c)
		if err != nil {
			return nil, err
		}
		return r, nil
	}},
}

// longestMagic is how much of a file is looked at to tell its codec.
const longestMagic = 16

// detect tells the codec of what begins so. What begins as JSON does has none. ok is false for everything else.
func detect(head []byte) (found *codec, ok bool) {
	for i := range codecs {
		if bytes.HasPrefix(head, []byte(codecs[i].magic)) {
			return &codecs[i], true
		}
	}
	text := bytes.TrimLeft(head, " \t\r\n\ufeff")
	return nil, len(text) == 0 || text[0] == '{'
}

// counter counts the bytes that a decoder takes of a file.
type counter struct {
	r      *bufio.Reader
	n      int64
	failed bool // the file could not be read, for another reason than its end
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.failed = err != nil && err != io.EOF
	return n, err
}

// full reads as much as p holds; an end within it is unexpected.
func (c *counter) full(p []byte) error {
	_, err := io.ReadFull(c, p)
	return err
}

// rest is full behind a header: there is more, or the file was cut.
func (c *counter) rest(p []byte) error {
	err := c.full(p)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// maxBlock bounds a block of the forms that say its size: no setting of Spark makes larger ones.
const maxBlock = 32 << 20

// damage is the error of a block that no encoder wrote.
func damage(format string, args ...any) error {
	return fmt.Errorf("damaged: "+format, args...)
}

// blocks reads a stream block by block.
type blocks struct {
	next func() ([]byte, error)
	left []byte
}

func (b *blocks) Read(p []byte) (int, error) {
	for len(b.left) == 0 {
		var err error
		if b.left, err = b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}

// room makes a buffer of a size, of the one that there is if it suffices.
func room(b []byte, size int) []byte {
	if cap(b) < size {
		return make([]byte, size)
	}
	return b[:size]
}

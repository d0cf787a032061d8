package source

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// zipStream reads the files of a zip one after another as they come, without the directory at its end: a History server writes one for
// every download, and never says how long it is. The form is that of PKWARE's APPNOTE, 4.3: local headers, deflated or stored data,
// and data descriptors.
type zipStream struct {
	in   *bufio.Reader
	data *zipData // of the file that is read; nil before the first
}

const (
	zipLocal      = 0x04034b50
	zipDirectory  = 0x02014b50
	zipEnd        = 0x06054b50
	zipDescriptor = 0x08074b50
	zipLargest    = 0xffffffff
	zipName       = 1024 // bytes of a name at most
)

// errZip is the error of what is no zip, or of one that no server of Spark writes.
func errZip(format string, args ...any) error {
	return fmt.Errorf("the server sent no zip that can be read: "+format, args...)
}

// next steps to the next file, behind the rest of the one before. Its data can be read until then. io.EOF is the end of the files.
func (z *zipStream) next() (name string, data io.Reader, err error) {
	if z.data != nil {
		if _, err := io.Copy(io.Discard, z.data); err != nil {
			return "", nil, err
		}
	}
	var h [30]byte
	switch n, err := io.ReadFull(z.in, h[:4]); {
	case err == io.EOF && n == 0 && z.data == nil:
		return "", nil, errZip("it is empty")
	case err != nil:
		return "", nil, cut(err)
	}
	switch signature := binary.LittleEndian.Uint32(h[:]); signature {
	case zipLocal:
	case zipDirectory, zipEnd:
		return "", nil, io.EOF
	default:
		return "", nil, errZip("a file begins with %#x", signature)
	}
	if _, err := io.ReadFull(z.in, h[4:]); err != nil {
		return "", nil, cut(err)
	}
	flags, method := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:])
	length := binary.LittleEndian.Uint16(h[26:])
	if length > zipName {
		return "", nil, errZip("the name of a file has %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(z.in, text); err != nil {
		return "", nil, cut(err)
	}
	extra := int64(binary.LittleEndian.Uint16(h[28:]))
	if _, err := io.CopyN(io.Discard, z.in, extra); err != nil {
		return "", nil, cut(err)
	}
	packed, size := binary.LittleEndian.Uint32(h[18:]), binary.LittleEndian.Uint32(h[22:])
	d := &zipData{z: z, described: flags&8 != 0, sum: crc32.NewIEEE(), want: binary.LittleEndian.Uint32(h[14:])}
	switch {
	case flags&1 != 0:
		return "", nil, errZip("it is encrypted")
	case method == 8:
		d.inflate = flate.NewReader(z.in) // it takes no byte too many of what can give single ones
		d.from = d.inflate
	case method == 0 && d.described && packed == 0 && size == 0 && len(text) > 0 && text[len(text)-1] == '/':
		d.described, d.from = false, io.LimitReader(z.in, 0) // a folder
	case method == 0 && !d.described && size != zipLargest:
		d.from = io.LimitReader(z.in, int64(size))
		d.length = int64(size)
		d.known = true
	default:
		return "", nil, errZip("a file has method %d, and no size", method)
	}
	z.data = d
	return string(text), d, nil
}

// cut is the error of an end that comes too early.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// zipData is the data of one file, whose checksum is looked at where it ends.
type zipData struct {
	z         *zipStream
	from      io.Reader
	inflate   io.ReadCloser
	described bool // what is known of it stands behind it
	known     bool
	length, n int64
	sum       hash.Hash32
	want      uint32
	err       error
}

func (d *zipData) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.from.Read(p)
	d.n += int64(n)
	d.sum.Write(p[:n])
	if err == io.EOF {
		err = d.end()
	}
	d.err = err
	return n, err
}

// end is called behind the data.
func (d *zipData) end() error {
	if d.inflate != nil {
		d.inflate.Close()
	}
	if d.known && d.n < d.length {
		return io.ErrUnexpectedEOF
	}
	if d.described {
		if err := d.descriptor(); err != nil {
			return err
		}
	}
	if d.n > 0 && d.sum.Sum32() != d.want {
		return errors.New("a file of the zip does not have its checksum")
	}
	return io.EOF
}

// descriptor reads what stands behind the data: a mark, the checksum, and the sizes in four bytes each, or in eight from 4 GiB on.
func (d *zipData) descriptor() error {
	head, err := d.z.in.Peek(8)
	if err != nil {
		return cut(err)
	}
	if binary.LittleEndian.Uint32(head) != zipDescriptor {
		return errZip("a file ends without its checksum")
	}
	d.want = binary.LittleEndian.Uint32(head[4:])
	length := 16
	// Which of the two it is shows where the next header begins.
	if rest, err := d.z.in.Peek(28); err == nil {
		switch next := binary.LittleEndian.Uint32(rest[24:]); {
		case signature(binary.LittleEndian.Uint32(rest[16:])):
		case signature(next):
			length = 24
		}
	}
	_, err = d.z.in.Discard(length)
	return cut(err)
}

func signature(n uint32) bool { return n == zipLocal || n == zipDirectory || n == zipEnd }

package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kubectl-spark/kubectl-spark/image/model"
)

// stored is a layer as it lies in a registry or archive.
type stored struct {
	digest  string
	size    int64 // as it is stored; 0: not known
	check   bool  // nobody else checks the digest
	foreign bool  // it is said to lie elsewhere, at an address that the image names
	open    func() (io.ReadCloser, error)
}

// Bounds of layers.
const (
	maxUnpacked = 64 << 30 // of all layers
	maxRatio    = 200      // of a layer's unpacked to its stored bytes, beyond freeRatio
	freeRatio   = 256 << 20
	maxWindow   = 128 << 20 // of zstd: that of its highest level
	closing     = 1 << 20   // bytes that may follow the last entry of a layer
)

// readLayers reads the entries of all layers, the lowest first.
func readLayers(ctx context.Context, source string, from *opened, layers []model.Layer, config *model.Config, progress func(done, total int64)) (*model.Tree, error) {
	tree, total, done := &model.Tree{}, int64(0), int64(0)
	for _, l := range from.layers {
		total += l.size
	}
	unpacked := int64(0)
	for i := range from.layers {
		l := &from.layers[i]
		if l.foreign {
			return nil, fmt.Errorf("layer %d of image %s lies at an address outside of its registry (%s): layers are not read from there", i+1, source, l.digest)
		}
		err := readLayer(ctx, l, tree, config, &unpacked, func(n int) {
			if done += int64(n); progress != nil {
				progress(done, total)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("cannot read layer %d of %d of image %s (%s): %w", i+1, len(from.layers), source, l.digest, plain(ctx, err))
		}
		tree.Next(layers[i])
	}
	return tree, nil
}

func readLayer(ctx context.Context, l *stored, tree *model.Tree, config *model.Config, unpacked *int64, read func(n int)) error {
	raw, err := l.open()
	if err != nil {
		return err
	}
	defer raw.Close()
	counted := &counter{Reader: raw, ctx: ctx, read: read, most: l.size}
	algorithm, want, _ := strings.Cut(l.digest, ":")
	sum := sha256.New()
	if l.check && algorithm == "sha256" {
		counted.Reader = io.TeeReader(raw, sum)
	}
	buffered := bufio.NewReaderSize(counted, 64<<10)
	text, end, err := decompress(buffered)
	if err != nil {
		return err
	}
	defer end()
	bounded := &bomb{Reader: text, stored: counted, all: unpacked}
	if err := entries(bounded, tree, config); err != nil {
		return err
	}
	// What follows the entries is padding. The rest is read so that the digest is checked.
	if n, err := io.Copy(io.Discard, io.LimitReader(bounded, closing+1)); err != nil {
		return err
	} else if n > closing {
		return fmt.Errorf("more than %d bytes follow its last file", closing)
	}
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return err
	}
	if l.check && algorithm == "sha256" && hex.EncodeToString(sum.Sum(nil)) != want {
		return errors.New("it is not what its digest says")
	}
	return nil
}

// entries reads an archive's entries into the tree.
func entries(text io.Reader, tree *model.Tree, config *model.Config) error {
	archive := tar.NewReader(text)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e := model.Entry{Path: h.Name, Size: h.Size, Mode: h.Mode, Link: h.Linkname}
		switch h.Typeflag {
		case tar.TypeReg:
			e.Kind = model.File
		case tar.TypeDir:
			e.Kind = model.Directory
		case tar.TypeSymlink:
			e.Kind = model.Symlink
		case tar.TypeLink:
			e.Kind = model.HardLink
		case tar.TypeXGlobalHeader:
			continue
		default:
			e.Kind = model.Other
		}
		var content []byte
		if n := tree.Wanted(h.Name, h.Size, config); n > 0 && e.Kind == model.File {
			if content, err = io.ReadAll(io.LimitReader(archive, n)); err != nil {
				return err
			}
		}
		if err := tree.Add(e, content); err != nil {
			return err
		}
	}
}

// What compressed files begin with.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// decompress tells by the first bytes how a layer is compressed.
func decompress(r *bufio.Reader) (text io.Reader, end func(), err error) {
	magic, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { z.Close() }, nil
	case bytes.Equal(magic, zstdMagic), len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}

// counter counts stored bytes, and ends with the context.
type counter struct {
	io.Reader
	ctx  context.Context
	read func(n int)
	seen int64
	most int64 // that the manifest gives; 0: not known
}

func (c *counter) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.Reader.Read(p)
	c.seen += int64(n)
	c.read(n)
	switch {
	case c.most > 0 && c.seen > c.most:
		return n, fmt.Errorf("it is longer than the %d bytes that the manifest gives", c.most)
	case errors.Is(err, io.EOF) && c.most > 0 && c.seen < c.most:
		return n, fmt.Errorf("it ends after %d of the %d bytes that the manifest gives", c.seen, c.most)
	}
	return n, err
}

// bomb ends a layer that unpacks to more than any honest one.
type bomb struct {
	io.Reader
	stored *counter
	seen   int64
	all    *int64
}

func (b *bomb) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.seen += int64(n)
	*b.all += int64(n)
	switch {
	case *b.all > maxUnpacked:
		return n, fmt.Errorf("the layers hold more than %d GiB: the rest was not read", maxUnpacked>>30)
	case b.seen > freeRatio && b.seen/maxRatio > b.stored.seen:
		return n, fmt.Errorf("it holds more than %d times its compressed size: the rest was not read. Sparse files such as /var/log/lastlog do this too: useradd --no-log-init avoids them", maxRatio)
	}
	return n, err
}

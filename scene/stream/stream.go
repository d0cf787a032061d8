// Package stream opens what the names of an input stand for, a file or a URL, and reads it no longer than its context lives.
package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	neturl "net/url"
	"os"
	"strings"
	"time"
)

// fetchTimeout bounds the wait for a manifest's URL.
const fetchTimeout = 30 * time.Second

// Regular says why what stands in a folder is not read: a pipe or a device may never end. kind is that of the entry itself.
func Regular(path string, kind fs.FileMode) error {
	if kind&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		kind = info.Mode().Type()
	}
	if !kind.IsRegular() {
		return fmt.Errorf("not a regular file: a folder's %s are not read", kinds(kind))
	}
	return nil
}

func kinds(kind fs.FileMode) string {
	switch {
	case kind.IsDir():
		return "links to folders"
	case kind&fs.ModeNamedPipe != 0:
		return "named pipes"
	case kind&fs.ModeSocket != 0:
		return "sockets"
	}
	return "devices"
}

// IsURL says that a name is one of a manifest in the web.
func IsURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// Open opens a file or URL. A pipe that nobody writes to keeps waiting until the context ends.
func Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if IsURL(name) {
		return fetch(ctx, name)
	}
	f, err := untilDone(ctx, func() (*os.File, error) { return os.Open(name) })
	if err != nil {
		return nil, err
	}
	return &file{Until(ctx, f), f}, nil
}

// file is an open file whose reads end with the context.
type file struct {
	io.Reader
	io.Closer
}

// Until reads what is given until the context ends, also while that gives nothing.
func Until(ctx context.Context, in io.Reader) io.Reader { return &reader{ctx: ctx, in: in} }

// reader ends with its context, also while what it reads gives nothing.
type reader struct {
	ctx   context.Context
	in    io.Reader
	piece []byte // of one read, which may still write there after the context has ended
}

// pieceSize is that of one read, in bytes.
const pieceSize = 64 << 10

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.piece == nil {
		r.piece = make([]byte, pieceSize)
	}
	size := min(len(p), pieceSize)
	n, err := untilDone(r.ctx, func() (int, error) { return r.in.Read(r.piece[:size]) })
	return copy(p, r.piece[:n]), err
}

// untilDone is the answer of a call, or the error of the context where that ends first; the call is then left behind.
func untilDone[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	given := make(chan answer, 1)
	go func() {
		value, err := call()
		given <- answer{value, err}
	}()
	select {
	case one := <-given:
		return one.value, one.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func fetch(ctx context.Context, url string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	var answer *http.Response
	if err == nil {
		answer, err = http.DefaultClient.Do(request)
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		cancel()
		return nil, fmt.Errorf("cannot read %q: the server answered %s: check the address", url, answer.Status)
	}
	if err != nil {
		cancel()
		if of := (*neturl.Error)(nil); errors.As(err, &of) && !of.Timeout() {
			err = of.Err // without the address again
		}
		return nil, fmt.Errorf("cannot read %q: %w: check the address and the network, or give a file", url, err)
	}
	return &body{answer.Body, cancel}, nil
}

// body is an answer's, which is read within the time that its request has.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *body) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}

package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// store is an object store, as far as reading needs it. Its errors name neither the object nor a credential.
type store interface {
	// look is the object of a key; errNone where there is none.
	look(ctx context.Context, key string) (object, error)
	// list visits the objects and folders directly below a prefix, which is empty or ends with a slash, page by page, until visit
	// returns false. A folder's key ends with a slash.
	list(ctx context.Context, prefix string, visit func(object) bool) error
	// open reads an object from a byte on, if it still has its version.
	open(ctx context.Context, o object, from int64) (io.ReadCloser, error)
}

// object is what a store holds under a key.
type object struct {
	key     string
	size    int64
	version string
}

var (
	errNone = errors.New("no such object or folder")
	// errChanged is the error of an object that has another version than the one that was asked for.
	errChanged = errors.New("was written anew while it was read: read it again")
)

// tryAgain is an error that may be gone at the next try: a connection that broke, a server that is busy.
type tryAgain struct{ error }

func (t tryAgain) Unwrap() error { return t.error }

const (
	// mostEntries bounds what is listed of one folder.
	mostEntries = 100_000
	// tries is how often the same byte is asked for.
	tries       = 5
	retryPause  = 500 * time.Millisecond
	lookTimeout = 30 * time.Second // of an answer that is not an object
	// listTimeout is for all pages of a folder: 100,000 objects are a hundred of them.
	listTimeout = 5 * time.Minute
)

// errEndless is the error of a folder whose pages do not end.
var errEndless = errors.New("the folder was not listed in time: give a smaller one, or one log")

// objects are the files of a store.
type objects struct {
	store
	root    string // "s3://bucket"
	pause   time.Duration
	listing time.Duration
}

func newObjects(s store, root string, o *Options) *objects {
	return &objects{store: s, root: root, pause: cmp.Or(o.pause, retryPause), listing: cmp.Or(o.listing, listTimeout)}
}

// key is what stands behind the root of a path.
func (o *objects) key(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, o.root), "/")
}

func (o *objects) entry(ob object) eventlog.Entry {
	key := strings.TrimSuffix(ob.key, "/")
	cut := strings.LastIndexByte(key, '/')
	e := eventlog.Entry{Path: o.root + "/" + ob.key, Name: key[cut+1:], In: o.root + "/" + key[:max(cut, 0)], Size: ob.size, Version: ob.version}
	e.Dir = key == "" || strings.HasSuffix(ob.key, "/")
	return e
}

// again calls what may fail for a moment, until it does not, or it has failed often enough.
func (o *objects) again(ctx context.Context, call func() error) error {
	for try := 1; ; try++ {
		err := call()
		var may tryAgain
		if err == nil || ctx.Err() != nil || !errors.As(err, &may) {
			return err
		}
		if try == tries {
			return fmt.Errorf("%w (after %d tries)", may.error, tries)
		}
		select {
		case <-time.After(o.pause << (try - 1)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Look says what lies at a path: an object, or a folder, which is there if an object lies below it.
func (o *objects) Look(ctx context.Context, path string) (e eventlog.Entry, err error) {
	key := o.key(path)
	if key != "" && !strings.HasSuffix(key, "/") {
		err := o.again(ctx, func() error {
			within, cancel := context.WithTimeout(ctx, lookTimeout)
			defer cancel()
			ob, err := o.look(within, key)
			e = o.entry(ob)
			return err
		})
		if !errors.Is(err, errNone) {
			return e, err
		}
		key += "/"
	}
	found := key == ""
	err = o.pages(ctx, func(ctx context.Context) error {
		return o.list(ctx, key, func(object) bool { found = true; return false })
	})
	switch {
	case err != nil:
		return e, err
	case !found:
		return e, errNone
	}
	return o.entry(object{key: key}), nil
}

// pages calls what lists a folder, which has to end: a server may send pages for ever.
func (o *objects) pages(ctx context.Context, list func(context.Context) error) error {
	within, cancel := context.WithTimeoutCause(ctx, o.listing, errEndless)
	defer cancel()
	err := o.again(within, func() error { return list(within) })
	if err != nil && context.Cause(within) == errEndless {
		return errEndless
	}
	return err
}

// List are the objects and folders directly in a folder.
func (o *objects) List(ctx context.Context, folder string) (all []eventlog.Entry, err error) {
	key := o.key(folder)
	if key != "" && !strings.HasSuffix(key, "/") {
		key += "/"
	}
	err = o.pages(ctx, func(ctx context.Context) error {
		all = nil
		return o.list(ctx, key, func(ob object) bool {
			if ob.key != key { // some tools write an empty object with the name of the folder
				all = append(all, o.entry(ob))
			}
			return len(all) <= mostEntries
		})
	})
	if err == nil && len(all) > mostEntries {
		err = fmt.Errorf("the folder holds more than %d objects: give a smaller one, or one log", mostEntries)
	}
	return all, err
}

// Open reads an object. A connection that breaks or falls silent is made again, from the byte at which it broke.
func (o *objects) Open(ctx context.Context, file eventlog.Entry) (io.ReadCloser, error) {
	r := &resumed{ctx: ctx, from: o, object: object{key: o.key(file.Path), size: file.Size, version: file.Version}}
	return r, r.connect()
}

// resumed reads an object over as many connections as it takes.
type resumed struct {
	ctx    context.Context
	from   *objects
	object object
	at     int64
	body   io.ReadCloser
	failed int // times since a byte came
}

// connect opens the object where reading stopped, with more than one try.
func (r *resumed) connect() error {
	return r.from.again(r.ctx, func() (err error) {
		r.body, err = r.from.open(r.ctx, r.object, r.at)
		return err
	})
}

func (r *resumed) Read(p []byte) (int, error) {
	for {
		if size := r.object.size; size > 0 { // what a server sends beyond is no part of the object
			if r.at >= size {
				return 0, io.EOF
			}
			p = p[:min(int64(len(p)), size-r.at)]
		}
		if r.body == nil {
			if err := r.connect(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		switch {
		case n > 0:
			r.failed = 0
			if err != nil && !r.over(err) {
				r.Close()
				err = nil
			}
			return n, err
		case err == nil:
			continue
		case r.over(err):
			return 0, io.EOF
		case r.ctx.Err() != nil:
			return 0, context.Cause(r.ctx)
		}
		r.Close()
		if r.failed++; r.failed == tries {
			return 0, fmt.Errorf("the connection broke %d times at byte %d of %d: %w", tries, r.at, r.object.size, err)
		}
	}
}

// over says that an error is the end of the object, and not of the connection.
func (r *resumed) over(err error) bool {
	return err == io.EOF && (r.object.size == 0 || r.at >= r.object.size)
}

// Close ends the connection.
func (r *resumed) Close() error {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
	return nil
}

// close releases what the store holds.
func (o *objects) close() error {
	if c, is := o.store.(interface{ close() error }); is {
		return c.close()
	}
	return nil
}

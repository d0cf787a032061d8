package source

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// writable is a store that can be written to.
type writable interface {
	// put writes an object in one request, so that a reader sees the old one or the new one, and never a part.
	put(ctx context.Context, key string, data []byte) error
}

// putTimeout bounds one try of a request that writes.
const putTimeout = 2 * time.Minute

// Put writes a file whole under a name that Open takes: on this machine, in an object store, or on a claim that is mounted here. What was
// there before is replaced. Folders that are missing are made.
func Put(ctx context.Context, name string, data []byte, o Options) (err error) {
	o.write = true
	files, path, done, err := Open(ctx, name, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	switch f := files.(type) {
	case eventlog.Disk:
		err = putDisk(path, data)
	case *mounted:
		err = f.put(path, data)
	case *objects:
		err = f.put(ctx, path, data)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	return nil
}

func (o *objects) put(ctx context.Context, path string, data []byte) error {
	w, is := o.store.(writable)
	if !is {
		return errors.New("this machine can only read it")
	}
	return o.again(ctx, func() error {
		within, cancel := context.WithTimeout(ctx, putTimeout)
		defer cancel()
		return w.put(within, o.key(path), data)
	})
}

// putDisk writes a file of this machine.
func putDisk(path string, data []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o770); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	return putFile(root, filepath.Base(path), data)
}

// putFile writes a file under another name, and gives it its own when it is whole.
func putFile(root *os.Root, name string, data []byte) (err error) {
	folder := filepath.Dir(name)
	if folder != "." {
		if err := root.MkdirAll(folder, 0o770); err != nil {
			return err
		}
	}
	part := filepath.Join(folder, ".part-"+rand.Text())
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(part) // what failed says more
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o660) // as Spark writes its logs
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(part, name)
	}
	return err
}

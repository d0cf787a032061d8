package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Files is where logs lie: a disk, an object store, a volume. Their errors leave the path out, for whoever asks adds it. A path is
// what a user gives, or that of an entry.
type Files interface {
	// Look says what lies at a path.
	Look(ctx context.Context, path string) (Entry, error)
	// List are the files and folders that lie directly in a folder.
	List(ctx context.Context, folder string) ([]Entry, error)
	// Open reads a file from its beginning. The context bounds the reading, not only the opening.
	Open(ctx context.Context, file Entry) (io.ReadCloser, error)
}

// Entry is a file or a folder.
type Entry struct {
	Path string // whole, as Open takes it
	Name string // the last part of the path
	In   string // the path of the folder that holds it
	Dir  bool
	Size int64 // in bytes; 0 where it is not known
	// Version tells the state of a file from a later one; "" where it is not known.
	Version string
}

// Disk is the files of this machine. A link is what it points to.
type Disk struct{}

// Look says what lies at a path.
func (Disk) Look(_ context.Context, path string) (Entry, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Entry{}, err
	}
	return entry(path, info), nil
}

func entry(path string, info fs.FileInfo) Entry {
	e := Entry{Path: path, Name: filepath.Base(path), In: filepath.Dir(path), Dir: info.IsDir()}
	if info.Mode().IsRegular() {
		e.Size = info.Size()
	}
	return e
}

// List are the files and folders of a folder. What is neither, as a socket, is left out.
func (Disk) List(_ context.Context, folder string) (all []Entry, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch info, err := os.Stat(path); {
		case err != nil: // opening it says why
			all = append(all, Entry{Path: path, Name: e.Name(), In: folder})
		case info.IsDir() || info.Mode().IsRegular():
			all = append(all, entry(path, info))
		}
	}
	return all, nil
}

// Open opens a file.
func (Disk) Open(_ context.Context, file Entry) (io.ReadCloser, error) { return os.Open(file.Path) }

// short is an error of the system without the name of the call, behind that of the file.
func short(name string, err error) error {
	return fmt.Errorf("%s: %w", name, bare(err))
}

// bare is an error of the system without the name of the call and of the file.
func bare(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

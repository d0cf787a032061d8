package change

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Write writes all files or, after an error, none: everything is written beside its file first, and takes its place only
// when all of it is there. A file that was changed since it was read is an error.
func Write(files []*source.File) (err error) {
	var parts []string
	defer func() {
		for _, part := range parts {
			_ = os.Remove(part) // what took its file's place is no longer there
		}
	}()
	targets := make([]string, len(files))
	for i, f := range files {
		target, err := filepath.EvalSymlinks(filepath.FromSlash(f.Name))
		if err != nil {
			return unreadable(f.Name, err)
		}
		now, err := os.ReadFile(target)
		if err != nil {
			return unreadable(f.Name, err)
		}
		if !bytes.Equal(now, f.Raw) {
			return fmt.Errorf("%s was changed since it was read; nothing was written: try again", f.Name)
		}
		part, err := writeBeside(target, f.Bytes())
		if part != "" {
			parts = append(parts, part)
		}
		if err != nil {
			return fmt.Errorf("cannot write %q: %w; nothing was written", f.Name, err)
		}
		targets[i] = target
	}
	for i, part := range parts {
		if err := os.Rename(part, targets[i]); err != nil {
			return errors.Join(fmt.Errorf("cannot write %q: %w; the %d files before it were written", files[i].Name, err, i))
		}
	}
	return nil
}

// writeBeside writes what is to take a file's place, with the mode of that file, or that of a new one.
func writeBeside(target string, text []byte) (part string, err error) {
	mode := fs.FileMode(0o644)
	switch info, err := os.Stat(target); {
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".kubectl-spark-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	return f.Name(), err
}

func unreadable(name string, err error) error {
	for at := (*fs.PathError)(nil); errors.As(err, &at); {
		err = at.Err
	}
	return fmt.Errorf("cannot read %q: %w", name, err)
}

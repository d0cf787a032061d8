// Package write puts changed files in the place of those that were read, whole or not at all. Start reading at [Files].
package write

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Files writes all files or, after an error or the end of the context, none: everything is written beside its file first, and
// takes its place only when all of it is there. given are the names that the files were read by: a link within a folder is
// followed where it stays there. A file that was changed since it was read, or of which not all can be kept, is an error.
func Files(ctx context.Context, given []string, files []*source.File) (err error) {
	var parts []string
	defer func() {
		for _, part := range parts {
			_ = os.Remove(part) // what took its file's place is no longer there
		}
	}()
	targets := make([]string, len(files))
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if targets[i], err = target(given, f); err != nil {
			return err
		}
		part, err := Beside(targets[i], f.Bytes(), NewMode)
		if part != "" {
			parts = append(parts, part)
		}
		if err != nil {
			return fmt.Errorf("cannot write %q: %w; nothing was written", f.Name, reason(err))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, part := range parts {
		if err := os.Rename(part, targets[i]); err != nil {
			return fmt.Errorf("cannot write %q: %w; the %d files before it were written", files[i].Name, reason(err), i)
		}
	}
	return nil
}

// target is the file that is to be replaced, behind all links.
func target(given []string, f *source.File) (string, error) {
	name := filepath.FromSlash(f.Name)
	if f.New {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s was made since it was looked for; nothing was written: try again", f.Name)
		}
		return name, nil
	}
	at, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", scene.Unreadable(f.Name, err)
	}
	if !within(given, name, at) {
		return "", fmt.Errorf("%s is a link to %s, outside the folder that was given; nothing was written: give that file with -f", f.Name, at)
	}
	info, err := os.Stat(at)
	if err != nil {
		return "", scene.Unreadable(f.Name, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file; nothing was written", f.Name)
	}
	now, err := os.ReadFile(at)
	if err != nil {
		return "", scene.Unreadable(f.Name, err)
	}
	if !bytes.Equal(now, f.Raw) {
		return "", fmt.Errorf("%s was changed since it was read; nothing was written: try again", f.Name)
	}
	return at, nil
}

// within says that a file was given by its name, or lies with all links followed in a folder that was given and holds its name.
func within(given []string, name, at string) bool {
	for _, one := range given {
		folder, err := filepath.EvalSymlinks(one)
		if err != nil {
			continue
		}
		if filepath.Clean(one) == filepath.Clean(name) || beside(one, name, at) || local(one, name) && local(folder, at) {
			return true
		}
	}
	return false
}

// beside says that a file is the one with the patterns of the build of a Dockerfile that was given: in its folder, or in that of its build, which
// is above it.
func beside(given, name, at string) bool {
	above := false
	if folder, err := filepath.Abs(filepath.Dir(given)); err == nil && filepath.Base(name) == ".dockerignore" {
		of, err := filepath.Abs(filepath.Dir(name))
		above = err == nil && local(of, folder)
	}
	return strings.HasSuffix(name, ".dockerignore") && (above || filepath.Dir(given) == filepath.Dir(name)) && filepath.Base(at) == filepath.Base(name)
}

// local says that a file lies in a folder by its name.
func local(folder, name string) bool {
	rest, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(rest)
}

// NewMode is the mode of a file that is new.
const NewMode fs.FileMode = 0o644

// Replace writes a file, whole or not at all, behind all links. One that is there keeps its mode, owner and attributes; mode is that of
// a new one.
func Replace(name string, text []byte, mode fs.FileMode) error {
	if at, err := filepath.EvalSymlinks(name); err == nil {
		name = at
	}
	part, err := Beside(name, text, mode)
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil && part != "" {
		_ = os.Remove(part)
	}
	return err
}

// Beside writes what is to take a file's place, with the mode, the owner and the attributes of that file, or the mode of
// a new one.
func Beside(target string, text []byte, mode fs.FileMode) (part string, err error) {
	old, err := os.Stat(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".kubectl-spark-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil && old == nil {
		err = f.Chmod(mode)
	} else if err == nil {
		err = keep(old, target, f)
	}
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}

// reason is an error without the path that it is about.
func reason(err error) error {
	for at := (*fs.PathError)(nil); errors.As(err, &at); {
		err = at.Err
	}
	return err
}

// Package kustomization builds the objects of a kustomization with kustomize itself, as kubectl's -k does, and within limits:
// it opens no connection, runs no program, and reads no file outside of the folder of the kustomization that names it. Start
// reading at [Build].
package kustomization

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// The most that one kustomization may read: of folders that name each other there could be ever more.
const (
	maxFiles = 10_000
	maxBytes = 64 << 20
)

// Build writes the objects of the kustomization in a folder as YAML. maxFile bounds one file, in bytes.
func Build(ctx context.Context, folder string, maxFile int64) ([]byte, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		if remote(folder) {
			return nil, fmt.Errorf("%q is remote, and a kustomization opens no connection: give a folder, or run kubectl kustomize %[1]s | kubectl spark doctor -f -", folder)
		}
		return nil, fmt.Errorf("there is no folder %q: give one that holds a kustomization.yaml", folder)
	}
	files := &reader{FileSystem: filesys.MakeFsOnDisk(), ctx: ctx, maxFile: maxFile}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, folder)
	if files.err != nil { // kustomize tries other names after an error, and tells of those
		return nil, files.err
	}
	if err != nil {
		return nil, fmt.Errorf("kustomization %s: %w", folder, err)
	}
	return built.AsYaml()
}

// reader is the file system that kustomize sees. It changes nothing. err is the first refusal.
type reader struct {
	filesys.FileSystem
	ctx          context.Context
	maxFile      int64
	files, bytes int64
	err          error
}

var errReadOnly = errors.New("a kustomization that is read writes no file")

func (*reader) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (*reader) Mkdir(string) error                  { return errReadOnly }
func (*reader) MkdirAll(string) error               { return errReadOnly }
func (*reader) RemoveAll(string) error              { return errReadOnly }
func (*reader) WriteFile(string, []byte) error      { return errReadOnly }

// ReadFile reads a regular file, and refuses one that makes kustomize open a connection or run a program.
func (r *reader) ReadFile(path string) ([]byte, error) {
	text, err := r.read(path)
	if err != nil && r.err == nil && !errors.Is(err, fs.ErrNotExist) {
		r.err = err
	}
	return text, err
}

func (r *reader) read(path string) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() { // kustomize asks for a folder as if it were a file, and then for its kustomization
		return nil, fmt.Errorf("%w: %s is a folder", fs.ErrNotExist, path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", shown(path))
	}
	r.files, r.bytes = r.files+1, r.bytes+info.Size()
	switch {
	case info.Size() > r.maxFile:
		return nil, fmt.Errorf("%s has %d bytes, and at most %d are read", shown(path), info.Size(), r.maxFile)
	case r.files > maxFiles || r.bytes > maxBytes:
		return nil, fmt.Errorf("the kustomization reads more than %d files or %d MiB: its folders may name each other", maxFiles, maxBytes>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(path)) {
		return text, checkKustomization(shown(path), text)
	}
	return text, checkPlugins(shown(path), text)
}

// shown is a whole path as people write it: from the folder that they are in.
func shown(path string) string {
	if here, err := os.Getwd(); err == nil {
		if from, err := filepath.Rel(here, path); err == nil && len(from) < len(path) {
			return from
		}
	}
	return path
}

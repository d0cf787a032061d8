package source

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// mounted is a claim of the cluster that is mounted on this machine, as in a pod of a Job. Its paths are those that it has from outside.
// Others write in it: no path and no link leads out of it, where the pod has its Secret.
type mounted struct {
	root   string // pvc://NAMESPACE/CLAIM
	folder string // where it is mounted
}

// within is where a path of the claim lies below the folder.
func (m *mounted) within(name string) string {
	return filepath.FromSlash(cmp.Or(strings.TrimPrefix(path.Clean("/"+strings.TrimPrefix(name, m.root)), "/"), "."))
}

// entry is an entry of the claim with the path that it has from outside.
func (m *mounted) entry(name string, info fs.FileInfo) eventlog.Entry {
	e := eventlog.Entry{Path: m.root + path.Clean("/"+strings.TrimPrefix(name, m.root))}
	at := strings.LastIndexByte(e.Path, '/')
	e.In, e.Name = e.Path[:at], e.Path[at+1:]
	switch {
	case info == nil: // opening it says why
	case info.IsDir():
		e.Dir, e.Path = true, strings.TrimSuffix(e.Path, "/")+"/"
	case info.Mode().IsRegular():
		e.Size = info.Size()
	}
	return e
}

// Look says what lies at a path.
func (m *mounted) Look(_ context.Context, name string) (eventlog.Entry, error) {
	root, err := os.OpenRoot(m.folder)
	if err != nil {
		return eventlog.Entry{}, err
	}
	defer root.Close()
	info, err := root.Stat(m.within(name))
	if err != nil {
		return eventlog.Entry{}, err
	}
	return m.entry(name, info), nil
}

// List are the files and folders directly in a folder. What is neither, as a socket, is left out.
func (m *mounted) List(_ context.Context, folder string) (all []eventlog.Entry, err error) {
	root, err := os.OpenRoot(m.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(m.within(folder))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		info, err := root.Stat(filepath.Join(m.within(folder), name))
		if err != nil {
			info = nil
		}
		if info == nil || info.IsDir() || info.Mode().IsRegular() {
			all = append(all, m.entry(strings.TrimSuffix(folder, "/")+"/"+name, info))
		}
	}
	return all, nil
}

// Open opens a file.
func (m *mounted) Open(_ context.Context, file eventlog.Entry) (io.ReadCloser, error) {
	return os.OpenInRoot(m.folder, m.within(file.Path))
}

// put writes a file.
func (m *mounted) put(name string, data []byte) error {
	root, err := os.OpenRoot(m.folder)
	if err != nil {
		return err
	}
	defer root.Close()
	return putFile(root, m.within(name), data)
}

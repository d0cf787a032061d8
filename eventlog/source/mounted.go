package source

import (
	"context"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// mounted is a claim of the cluster that is mounted on this machine, as in a pod of a Job. Its paths are those that it has from outside.
type mounted struct {
	root   string // pvc://NAMESPACE/CLAIM
	folder string // where it is mounted
}

// here is where a path of the claim lies on this machine. None leads out of the claim.
func (m *mounted) here(name string) string {
	return filepath.Join(m.folder, filepath.FromSlash(path.Clean("/"+strings.TrimPrefix(name, m.root))))
}

// entry is an entry of this machine with the path that it has from outside.
func (m *mounted) entry(e eventlog.Entry, name string) eventlog.Entry {
	e.Path = m.root + path.Clean("/"+strings.TrimPrefix(name, m.root))
	e.In = e.Path[:strings.LastIndexByte(e.Path, '/')]
	if e.Dir && !strings.HasSuffix(e.Path, "/") {
		e.Path += "/"
	}
	return e
}

// Look says what lies at a path.
func (m *mounted) Look(ctx context.Context, name string) (eventlog.Entry, error) {
	e, err := eventlog.Disk{}.Look(ctx, m.here(name))
	if err != nil {
		return eventlog.Entry{}, err
	}
	return m.entry(e, name), nil
}

// List are the files and folders directly in a folder.
func (m *mounted) List(ctx context.Context, folder string) (all []eventlog.Entry, err error) {
	entries, err := eventlog.Disk{}.List(ctx, m.here(folder))
	for _, e := range entries {
		all = append(all, m.entry(e, strings.TrimSuffix(folder, "/")+"/"+e.Name))
	}
	return all, err
}

// Open opens a file.
func (m *mounted) Open(ctx context.Context, file eventlog.Entry) (io.ReadCloser, error) {
	file.Path = m.here(file.Path)
	return eventlog.Disk{}.Open(ctx, file)
}

package scene

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/scene/stream"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// maxPatterns is the size of the largest file with patterns that is read, in bytes.
const maxPatterns = 64 << 10

// withFolder gives a Dockerfile what the folder around it leaves out of a build: NAME.dockerignore, else .dockerignore. The folder is taken
// for the one that the build is given; what cannot be read is not known.
func withFolder(file *source.File) {
	if len(file.Docs) != 1 || file.Docs[0].Dockerfile == nil || file.Name == StandardInput || stream.IsURL(file.Name) {
		return
	}
	folder := filepath.Dir(filepath.FromSlash(file.Name))
	own := filepath.FromSlash(file.Name) + ".dockerignore"
	for _, name := range []string{own, filepath.Join(folder, ".dockerignore")} {
		raw, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if name != own {
				file.WithContext(&dockerfile.Context{Name: filepath.ToSlash(name)})
			}
		case err != nil || len(raw) > maxPatterns:
			return
		default:
			one := &dockerfile.Context{Name: filepath.ToSlash(name)}
			one.Read(raw)
			file.WithContext(one)
			return
		}
	}
}

// Beside is the file that a Dockerfile's build leaves out by, which is one of the scene from then on.
func (sc *Scene) Beside(name string) (*source.File, error) {
	for _, f := range sc.Files {
		if f.Name == name {
			return f, nil
		}
	}
	raw, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, Unreadable(name, err)
	}
	f := source.Patterns(name, raw, err == nil)
	sc.Files = append(sc.Files, f)
	return f, nil
}

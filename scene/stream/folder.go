package stream

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// fileExtensions are those of the files that are read in a folder.
var fileExtensions = [...]string{".yaml", ".yml", ".json", ".conf", ".properties", ".sh"}

// InFolder says that a file of a folder is read, by its name.
func InFolder(name string) bool {
	return slices.Contains(fileExtensions[:], filepath.Ext(name)) || document.DockerfileName(name)
}

// maxPatterns is the size of the largest file with patterns that is read, in bytes.
const maxPatterns = 64 << 10

// WithFolder gives a Dockerfile what the folder around it leaves out of a build: NAME.dockerignore, else .dockerignore. The folder is taken
// for the one that the build is given; what cannot be read is not known.
func WithFolder(file *source.File) {
	if len(file.Docs) != 1 || file.Docs[0].Dockerfile == nil || IsURL(file.Name) {
		return
	}
	own := filepath.FromSlash(file.Name) + ".dockerignore"
	for _, name := range []string{own, filepath.Join(filepath.Dir(filepath.FromSlash(file.Name)), ".dockerignore")} {
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

package stream

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// WithFolder gives a Dockerfile what its build leaves out: by NAME.dockerignore beside it, else by .dockerignore of the folder that the build is
// given. What cannot be read is not known.
func WithFolder(file *source.File) {
	if len(file.Docs) != 1 || file.Docs[0].Dockerfile == nil || IsURL(file.Name) {
		return
	}
	name := filepath.FromSlash(file.Name)
	own, folder := name+".dockerignore", buildFolder(filepath.Dir(name), file.Docs[0].Dockerfile)
	for _, at := range []string{own, filepath.Join(folder, ".dockerignore")} {
		raw, err := os.ReadFile(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil || len(raw) > maxPatterns:
			return
		default:
			one := &dockerfile.Context{Name: filepath.ToSlash(at)}
			one.Read(raw)
			file.WithContext(one)
			return
		}
	}
	missing := filepath.Join(folder, ".dockerignore")
	if folder != filepath.Dir(name) || slices.Contains(aside, filepath.Base(folder)) { // the one beside it counts whatever folder the build is given
		missing = own
	}
	file.WithContext(&dockerfile.Context{Name: filepath.ToSlash(missing)})
}

// maxAbove is how many folders above a Dockerfile are looked at.
const maxAbove = 4

// aside are folders that hold Dockerfiles, and seldom what they copy.
var aside = []string{"docker", ".docker", "dockerfiles"}

// buildFolder is the folder that the build of a Dockerfile is given, as far as what it copies tells: the one that has most of it, the nearest
// first. Where it copies whole folders alone, it is the nearest that has a .dockerignore, else that of the Dockerfile. A folder above the
// repository's is none.
func buildFolder(dir string, d *dockerfile.File) string {
	copied := named(d)
	folder, most := dir, 0
	for n, at := 0, dir; n <= maxAbove; n, at = n+1, filepath.Join(at, "..") {
		there := 0
		for _, one := range copied {
			if _, err := os.Lstat(filepath.Join(at, one)); err == nil {
				there++
			}
		}
		if len(copied) == 0 {
			if _, err := os.Lstat(filepath.Join(at, ".dockerignore")); err == nil {
				return at
			}
		}
		if there > most {
			folder, most = at, there
		}
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			break
		}
		if full, err := filepath.Abs(at); err != nil || full == filepath.Dir(full) {
			break
		}
	}
	return folder
}

// named are the files and folders that a Dockerfile copies by their names.
func named(d *dockerfile.File) (all []string) {
	for _, i := range d.All() {
		if i.Keyword != "copy" && i.Keyword != "add" || i.Flag("from") != "" || i.Heredoc {
			continue
		}
		for _, one := range i.Sources() {
			local := filepath.FromSlash(strings.TrimPrefix(one, "/")) // from the build's folder, too
			if strings.ContainsAny(one, "*?[$<:") || filepath.Clean(local) == "." || !filepath.IsLocal(local) || slices.Contains(all, local) {
				continue
			}
			all = append(all, local)
		}
	}
	return all
}

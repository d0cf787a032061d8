// Package naming is how the difference of several files names them. Start reading at [Of].
package naming

import (
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// Names are those of files in a difference, by which git apply and patch -p1 find them.
type Names struct {
	// From is the folder from which the files are named; "" where it is the one in which the command runs.
	From  string
	names map[*source.File]string
}

// Of names files as they were given. git and patch take neither absolute names nor those that leave the folder: where there is one,
// all are named from the nearest folder that holds them and this one.
func Of(files []*source.File) Names {
	n := Names{names: map[*source.File]string{}}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	outside := map[*source.File]string{} // absolute
	for _, f := range files {
		n.names[f] = strings.TrimLeft(f.Name, "/")
		name := filepath.FromSlash(f.Name)
		switch at, regular := placeOf(name, f.New); {
		case strings.Contains(f.Name, "://"): // a URL stays as it is, so that its secrets are known and masked
		case filepath.IsLocal(name):
			n.names[f] = path.Clean(filepath.ToSlash(name))
		case err != nil || !regular: // a URL, a pipe
		default:
			if inside, err := filepath.Rel(here, at); err == nil && filepath.IsLocal(inside) {
				n.names[f] = filepath.ToSlash(inside)
				continue
			}
			outside[f] = at
		}
	}
	if len(outside) == 0 {
		return n
	}
	from := here
	for !holdsAll(from, outside) {
		above := filepath.Dir(from)
		if above == from {
			return n // another volume
		}
		from = above
	}
	n.From = from
	if rest, err := filepath.Rel(here, from); err == nil && len(rest) < len(from) {
		n.From = rest
	}
	for _, f := range files {
		at, regular := placeOf(filepath.FromSlash(f.Name), f.New)
		if !regular {
			continue
		}
		if name, err := filepath.Rel(from, at); err == nil {
			n.names[f] = filepath.ToSlash(name)
		}
	}
	return n
}

// Difference is the difference that edits made to a file, piece by piece, under a name. hide, which may be nil, gives a text without its
// secrets.
func Difference(name string, f *source.File, hide func([]byte) []byte) iter.Seq[string] {
	return patch.Hunks(name, f.View(hide).Pieces())
}

// placeOf is the absolute path of a regular file, or of one that is to be one, with the links in its folder followed.
func placeOf(name string, fresh bool) (at string, regular bool) {
	info, err := os.Lstat(name)
	if !fresh && (err != nil || !info.Mode().IsRegular() && info.Mode()&os.ModeSymlink == 0) {
		return "", false
	}
	folder, err := filepath.Abs(filepath.Dir(name))
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	return filepath.Join(folder, filepath.Base(name)), err == nil
}

func holdsAll(folder string, files map[*source.File]string) bool {
	for _, at := range files {
		if rest, err := filepath.Rel(folder, at); err != nil || !filepath.IsLocal(rest) {
			return false
		}
	}
	return true
}

// Name is that of a file in the difference.
func (n Names) Name(f *source.File) string { return n.names[f] }

// Note says how to apply the difference; "" where it is applied in the folder in which the command runs.
func (n Names) Note() string {
	if n.From == "" {
		return ""
	}
	return "the diff names its files from the folder " + n.From + ": apply it with patch -p1 -d " + submit.Quote(n.From)
}

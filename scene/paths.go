package scene

import (
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/scene/stream"
)

// matched are the names with patterns in the place of which stand the files that they match. A pattern that matches none,
// or that is the name of a file, stays.
func (in *Input) matched() (names []string) {
	for _, name := range in.Names {
		var found []string
		if _, made := KustomizedFrom(name); made {
			names = append(names, name)
			continue
		}
		if _, err := os.Stat(name); err != nil && stream.IsPattern(name) {
			found, _ = filepath.Glob(name) // a pattern that is none matches nothing
		}
		if found == nil {
			found = []string{name}
		}
		names = append(names, found...)
	}
	return names
}

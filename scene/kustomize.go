package scene

import (
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/scene/stream"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// patches tells the files that a kustomization beside them, or in the folder above, lists as patches.
type patches struct {
	read map[string]bool   // folders whose kustomization was read
	of   map[string]string // by the whole path of a file
	own  map[string]bool   // files that one lists as objects by themselves, by their whole paths
}

// folder is that of the kustomization that lists a file as a patch; "" where none does. A file that is listed as an object,
// too, is one.
func (p *patches) folder(name string) string {
	if _, made := KustomizedFrom(name); made || name == "-" || stream.IsURL(name) {
		return ""
	}
	folder := filepath.Dir(name)
	p.look(folder)
	p.look(filepath.Join(folder, ".."))
	name, err := filepath.Abs(name)
	if err != nil || p.own[name] {
		return ""
	}
	return p.of[name]
}

func (p *patches) look(folder string) {
	if p.read[folder] {
		return
	}
	if p.read == nil {
		p.read, p.of, p.own = map[string]bool{}, map[string]string{}, map[string]bool{}
	}
	p.read[folder] = true
	whole, err := filepath.Abs(folder)
	if err != nil {
		return
	}
	for _, file := range document.KustomizationFiles() {
		info, err := os.Stat(filepath.Join(folder, file))
		if err != nil || !info.Mode().IsRegular() || info.Size() > source.MaxFile {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			continue
		}
		k := document.ReadKustomization(raw)
		for _, at := range k.Patches {
			p.of[filepath.Join(whole, at)] = folder
		}
		for _, at := range k.Resources {
			p.own[filepath.Join(whole, at)] = true
		}
		return
	}
}

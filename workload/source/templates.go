package source

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// Templates are files that hold one pod each, by their paths: a configuration may name one as the pod template of a role. Properties files
// are among them, which a script may name as that of spark-submit.
type Templates map[string]*File

// role is what a pod of a file is the template of, by what names it.
type role struct {
	role      spark.Role
	container string
}

// Offer takes a file in that may be a pod template. open says that nothing but what names it tells its role.
func (t Templates) Offer(f *File) (open bool) {
	if f.Piece || len(f.Docs) != 1 {
		return false
	}
	d := f.Docs[0]
	if d.Properties {
		t[path.Clean(f.Name)] = f
		return false
	}
	if n, _ := patch.Len(d.Raw, patch.Path{"spec", "containers"}); n == 0 || d.Kind != "" && d.Kind != "Pod" {
		return false
	}
	if _, ran := patch.Lookup(d.Raw, patch.Path{"metadata", "uid"}); ran || len(d.Slots) > 0 && !d.Slots[0].Submitted {
		return false // a pod of a cluster is no template
	}
	t[path.Clean(f.Name)] = f
	return len(d.Slots) == 0
}

// Give makes the pods of those files that a document's configuration names templates of its roles. from is the document's own
// file, beside which a template may stand.
func (t Templates) Give(d *workload.Document, from string) {
	for i := range d.Slots {
		s := &d.Slots[i]
		key := "spark.kubernetes." + string(s.Role) + ".podTemplate"
		if s.BySubmit != nil && s.BySubmit.File && s.BySubmit.PropertiesFile != "" {
			if f := t.named(s.BySubmit.PropertiesFile, from); f != nil && f.Docs[0].Properties {
				s.Join(f.Docs[0].Conf)
				f.named = true
			}
		}
		f := t.named(s.Conf[key+"File"].Value, from)
		if f == nil || len(s.At) > 0 || f.Docs[0].Properties {
			continue
		}
		s.Apart, f.named = true, true
		if f.has(s.Role) {
			continue
		}
		given := role{s.Role, s.Conf[key+"ContainerName"].Value}
		if launcher.GiveRole(f.Docs[0], given.role, given.container) {
			f.roles = append(f.roles, given)
		}
	}
}

// Drop lets go of the files that nothing has named: a folder may hold thousands.
func (t Templates) Drop() {
	maps.DeleteFunc(t, func(_ string, f *File) bool { return !f.named })
}

// named is the file that a setting names: from the folder in which the command runs, or that of the file which names it.
func (t Templates) named(value, from string) *File {
	switch scheme, rest, has := strings.Cut(value, ":"); {
	case value == "":
		return nil
	case has && scheme == "file":
		value = "/" + strings.TrimLeft(rest, "/")
	case has && len(scheme) > 1: // local:, in the image, or a store
		return nil
	}
	if f := t[path.Clean(value)]; f != nil || path.IsAbs(value) {
		return f
	}
	return t[path.Join(path.Dir(from), value)]
}

// has says that the file's pod is known to be the template of a role: by the file's name, or because it was given.
func (f *File) has(of spark.Role) bool {
	return slices.ContainsFunc(f.Docs[0].Slots, func(s workload.Slot) bool { return s.Role == of })
}

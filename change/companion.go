package change

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// companions makes the objects that should exist beside workloads, each in a file of its own. Several workloads may want the same one.
func (f *fixer) companions(ctx context.Context) {
	all := slices.Clone(f.Found)
	for _, late := range f.late { // what other changes brought to light
		if !slices.ContainsFunc(all, func(one Found) bool {
			return one.Subject.Workload.Title == late.Subject.Workload.Title && one.Finding.Code == late.Finding.Code
		}) {
			all = append(all, late)
		}
	}
	for _, one := range all {
		if ctx.Err() != nil {
			return
		}
		if !one.Finding.Creates() {
			continue
		}
		var done fate
		var files []*source.File
		for _, e := range one.Finding.Edits {
			if e.Companion == nil {
				continue
			}
			file, why := f.create(one.Subject, e.Companion)
			if other := f.refuses(one, all); e.Companion.Labels && other != "" {
				file, why = nil, "first fix "+other+", whose pods the API server would refuse"
			}
			if why != "" {
				done.why = why
				continue
			}
			files, done.some = append(files, file), true
			done.did = append(done.did, made.Change{Name: e.Companion.Name(), Created: true, Labelled: e.Companion.Labels, File: file})
		}
		f.tell(one.Subject, *one.Finding, done, files...)
	}
}

// refuses names a workload of the same namespace for which the same rule asks for nothing, because it is not ready for it.
func (f *fixer) refuses(one Found, all []Found) string {
	for _, other := range all {
		if other.Finding.Code == one.Finding.Code && !other.Finding.Creates() && other.Subject.Doc.Namespace == one.Subject.Doc.Namespace {
			return other.Subject.Workload.Title
		}
	}
	return ""
}

// create is the new file of an object that should exist beside a subject, or the sentence that says why there is none.
func (f *fixer) create(s *scene.Subject, o *companion.Object) (file *source.File, why string) {
	text, err := o.YAML()
	if err != nil {
		return nil, err.Error()
	}
	live := s.File == ""
	if o.Labels && !live {
		return nil, "add the labels to Namespace " + o.ObjectName + " in its manifest"
	}
	if o.Namespace != "" && len(validation.IsDNS1123Label(o.Namespace)) > 0 { // it becomes part of the name of a file
		return nil, "namespace " + strconv.Quote(o.Namespace) + " is not valid: change metadata.namespace"
	}
	for file := range f.created {
		if d := file.Docs[0]; d.APIVersion != o.APIVersion || d.Kind != o.Kind || d.Namespace != o.Namespace || d.Name != o.ObjectName {
			continue
		}
		if !bytes.Equal(file.Bytes(), text) {
			return nil, o.Name() + " is also wanted in another form: create one of the two by hand"
		}
		return file, ""
	}
	name, taken := f.fileFor(s, o), func(name string) bool {
		return slices.ContainsFunc(f.Scene.Files, func(one *source.File) bool { return one.Name == name })
	}
	if taken(name) && o.Namespace != "" {
		name = path.Join(path.Dir(name), o.Namespace+"-"+path.Base(name))
	}
	if taken(name) {
		return nil, name + " is there already, and is not written over: rename it"
	}
	if !live && beside(s) {
		if _, err := os.Lstat(filepath.FromSlash(name)); !errors.Is(err, fs.ErrNotExist) {
			return nil, name + " is there already, and is not written over: give it with -f, too"
		}
	}
	if file, err = source.Made(name, text); err != nil {
		return nil, err.Error()
	}
	f.created[file] = live
	f.Scene.Files = append(f.Scene.Files, file)
	f.turns++
	f.document(file.Docs[0]).touches = []touch{{code: o.Code, keys: []string{o.ObjectName}, turn: f.turns}}
	return file, ""
}

// beside says that the manifest of a workload is a file, and --write writes beside it. What comes from elsewhere is only shown.
func beside(s *scene.Subject) bool {
	_, built := scene.KustomizedFrom(s.File)
	return !built && s.File != scene.StandardInput && !strings.Contains(s.File, "://")
}

// fileFor names the file of an object: beside the manifest of the workload, or as objects of a cluster are named.
func (f *fixer) fileFor(s *scene.Subject, o *companion.Object) string {
	switch {
	case s.File == "":
		return strings.ToLower(o.Kind) + "/" + o.ObjectName + ".yaml"
	case !beside(s):
		return o.File()
	}
	return path.Join(path.Dir(filepath.ToSlash(s.File)), o.File())
}

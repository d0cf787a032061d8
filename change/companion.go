package change

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// creation says where an object is created.
type creation struct {
	live  bool   // in a cluster
	built string // the name of what kustomize makes of a folder, which holds the workload; "" where it does not
}

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
			file, err := f.create(one.Subject, e.Companion)
			if other := f.refuses(one, all); e.Companion.Labels && other != "" {
				file, err = nil, errors.New("first fix "+other+", whose pods the API server would refuse")
			}
			if err != nil {
				done.why = err.Error()
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

// create is the new file of an object that should exist beside a subject. The error is a sentence for the finding.
func (f *fixer) create(s *scene.Subject, o *companion.Object) (*source.File, error) {
	text, err := o.YAML()
	if err != nil {
		return nil, err
	}
	live := s.File == ""
	if o.Labels && !live {
		return nil, fmt.Errorf("add the labels to Namespace %s in its manifest", o.ObjectName)
	}
	if o.Namespace != "" && len(validation.IsDNS1123Label(o.Namespace)) > 0 { // it becomes part of the name of a file
		return nil, fmt.Errorf("namespace %q is not valid: change metadata.namespace", o.Namespace)
	}
	for file := range f.created {
		if d := file.Docs[0]; d.APIVersion != o.APIVersion || d.Kind != o.Kind || d.Namespace != o.Namespace || d.Name != o.ObjectName {
			continue
		}
		if !bytes.Equal(file.Bytes(), text) {
			return nil, errors.New(o.Name() + " is also wanted in another form: create one of the two by hand")
		}
		return file, nil
	}
	name, taken := f.fileFor(s, o), func(name string) bool {
		return slices.ContainsFunc(f.Scene.Files, func(one *source.File) bool { return one.Name == name })
	}
	if taken(name) && o.Namespace != "" {
		name = path.Join(path.Dir(name), o.Namespace+"-"+path.Base(name))
	}
	if taken(name) {
		return nil, errors.New(name + " is there already, and is not written over: rename it")
	}
	if !live && beside(s) {
		if _, err := os.Lstat(filepath.FromSlash(name)); !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New(name + " is there already, and is not written over: give it with -f, too")
		}
	}
	file, err := source.Made(name, text)
	if err != nil {
		return nil, err
	}
	one := creation{live: live}
	if _, built := scene.KustomizedFrom(s.File); built {
		one.built = s.File
	}
	f.created[file] = one
	f.Scene.Files = append(f.Scene.Files, file)
	f.turns++
	f.document(file.Docs[0]).touches = []touch{{code: o.Code, keys: []string{o.ObjectName}, turn: f.turns}}
	return file, nil
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

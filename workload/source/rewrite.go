package source

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// Rewrite carries operations on lines out on a Dockerfile, or on the file with the patterns of its build's folder.
func (f *File) Rewrite(doc *workload.Document, ops []patch.Op) error {
	if _, ours := f.partOf[doc]; ours {
		return f.Edit(doc, ops)
	}
	edited, err := dockerfile.Edit(f.parts[0].raw, ops)
	if err != nil {
		return err
	}
	f.parts[0].raw, f.parts[0].edited = edited, true
	doc.Dockerfile.Context.Read(edited)
	return nil
}

// WithContext says what of a build's folder is known, before the file is asked for its documents.
func (f *File) WithContext(context *dockerfile.Context) {
	f.context = context
	for _, d := range f.Docs {
		if d.Dockerfile != nil {
			d.Dockerfile.Context = context
		}
	}
}

// Patterns is the file that a build leaves out by, as it stands or as an empty one.
func Patterns(name string, raw []byte, is bool) *File {
	format := document.Format{Name: "list of patterns", Edit: dockerfile.Edit, Read: func(document.Text) ([]document.Content, error) {
		return []document.Content{{Other: "patterns of a build", Position: func(patch.Path) (line, column int) { return 1, 1 }}}, nil
	}}
	f := &File{Name: name, Raw: raw, New: !is, parts: []part{{raw: raw, was: raw, line: 1, format: format}}, partOf: map[*workload.Document]int{}}
	d := &workload.Document{Kind: "dockerignore", Name: name, Line: 1, Other: "patterns of a build"}
	f.Docs, f.parts[0].docs, f.partOf[d] = []*workload.Document{d}, []*workload.Document{d}, 0
	return f
}

// Made is a file that is not there yet, with the text that it is to have.
func Made(name string, text []byte) (*File, error) {
	f, err := Open(name, text)
	if err != nil {
		return nil, err
	}
	f.Raw, f.New = nil, true
	for i := range f.parts {
		f.parts[i].was, f.parts[i].edited = nil, true
	}
	return f, nil
}

// Package source opens files of every format as documents and edits them: what no edit touches stays byte for byte. A File
// is a file that fits into memory; Stream reads one of any size. Start reading at Open, then at File.Edit.
package source

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// File is a file of documents that can be edited; what no edit touches stays byte for byte.
type File struct {
	Name string
	Raw  []byte // as it was opened
	Docs []*workload.Document
	// Piece says that this is one piece of a file that is too large to be edited.
	Piece bool
	// New says that there is no such file yet.
	New bool

	last   *patchyaml.Reading // of the part that was edited last
	parts  []part
	partOf map[*workload.Document]int // a document is of
	roles  []role                     // of the one pod that it holds, as other files tell them
	named  bool                       // by another file, as a pod template

	context *dockerfile.Context // of a Dockerfile; nil: it is not known
}

// part is a stretch of a file: one YAML document with the marker in front of it, or the whole of another format.
type part struct {
	raw    []byte
	was    []byte // raw as the file was opened
	line   int    // of its first byte, from 1
	format document.Format
	docs   []*workload.Document
	edited bool           // raw is no longer as the file was opened
	item   *item          // of a list that was cut
	cut    func() *pieces // cuts the list that it is; nil: it is not to be cut
}

// Open reads a whole file of any format. Empty documents are left out. Its error names file and line; a file of more than
// document.MaxWhole bytes is one: Stream reads it.
func Open(name string, raw []byte) (*File, error) {
	if len(raw) > document.MaxWhole {
		return nil, tooLarge(name)
	}
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("%s:1: the text is UTF-16, and UTF-8 is expected: convert it (iconv -f UTF-16 -t UTF-8)", name)
	}
	f := &File{Name: name, Raw: raw, partOf: map[*workload.Document]int{}}
	format := document.Of(document.Text{Name: name, Raw: raw})
	if format.Split == nil {
		f.parts = []part{{raw: raw, line: 1, format: format}}
	} else {
		for _, piece := range format.Split(raw) {
			f.parts = append(f.parts, part{raw: piece.Raw, line: piece.Line, format: format})
		}
	}
	var known *twins
	if len(f.parts) > 1 && format.Name == "YAML" {
		known = newTwins()
	}
	for i := range f.parts {
		p := &f.parts[i]
		p.was = p.raw
		docs := f.asTwin(known, p)
		if docs == nil {
			var err error
			if docs, err = f.read(p); err != nil {
				return nil, err
			}
		}
		p.docs = docs
		if len(docs) > 1 {
			whole := *p
			p.cut = sync.OnceValue(func() *pieces { return f.pieces(whole) })
		}
		for _, d := range docs {
			d.Takes, f.partOf[d] = takes(*p, d), i
		}
		f.Docs = append(f.Docs, docs...)
	}
	if err := f.twice(); err != nil {
		return nil, err
	}
	return f, nil
}

// Patch is a file that the kustomization in a folder lists as a patch of another: it is no document of its own.
func Patch(name string, raw []byte, folder string) *File {
	f := &File{Name: name, Raw: raw, parts: []part{{raw: raw, was: raw, line: 1}}, partOf: map[*workload.Document]int{}}
	text := document.Text{Name: name, Raw: raw, Line: 1}
	f.Docs, _ = f.documents(document.PatchContent(text, folder))
	for _, d := range f.Docs {
		d.Takes, f.partOf[d] = takes(part{raw: raw, format: document.Format{Name: d.Other}}, d), 0
	}
	f.parts[0].docs = f.Docs
	return f
}

// twice is the error of an object that stands twice in the file, by itself and not in a list: kubectl applies one over the
// other.
func (f *File) twice() error {
	type object struct{ apiVersion, kind, namespace, name string }
	first := map[object]int{}
	for _, d := range f.Docs {
		if d.APIVersion == "" || d.Name == "" || len(d.At)+len(d.Text) > 0 {
			continue
		}
		one, line := object{d.APIVersion, d.Kind, d.Namespace, d.Name}, max(d.Line, 1)
		if before, seen := first[one]; seen {
			return fmt.Errorf("%s:%d: %s %q is already on line %d, and kubectl would apply the last: keep one of the two", f.Name, line, d.Kind, d.Name, before)
		}
		first[one] = line
	}
	return nil
}

func tooLarge(name string) error {
	return fmt.Errorf("%s: larger than %d MiB: split the file to edit it", name, document.MaxWhole>>20)
}

// Editable is nil for a file that can be edited, and else the sentence that says why not.
func (f *File) Editable() error {
	if f.Piece {
		return tooLarge(f.Name)
	}
	return nil
}

// Bytes is the file with the edits that were made.
func (f *File) Bytes() []byte {
	size := 0
	for i := range f.parts {
		size += len(f.parts[i].raw)
	}
	out := make([]byte, 0, size)
	for i := range f.parts {
		out = append(out, f.parts[i].raw...)
	}
	return out
}

// Edited says whether the file is no longer what it was.
func (f *File) Edited() bool {
	return slices.ContainsFunc(f.parts, func(p part) bool { return !bytes.Equal(p.was, p.raw) })
}

func (f *File) read(p *part) ([]*workload.Document, error) {
	text := document.Text{Name: f.Name, Raw: p.text(), Line: p.first()}
	text.Root = f.last.Root(text.Raw)
	contents, err := p.format.Read(text)
	if err != nil {
		return nil, f.placed(err, p.line)
	}
	var docs []*workload.Document
	for _, c := range contents {
		var more []*workload.Document
		if p.item == nil {
			more, err = f.documents(c)
		} else if o := p.object(c); string(o.Object) != "null" {
			more, err = f.piece(o)
		}
		if err != nil {
			return nil, f.placed(err, p.line)
		}
		docs = append(docs, more...)
	}
	return docs, nil
}

// takes says why a text does not take operations on its document.
func takes(p part, d *workload.Document) func(ops []patch.Op) error {
	if p.format.Edit == nil {
		return func([]patch.Op) error { return fmt.Errorf("this %s is not edited", p.format.Name) }
	}
	// A text is asked of one finding after the other. What was read of it is not kept where memory is needed.
	var kept atomic.Pointer[weak.Pointer[patchyaml.Reading]]
	return func(ops []patch.Op) error {
		own := &p
		if p.cut != nil {
			if cut := p.cut(); cut != nil {
				own = &cut.parts[cut.of[d]]
			}
		}
		if d.Properties || d.Dockerfile != nil || len(d.Text) > 0 || d.Kind == "ConfigMap" { // another text is edited
			_, err := edit(own, d, ops, false, nil)
			return err
		}
		var read *patchyaml.Reading
		if before := kept.Load(); before != nil {
			read = before.Value()
		}
		if read == nil {
			read = patchyaml.Read(own.text())
			of := weak.Make(read)
			kept.Store(&of)
		}
		_, err := edit(own, d, ops, false, &read)
		return err
	}
}

// documents makes documents of what a format found.
func (f *File) documents(c document.Content) ([]*workload.Document, error) {
	switch {
	case c.Object != nil:
		r := launcher.Reader{File: path.Base(f.Name), Places: c.Position}
		return r.Object(c.Object, nil, "", "", 0)
	case c.Settings != nil:
		return []*workload.Document{{Line: 1, Conf: c.Settings, Properties: true, Places: c.Position}}, nil
	case c.Dockerfile != nil:
		c.Dockerfile.Context = f.context
		return []*workload.Document{workload.OfDockerfile(f.Name, c.Dockerfile, c.Position)}, nil
	case c.Command != nil:
		return (&launcher.Reader{Places: c.Position}).Command(path.Base(f.Name), c.Command), nil
	}
	line, _ := c.Position(nil)
	d := &workload.Document{Name: path.Base(f.Name), Line: line, Other: c.Other, Places: c.Position}
	if c.Note != "" {
		d.Notes = []string{c.Note}
	}
	return []*workload.Document{d}, nil
}

// placed puts file and line in front of an error.
func (f *File) placed(err error, first int) error {
	var at *document.Error
	if errors.As(err, &at) {
		return fmt.Errorf("%s:%d: %w", f.Name, max(at.Line, 1), err)
	}
	return fmt.Errorf("%s:%d: %w", f.Name, first, err)
}

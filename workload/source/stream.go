package source

import (
	"bytes"
	"errors"
	"io"
	"path"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// MaxFile bounds what Open reads and what can be edited, in bytes.
const MaxFile = document.MaxWhole

// Stream reads a file of any size. visit is given the whole file, or of one larger than MaxFile its objects as they come, each
// in a File of its own that can be judged and not edited. Where it fails, what was visited before stands. An error of visit
// ends it. counts says which objects of a large one need not be read, by the kind that their list gives them and their text; nil: none.
// It looks at several at a time, and what it gives is asked in the order in which they stand in the file, between visits; nil for an
// object that is to be read in any case.
func Stream(name string, r io.Reader, counts func(kind string, raw []byte) func() bool, visit func(*File) error) error {
	raw, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return err
	}
	if len(raw) <= MaxFile {
		f, err := Open(name, raw)
		if err != nil {
			return err
		}
		return visit(f)
	}
	rest := io.MultiReader(bytes.NewReader(raw), r)
	raw = nil
	var stopped error
	err = document.Stream(name, rest, func(o document.Object) func() error {
		var known func() bool
		if counts != nil && o.Object != nil {
			known = counts(o.Kind, o.Object)
		}
		f := &File{Name: name, Raw: o.Raw, Piece: true, parts: []part{{raw: o.Raw, was: o.Raw, line: o.Line}}}
		var err error
		if known == nil {
			f.Docs, err = f.piece(o)
		}
		return func() error {
			if known != nil && known() {
				return nil
			}
			if known != nil {
				f.Docs, err = f.piece(o)
			}
			if err != nil {
				return err
			}
			for _, d := range f.Docs {
				d.Closed = f.Editable()
			}
			stopped = visit(f)
			return stopped
		}
	})
	if err == nil || stopped != nil {
		return stopped
	}
	if at := (*document.Error)(nil); errors.As(err, &at) {
		return (&File{Name: name}).placed(err, at.Line)
	}
	return err
}

// piece makes documents of one object of a large file.
func (f *File) piece(o document.Object) ([]*workload.Document, error) {
	if o.Object == nil {
		return f.documents(o.Content)
	}
	r := launcher.Reader{File: path.Base(f.Name), Places: o.Position}
	return r.Object(o.Object, o.At, o.APIVersion, o.Kind, len(o.At)/2)
}

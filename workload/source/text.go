package source

import (
	"encoding/json"
	"errors"
	"sync"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// Plain says of texts whether they stand without quotes.
func (f *File) Plain(d *workload.Document) func(at patch.Path) bool {
	p := &f.parts[f.own(d)]
	plain := document.Plain(p.textOf(d))
	return func(at patch.Path) bool { return plain(p.place(d, at...)) }
}

// NullAs tells how nulls of a document are spelled. The text is read when it is asked first.
func (f *File) NullAs(d *workload.Document) func(at patch.Path) patch.Null {
	as := sync.OnceValue(func() func(patch.Path) patch.Null {
		p := f.parts[f.own(d)]
		spelled := document.NullAs(p.textOf(d))
		return func(at patch.Path) patch.Null { return spelled(p.place(d, at...)) }
	})
	return func(at patch.Path) patch.Null { return as()(at) }
}

// textOf is the text in which a document stands: that of its part of the file, or one within it.
func (p *part) textOf(d *workload.Document) []byte {
	raw := p.text()
	for i, at := range d.Text {
		if i == 0 {
			at = p.within(at)
		}
		text, _ := document.TextAt(raw, at)
		raw = []byte(text)
	}
	return raw
}

// Settings is the text of a configuration.
func (f *File) Settings(d *workload.Document) (text string) {
	if d.Properties {
		return string(f.parts[f.partOf[d]].raw)
	}
	if raw, ok := patch.Lookup(d.Raw, patch.Path{"data", workload.KeyDefaults}); ok {
		_ = json.Unmarshal(raw, &text) // no text: the empty one
	}
	return text
}

// SetSettings replaces the text of a configuration; with undo only if it could be given back.
func (f *File) SetSettings(d *workload.Document, text string, undo bool) error {
	i := f.own(d)
	p := &f.parts[i]
	if len(d.Text) > 0 {
		return f.refused(d, errors.New("a configuration within a manifest of a workflow is not edited"))
	}
	edited := []byte(text)
	if !d.Properties {
		var err error
		if edited, err = p.replaceText(p.place(d, "data", workload.KeyDefaults), text, undo); err != nil {
			return f.refused(d, err)
		}
	}
	return f.reread(i, edited)
}

// Unquote takes the quotes off the text at a place of a document, where it needs none.
func (f *File) Unquote(d *workload.Document, at patch.Path) error {
	if len(d.Text) > 0 {
		return nil // what is put back into a text has the style that it had
	}
	i := f.own(d)
	p := &f.parts[i]
	edited, err := p.ownText(document.Unquote(p.text(), p.place(d, at...)))
	if edited == nil || err != nil {
		return err
	}
	return f.reread(i, edited)
}

// Returns is an error where a text could not be given back as it stands once an option was put behind it; nil where it can be, or
// is not in the file yet.
func (f *File) Returns(d *workload.Document, at patch.Path, option string) error {
	p := &f.parts[f.own(d)]
	same, err := document.GivesBack(p.textOf(d), p.place(d, at...), option)
	switch {
	case err != nil:
		if len(d.Text) == 0 {
			err = p.inList(err)
		}
		return errors.New(Reason(f.refused(d, err)))
	case !same:
		return errors.New(d.At.With(at...).Field() + document.LosesStyle)
	}
	return nil
}

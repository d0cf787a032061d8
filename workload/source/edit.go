package source

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// Edit carries out operations on one of the file's documents. Paths begin at the object, whatever list it stands in;
// they may lead into YAML or properties that a ConfigMap's value holds (/data/driver.yaml/spec/containers/0/env/-,
// /data/spark.properties/spark.executor.memory), and in a properties file they are a key. The document, and others that
// share its YAML document, are read anew; lines stay those of the file as it was opened, but for the edited part.
// After an error the file is what it was.
func (f *File) Edit(doc *workload.Document, ops []patch.Op) error { return f.edit(doc, ops, false) }

// Inject is Edit for what is to be taken back: it is refused where the text of a ConfigMap's value could not be given back
// byte for byte.
func (f *File) Inject(doc *workload.Document, ops []patch.Op) error { return f.edit(doc, ops, true) }

func (f *File) edit(doc *workload.Document, ops []patch.Op, undo bool) error {
	if err := f.Editable(); err != nil {
		return err
	}
	if _, ours := f.partOf[doc]; !ours {
		return errors.New("the document is not of this file")
	}
	at := f.own(doc)
	p := &f.parts[at]
	if p.format.Edit == nil {
		return fmt.Errorf("%s:%d: this %s is not edited", f.Name, max(doc.Line, 1), p.format.Name)
	}
	edited, err := edit(p, doc, ops, undo, &f.last)
	if err != nil {
		return f.refused(doc, err)
	}
	return f.reread(at, edited)
}

// editError is why a document was not edited.
type editError struct {
	where string
	first int // line of the file at which the document's YAML begins
	err   error
}

func (e *editError) Error() string { return e.where + ": " + e.err.Error() }
func (e *editError) Unwrap() error { return e.err }

func (f *File) refused(doc *workload.Document, err error) error {
	return &editError{fmt.Sprintf("%s:%d", f.Name, max(doc.Line, 1)), f.parts[f.partOf[doc]].start(), err}
}

// Refused tells which of several groups of operations, made one behind the other, is the first that the document does not
// take, and its error; -1 where that is none of them.
func (f *File) Refused(doc *workload.Document, groups [][]patch.Op) (group int, err error) {
	var ops []patch.Op
	for i, more := range groups {
		if ops = append(ops, more...); len(more) == 0 {
			continue
		}
		p := &f.parts[f.own(doc)]
		_, err := edit(p, doc, ops, false, nil)
		if err == nil {
			continue
		}
		// By itself it tells the line at which the document has the place.
		if _, alone := edit(p, doc, more, false, nil); alone != nil {
			err = alone
		}
		if p.edited { // lines are no longer those of the file as it was opened
			_, reason := document.LineIn(Reason(err))
			return i, errors.New(reason)
		}
		return i, errors.New(Reason(f.refused(doc, err)))
	}
	return -1, nil
}

// Reason is why an edit was not made, for people who know of which document: with the line in the file, where there is one.
func Reason(err error) string {
	first := 1
	if of := (*editError)(nil); errors.As(err, &of) {
		first, err = of.first, of.err
	}
	text := patch.Reason(err)
	if n, rest := document.LineIn(text); n > 0 {
		text = fmt.Sprintf("line %d: %s", first-1+n, rest)
	}
	return text
}

// reread makes an edited text a part of the file, and its documents what they are then; after an error nothing changed.
func (f *File) reread(part int, edited []byte) error {
	p := &f.parts[part]
	before := *p
	p.raw = edited
	docs, err := f.read(p)
	if err != nil {
		*p = before
		return fmt.Errorf("the edit would break the file: %w", err)
	}
	if len(p.docs) != len(docs) {
		*p = before
		return fmt.Errorf("%s:%d: the edit would turn %d objects into %d", f.Name, p.line, len(p.docs), len(docs))
	}
	p.edited = p.edited || !bytes.Equal(before.raw, edited)
	for i, d := range p.docs {
		docs[i].Takes = takes(*p, docs[i])
		*d = *docs[i]
		for _, r := range f.roles {
			launcher.GiveRole(d, r.role, r.container)
		}
	}
	return nil
}

// edit gives the part as it is behind the operations. last, which may be nil, is what was read last, and what is read here.
func edit(p *part, doc *workload.Document, ops []patch.Op, undo bool, last **patchyaml.Reading) ([]byte, error) {
	if doc.Properties || doc.Dockerfile != nil {
		return p.format.Edit(p.raw, ops)
	}
	if len(doc.Text) > 0 {
		return editText(p, doc, ops, undo)
	}
	ops, values, err := intoValues(doc, ops)
	if err != nil {
		return nil, err
	}
	text := p.text()
	if last == nil {
		last = new(*patchyaml.Reading)
	}
	if len(ops) > 0 {
		var read *patchyaml.Reading
		if text, read, err = patchyaml.ApplyRead(*last, text, patch.Prefix(ops, p.place(doc))); err != nil {
			return nil, p.inList(err)
		}
		*last = read
	}
	for _, v := range values {
		if text, err = document.ReplaceText(text, p.place(doc, "data", v.name), v.text, undo); err != nil {
			return nil, p.inList(err)
		}
	}
	return p.ownText(text)
}

// editText edits an object that stands in a text of the document, and puts the text back in the style that it is written in.
func editText(p *part, doc *workload.Document, ops []patch.Op, undo bool) ([]byte, error) {
	at := p.within(doc.Text[0])
	text, ok := document.TextAt(p.text(), at)
	if !ok {
		return nil, errors.New(doc.Text[0].Field() + ": no text stands there")
	}
	inner := *doc
	inner.Text = doc.Text[1:]
	edited, err := edit(&part{raw: []byte(text)}, &inner, ops, undo, nil)
	if err != nil {
		return nil, errors.New(doc.Text[0].Field() + ": " + patch.Reason(err)) // its lines are those of the text
	}
	if !strings.HasSuffix(text, "\n") { // the end of a block's text decides how the block is marked
		edited = bytes.TrimSuffix(bytes.TrimSuffix(edited, []byte("\n")), []byte("\r"))
	}
	return p.replaceText(at, string(edited), undo)
}

// value is a ConfigMap's value with the edits that lead into it.
type value struct{ name, text string }

// intoValues takes the operations out that lead into a ConfigMap's values and carries them out there.
func intoValues(doc *workload.Document, ops []patch.Op) (outer []patch.Op, values []value, err error) {
	if doc.Kind != "ConfigMap" {
		return ops, nil, nil
	}
	var names []string
	inner := map[string][]patch.Op{}
	for _, op := range ops {
		path, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, nil, err
		}
		if len(path) < 3 || path[0] != "data" {
			outer = append(outer, op)
			continue
		}
		if inner[path[1]] == nil {
			names = append(names, path[1])
		}
		op.Path = path[2:].Pointer()
		if op.Op == patch.Move {
			from, err := patch.ParsePointer(op.From)
			if err != nil || len(from) < 3 || !patch.Under(from, path[:2]) {
				return nil, nil, fmt.Errorf("%q to %q leads into another value", op.From, path.Pointer())
			}
			op.From = from[2:].Pointer()
		}
		inner[path[1]] = append(inner[path[1]], op)
	}
	for _, name := range names {
		text, err := editValue(doc.Raw, name, inner[name])
		if err != nil {
			return nil, nil, err
		}
		values = append(values, value{name, text})
	}
	return outer, values, nil
}

func editValue(object []byte, name string, ops []patch.Op) (string, error) {
	raw, ok := patch.Lookup(object, patch.Path{"data", name})
	var text string
	if !ok {
		return "", fmt.Errorf("ConfigMap has no value %q to edit", name)
	}
	if err := kjson.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("value %q: %w", name, err)
	}
	change := patchyaml.Apply
	if name == workload.KeyProperties || name == workload.KeyDefaults {
		change = document.EditProperties
	}
	edited, err := change([]byte(text), ops)
	if err != nil {
		return "", fmt.Errorf("value %q: %s", name, patch.Reason(err)) // its lines are those of the value
	}
	if !strings.HasSuffix(text, "\n") { // the end of a block's text decides how the block is marked
		edited = bytes.TrimSuffix(bytes.TrimSuffix(edited, []byte("\n")), []byte("\r"))
	}
	return string(edited), nil
}

// Edited is the document behind the operations, apart from any file.
func Edited(d *workload.Document, ops []patch.Op) (*workload.Document, error) {
	if d.Properties {
		text, err := document.EditProperties(spark.FormatProperties(d.Conf), ops)
		if err != nil {
			return nil, err
		}
		return readSettings(text)
	}
	p := part{raw: d.Raw}
	alone := *d
	alone.At, alone.Text = nil, nil
	raw, err := edit(&p, &alone, ops, false, nil)
	if err != nil {
		return nil, err
	}
	docs, err := (&launcher.Reader{}).Object(raw, nil, d.APIVersion, d.Kind, 0)
	if err != nil {
		return nil, err
	}
	next := docs[0]
	next.Line = d.Line
	return next, nil
}

// readSettings makes a document of settings that stand in no file.
func readSettings(text []byte) (*workload.Document, error) {
	conf, err := spark.ParseProperties(text)
	if err != nil {
		return nil, err
	}
	return &workload.Document{Line: 1, Conf: conf, Properties: true, Places: func(at patch.Path) (int, int) {
		if len(at) == 1 {
			return max(conf[at[0]].Line, 1), 1
		}
		return 1, 1
	}}, nil
}

package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// Every edit reads the text of its part anew. A list of many objects, in YAML or JSON, is therefore cut into a part for each, so that editing
// them all takes as long as if they stood by themselves.

// item is what a part is that holds one element of a list.
type item struct {
	patch.Item
	at               patch.Path // of it in the list
	apiVersion, kind string     // that the list gives it
}

// elementPath is where a list of this element alone has it.
var elementPath = patch.Path{"items", "0"}

// text is what a part is read and edited as.
func (p *part) text() []byte {
	if p.item == nil {
		return p.raw
	}
	return slices.Concat([]byte(p.item.Before), p.raw, []byte(p.item.After))
}

// first is the line of the text's first byte.
func (p *part) first() int {
	if p.item == nil {
		return p.line
	}
	return p.line - strings.Count(p.item.Before, "\n")
}

// within is where the text has what the part of the file has at a place.
func (p *part) within(at patch.Path) patch.Path {
	if p.item == nil || !patch.Under(at, p.item.at) {
		return at
	}
	return elementPath.With(at[len(p.item.at):]...)
}

// place is where the text, or the one within it that holds the document, has a place of the document.
func (p *part) place(d *workload.Document, at ...string) patch.Path {
	if len(d.Text) > 0 {
		return d.At.With(at...)
	}
	return p.within(d.At).With(at...)
}

// ownText is the part's own of an edited text.
func (p *part) ownText(edited []byte) ([]byte, error) {
	if p.item == nil || edited == nil {
		return edited, nil
	}
	own, before := bytes.CutPrefix(edited, []byte(p.item.Before))
	own, after := bytes.CutSuffix(own, []byte(p.item.After))
	if !before || !after {
		return nil, errors.New("refused: the edit would reach beyond the list's element")
	}
	return own, nil
}

// start is the line at which the document of the part begins, from which lines in errors are counted.
func (p *part) start() int {
	if p.item == nil {
		return p.line
	}
	return p.line - p.item.Line + 1
}

// inList is an error of the text's, with the element where the list has it.
func (p *part) inList(err error) error {
	if p.item == nil || err == nil {
		return err
	}
	placed := func(text string) string {
		if n, rest := document.LineIn(text); n > 0 {
			text = fmt.Sprintf("line %d: %s", p.item.Line+n-2, rest)
		}
		text = strings.Replace(text, elementPath.Pointer()+"/", p.item.at.Pointer()+"/", 1)
		return strings.Replace(text, elementPath.Field()+".", p.item.at.Field()+".", 1)
	}
	if of := (*patch.OpError)(nil); errors.As(err, &of) {
		op := of.Op
		op.Path = placed(op.Path)
		return &patch.OpError{Number: of.Number, Op: op, Err: errors.New(placed(of.Err.Error()))}
	}
	return errors.New(placed(err.Error()))
}

// replaceText makes a text of the part another one.
func (p *part) replaceText(at patch.Path, text string, undo bool) ([]byte, error) {
	edited, err := document.ReplaceText(p.text(), at, text, undo)
	if err != nil {
		return nil, p.inList(err)
	}
	return p.ownText(edited)
}

// object is the element that was read of the part's text.
func (p *part) object(c document.Content) document.Object {
	raw, _ := patch.Lookup(c.Object, elementPath)
	o := document.Object{Content: c, Raw: p.raw, Line: p.line, At: p.item.at, APIVersion: p.item.apiVersion, Kind: p.item.kind}
	own := *p
	o.Object, o.Position = raw, func(at patch.Path) (int, int) {
		line, column := c.Position(own.within(at))
		if line == own.line {
			column += own.item.Shift
		}
		return line, column
	}
	return o
}

// pieces are a part that was cut.
type pieces struct {
	parts []part
	of    map[*workload.Document]int // index into parts
}

// pieces cuts a list; nil where it is none, or one whose elements, read by themselves, are not what they are in the list.
func (f *File) pieces(p part) *pieces {
	if len(p.docs) < 2 {
		return nil
	}
	var items []patch.Item
	ok := false
	switch p.format.Name {
	case "YAML":
		items, ok = patchyaml.Items(p.raw, "items")
	case "JSON":
		items, ok = patchjson.Items(p.raw, "items")
	}
	if !ok {
		return nil
	}
	contents, err := p.format.Read(document.Text{Name: f.Name, Raw: p.raw, Line: p.line})
	if err != nil || len(contents) != 1 {
		return nil
	}
	var list struct{ APIVersion, Kind string }
	if json.Unmarshal(contents[0].Object, &list) != nil {
		return nil
	}
	cut := &pieces{of: map[*workload.Document]int{}}
	stretch := func(from, to, line int) *part {
		cut.parts = append(cut.parts, part{raw: p.raw[from:to:to], was: p.raw[from:to:to], line: p.line + line - 1, format: p.format})
		return &cut.parts[len(cut.parts)-1]
	}
	rest, behind, line := p.docs, 0, 1
	for i, at := range items {
		if at.Start > behind { // what stands before it
			stretch(behind, at.Start, line)
		}
		behind, line = at.End, at.Line+bytes.Count(p.raw[at.Start:at.End], []byte("\n"))
		one := stretch(at.Start, at.End, at.Line)
		one.item = &item{at, patch.Path{"items", strconv.Itoa(i)}, list.APIVersion, strings.TrimSuffix(list.Kind, "List")}
		docs, err := f.read(one)
		if err != nil || len(docs) > len(rest) {
			return nil
		}
		one.docs, rest = rest[:len(docs):len(docs)], rest[len(docs):]
		for n, d := range one.docs {
			if !slices.Equal(d.At, docs[n].At) || d.Line != docs[n].Line || d.APIVersion != docs[n].APIVersion || d.Kind != docs[n].Kind || !bytes.Equal(d.Raw, docs[n].Raw) {
				return nil
			}
			cut.of[d] = len(cut.parts) - 1
		}
	}
	if behind < len(p.raw) {
		stretch(behind, len(p.raw), line)
	}
	if len(rest) > 0 {
		return nil
	}
	return cut
}

// own is the index of the part that a document is edited in; a list is cut before.
func (f *File) own(d *workload.Document) int {
	i := f.partOf[d]
	if f.parts[i].cut == nil {
		return i
	}
	cut := f.parts[i].cut()
	f.parts[i].cut = nil
	if cut == nil {
		return i
	}
	f.parts = slices.Replace(f.parts, i, i+1, cut.parts...)
	for n := i; n < len(f.parts); n++ {
		for _, d := range f.parts[n].docs {
			f.partOf[d] = n
		}
	}
	return f.partOf[d]
}

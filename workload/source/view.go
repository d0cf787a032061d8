package source

import (
	"bytes"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// View is a file as it was opened and as it is, as it is shown.
type View struct {
	f     *File
	parts []shown // those of the file; one where it is shown as a whole
}

// shown is a part of a file: its texts, and the lines of the file at which they begin, from 1.
type shown struct {
	patch.Piece
	line, fresh int
}

// View shows a file. hide, which may be nil, gives a text without its secrets.
func (f *File) View(hide func([]byte) []byte) *View {
	v := &View{f: f}
	add := func(before, after []byte) {
		one := shown{Piece: patch.Piece{Before: before, After: after}, line: 1, fresh: 1}
		if n := len(v.parts) - 1; n >= 0 {
			last := v.parts[n]
			one.line, one.fresh = last.line+bytes.Count(last.Before, []byte("\n")), last.fresh+bytes.Count(last.After, []byte("\n"))
		}
		v.parts = append(v.parts, one)
	}
	if hide == nil {
		hide = func(text []byte) []byte { return text }
	} else if f.cut() {
		add(hide(f.Raw), hide(f.Bytes())) // an element of a list is no text of its own
		return v
	}
	for i := range f.parts {
		p := &f.parts[i]
		before := hide(p.was)
		after := before
		if !bytes.Equal(p.was, p.raw) {
			after = hide(p.raw)
		}
		add(before, after)
	}
	return v
}

// cut says that a part of the file is no text of its own.
func (f *File) cut() bool {
	for i := range f.parts {
		if f.parts[i].item != nil || len(f.parts) > 1 && f.parts[i].format.Name != "YAML" {
			return true
		}
	}
	return false
}

// Pieces are the texts, in stretches of whole lines. One ends with a part that ends with a line, or with the last line of a part that was
// not changed: so the elements of a list, which a comma parts, are pieces as documents are.
func (v *View) Pieces() (all []patch.Piece) {
	var open []patch.Piece // the parts of a piece that is not at its end
	before, after := true, true
	add := func(p patch.Piece) {
		before, after = ends(p.Before) && (before || len(p.Before) > 0), ends(p.After) && (after || len(p.After) > 0)
		if open = append(open, p); before && after {
			all, open = append(all, joined(open)), open[:0]
		}
	}
	for i := range v.parts {
		p := v.parts[i].Piece
		if at := bytes.LastIndexByte(p.Before, '\n') + 1; at > 0 && at < len(p.Before) && bytes.Equal(p.Before, p.After) {
			add(patch.Piece{Before: p.Before[:at], After: p.After[:at]})
			p.Before, p.After = p.Before[at:], p.After[at:]
		}
		add(p)
	}
	if len(open) > 0 {
		all = append(all, joined(open))
	}
	return all
}

// joined is the piece of parts that stand one behind the other.
func joined(parts []patch.Piece) (one patch.Piece) {
	if len(parts) == 1 {
		return parts[0]
	}
	for _, p := range parts {
		one.Before, one.After = append(one.Before, p.Before...), append(one.After, p.After...)
	}
	return one
}

// ends says that a text ends with a line.
func ends(text []byte) bool { return len(text) == 0 || text[len(text)-1] == '\n' }

// Lines are the numbers of the first line of a document's part of the file and of that behind it, as the file was opened.
func (v *View) Lines(d *workload.Document) (first, behind int) {
	p := v.of(d)
	return p.line, p.line + bytes.Count(p.Before, []byte("\n"))
}

// Between is by how many lines one document's part of the file stands further down than another's, as it was and as it is.
func (v *View) Between(one, other *workload.Document) (lines, fresh int) {
	a, b := v.of(one), v.of(other)
	return b.line - a.line, b.fresh - a.fresh
}

// SameLines says that the parts of two documents have as many lines, as they were and as they are.
func (v *View) SameLines(one, other *workload.Document) bool {
	a, b := v.of(one), v.of(other)
	count := func(text []byte) int { return bytes.Count(text, []byte("\n")) }
	return count(a.Before) == count(b.Before) && count(a.After) == count(b.After)
}

func (v *View) of(d *workload.Document) shown {
	if len(v.parts) != len(v.f.parts) {
		return v.parts[0]
	}
	return v.parts[v.f.partOf[d]]
}

// Versions are a document as it was and as it is, each with the lines of its text; nil where one cannot be read as it is shown, or is
// larger than most bytes.
func (v *View) Versions(d *workload.Document, most int) (before, after *workload.Document) {
	p := v.of(d)
	return v.read(d, p.Before, p.line, most), v.read(d, p.After, p.fresh, most)
}

func (v *View) read(d *workload.Document, text []byte, line, most int) *workload.Document {
	if len(text) > most {
		return nil
	}
	if len(v.parts) != len(v.f.parts) {
		opened, err := Open(v.f.Name, text)
		if err != nil || len(opened.Docs) != len(v.f.Docs) {
			return nil
		}
		return at(v.f.Docs, d, opened.Docs)
	}
	own := v.f.parts[v.f.partOf[d]]
	own.raw, own.line = text, line
	docs, err := v.f.read(&own)
	if err != nil || len(docs) != len(own.docs) {
		return nil
	}
	return at(own.docs, d, docs)
}

// at is the one of others that stands where a document stands among its own.
func at(own []*workload.Document, d *workload.Document, others []*workload.Document) *workload.Document {
	for i := range own {
		if own[i] == d {
			return others[i]
		}
	}
	return nil
}

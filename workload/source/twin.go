package source

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/workload"
)

// twins find parts of a file that differ from one before in the digits of the name of their object and in nothing else. They are not
// read: what one of them is read as tells what the others are.
type twins struct {
	seed  maphash.Seed
	known map[uint64]*twin
}

// twin is the first of parts that are twins.
type twin struct {
	first *part
	name  span // of the first
	proof proof
}

// proof says whether parts that look like twins were read as documents that are.
type proof int

const (
	unproved proof = iota
	proved
	disproved
)

// span is where a name stands in a text.
type span struct{ from, to int }

func (s span) of(text []byte) string { return string(text[s.from:s.to]) }

func newTwins() *twins { return &twins{seed: maphash.MakeSeed(), known: map[uint64]*twin{}} }

// find is the part's twin, and where its own name stands; nil where it is the first of its kind, or can have none.
func (t *twins) find(p *part) (*twin, span) {
	name, ok := nameIn(p.raw)
	if !ok {
		return nil, span{}
	}
	text := slices.Clone(p.raw)
	hideDigits(text[name.from:name.to])
	key := maphash.Bytes(t.seed, text)
	before := t.known[key]
	if before == nil {
		t.known[key] = &twin{first: p, name: name}
		return nil, span{}
	}
	if before.proof == disproved || !before.like(p.raw, name) {
		return nil, span{}
	}
	return before, name
}

// like says that a text with the name at a span is the first one but for the digits of the name.
func (t *twin) like(text []byte, name span) bool {
	first := t.first.was
	if name != t.name || !bytes.Equal(first[:name.from], text[:name.from]) || !bytes.Equal(first[name.to:], text[name.to:]) {
		return false
	}
	own, others := []byte(name.of(text)), []byte(name.of(first))
	hideDigits(own)
	hideDigits(others)
	return bytes.Equal(own, others)
}

// hideDigits overwrites the digits of a name.
func hideDigits(name []byte) {
	for i, c := range name {
		if c >= '0' && c <= '9' {
			name[i] = '0'
		}
	}
}

// nameIn finds the name of the object of a YAML document that is written as most are. Whether it is the name is proved later.
func nameIn(text []byte) (name span, ok bool) {
	at := bytes.Index(text, []byte("metadata:"))
	if at < 0 {
		return span{}, false
	}
	for key := []byte("name:"); ; {
		next := bytes.Index(text[at:], key)
		if next < 0 {
			return span{}, false
		}
		at += next
		if c := text[at-1]; c == ' ' || c == '{' || c == ',' || c == '\t' {
			break
		}
		at += len(key)
	}
	name.from = at + len("name:")
	for name.from < len(text) && (text[name.from] == ' ' || text[name.from] == '"' || text[name.from] == '\'') {
		name.from++
	}
	digits := false
	for name.to = name.from; name.to < len(text); name.to++ {
		c := text[name.to]
		digit := c >= '0' && c <= '9'
		if digits = digits || digit; !digit && (c < 'a' || c > 'z') && c != '-' && c != '.' {
			break
		}
	}
	// One that begins with a letter is no number. What stands in another place, too, says more than the name.
	if !digits || text[name.from] < 'a' || bytes.Count(text, text[name.from:name.to]) != 1 {
		return span{}, false
	}
	return name, true
}

// asTwin are the documents of a part that has a twin before it; nil where it has to be read. The second one is read, and compared with
// what it should be.
func (f *File) asTwin(t *twins, p *part) []*workload.Document {
	if t == nil {
		return nil
	}
	of, name := t.find(p)
	if of == nil {
		return nil
	}
	if len(of.first.docs) != 1 {
		of.proof = disproved
		return nil
	}
	first := of.first.docs[0]
	d := (*workload.Document)(nil)
	if len(first.At)+len(first.Text) == 0 && first.Name == name.of(of.first.was) {
		d = first.Named(name.of(p.raw), p.line-of.first.line)
	}
	if d != nil && of.proof == unproved {
		if docs, err := f.read(p); err != nil || len(docs) != 1 || !d.Same(docs[0]) {
			d = nil
		}
	}
	if d == nil {
		of.proof = disproved
		return nil
	}
	of.proof = proved
	d.Twin = first
	return []*workload.Document{d}
}

// EditAs makes the edits of a document that were made in its twin, whose slots and settings it then has. After false
// nothing was changed.
func (f *File) EditAs(d, twin *workload.Document) bool {
	p, of := &f.parts[f.partOf[d]], &f.parts[f.partOf[twin]]
	if p.edited || len(p.docs) != 1 || len(of.docs) != 1 || bytes.Count(of.raw, []byte(twin.Name)) != 1 {
		return false
	}
	next := twin.As(d.Name, p.line-of.line)
	if next == nil {
		return false
	}
	p.raw, p.edited = bytes.Replace(of.raw, []byte(twin.Name), []byte(d.Name), 1), of.edited
	next.Takes, next.Twin = takes(*p, d), d.Twin
	*d = *next
	return true
}

package workload

import (
	"crypto/sha256"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Fold drops pods that differ from one before in nothing but names and state, as they come: of a list of ten thousand a few
// are held. What it drops the one before stands for, with its count and names, wherever documents are grouped.
type Fold struct {
	kept  map[subjectKey]*Document
	texts map[[sha256.Size]byte]*Document
	cut   *patch.Cut
}

// NewFold makes an empty one.
func NewFold() *Fold {
	return &Fold{kept: map[subjectKey]*Document{}, texts: map[[sha256.Size]byte]*Document{}, cut: ofOnePod()}
}

// Counts looks at the text of an object, maybe at several at a time. What it gives says whether the object is a pod like one before
// by its text alone, and counts it then: it need not be decoded. Kind is the one that its list gives it.
func (f *Fold) Counts(kind string, raw []byte) func() bool {
	key, name, ok := f.textKey(kind, raw)
	return func() bool {
		first := f.texts[key]
		if !ok || first == nil {
			return false
		}
		first.Also(name)
		return true
	}
}

// Into is the pod before that the document is like, so that it may be forgotten: the other counts it, by Also. nil where the
// document is like none. again says that pods like this one need not be read to be counted.
func (f *Fold) Into(d *Document) (first *Document, again bool) {
	if d.Kind != "Pod" || len(d.Slots) != 1 || len(d.Notes) > 0 {
		return nil, false
	}
	s := &d.Slots[0]
	if s.Template == nil || s.BySubmit != nil {
		return nil, false
	}
	id := subjectKey{ownerOf(d, s), s.alikeHash()}
	if key, _, ok := f.textKey(d.Kind, d.Raw); ok {
		defer func() { f.texts[key] = f.kept[id] }()
	}
	if first = f.kept[id]; first == nil {
		f.kept[id] = d
		return nil, true
	}
	first.Also(d.Name)
	return first, true
}

// Also counts a pod that differs from the document in nothing but names and state.
func (d *Document) Also(name string) {
	d.alike++
	if 1+len(d.alikeNames) < maxNames {
		d.alikeNames = append(d.alikeNames, name)
	}
}

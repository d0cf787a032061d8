package workload

import (
	"crypto/sha256"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Fold drops pods that differ from one before in nothing but names and state, as they come: of a list of ten thousand a few
// are held. What it drops the one before stands for, with its count and names, wherever documents are grouped.
type Fold struct {
	kept  map[owner]*alikes[*Document]
	texts map[[sha256.Size]byte]*Document
	cut   *patch.Cut
}

// NewFold makes an empty one.
func NewFold() *Fold {
	return &Fold{kept: map[owner]*alikes[*Document]{}, texts: map[[sha256.Size]byte]*Document{}, cut: ofOnePod()}
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
	key := ownerOf(d, s)
	if f.kept[key] == nil {
		f.kept[key] = &alikes[*Document]{}
	}
	first, seen := f.kept[key].find(s)
	if seen {
		first.Also(d.Name)
	} else {
		f.kept[key].add(s, d)
	}
	text, _, ok := f.textKey(d.Kind, d.Raw)
	switch {
	case ok && seen:
		f.texts[text] = first
	case ok:
		f.texts[text] = d
	}
	return first, true
}

// alikes are the slots of one owner that differ in more than names and state, and what is known of each. The hash of a single one is
// never asked for.
type alikes[T any] struct {
	first  *Slot
	of     T
	byHash map[[sha256.Size]byte]T
}

// find is what is known of the slot before that one is like.
func (a *alikes[T]) find(s *Slot) (of T, seen bool) {
	if a.first == nil {
		return of, false
	}
	if a.byHash == nil {
		a.byHash = map[[sha256.Size]byte]T{a.first.alikeHash(): a.of}
	}
	of, seen = a.byHash[s.alikeHash()]
	return of, seen
}

// add keeps a slot that is like none before, which find said.
func (a *alikes[T]) add(s *Slot, of T) {
	if a.first == nil {
		a.first, a.of = s, of
	} else {
		a.byHash[s.alikeHash()] = of
	}
}

// Also counts a pod that differs from the document in nothing but names and state.
func (d *Document) Also(name string) {
	d.alike++
	if 1+len(d.alikeNames) < maxNames {
		d.alikeNames = append(d.alikeNames, name)
	}
}

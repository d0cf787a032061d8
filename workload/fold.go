package workload

// Fold drops pods that differ from one before in nothing but names and state, as they come: of a list of ten thousand a few
// are held. What it drops the one before stands for, with its count and names, wherever documents are grouped.
type Fold struct{ kept map[subjectKey]*Document }

// NewFold makes an empty one.
func NewFold() *Fold { return &Fold{kept: map[subjectKey]*Document{}} }

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

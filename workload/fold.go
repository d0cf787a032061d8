package workload

// Fold drops pods that differ from one before in nothing but names and state, as they come: of a list of ten thousand a few
// are held. What it drops the one before stands for, with its count and names, wherever documents are grouped.
type Fold struct{ kept map[subjectKey]*Document }

// NewFold makes an empty one.
func NewFold() *Fold { return &Fold{kept: map[subjectKey]*Document{}} }

// Into says whether the document is a pod like one before, and may be forgotten.
func (f *Fold) Into(d *Document) bool {
	if d.Kind != "Pod" || len(d.Slots) != 1 || len(d.Notes) > 0 {
		return false
	}
	s := &d.Slots[0]
	if s.Template == nil || s.BySubmit != nil {
		return false
	}
	id := subjectKey{ownerOf(d, s), alikeHash(s.Raw)}
	first, seen := f.kept[id]
	if !seen {
		f.kept[id] = d
		return false
	}
	first.alike++
	if 1+len(first.alikeNames) < maxNames {
		first.alikeNames = append(first.alikeNames, d.Name)
	}
	return true
}

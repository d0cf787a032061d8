package undo

import (
	"encoding/json"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// hidden ends the names of hidden elements. No name of an object in a cluster holds it.
const hidden = "\x00"

// Hide gives another name to elements of lists that stand behind the one that an entry speaks of, under the same name: they were
// added after the edit. It says whether there are any. The place of the entry is then that of the edit. Operations on elements go
// by their indexes, so those of Back are right for the object as it was given.
func (b *Back) Hide(entry string) (hid bool) {
	place, what, said := strings.Cut(entry, " ")
	segments, err := Parse(place)
	if err != nil {
		return false
	}
	node := b.tree
	for i, segment := range segments {
		segment = strings.TrimLeft(segment, "+")
		list, is := node.([]any)
		if !is {
			_, node = child(node, segment)
			continue
		}
		ours, merged := -1, said && i == len(segments)-2
		for at := range list {
			element, field := named(list, at, segment)
			if field != "" && (merged && endsWith(element, segments[i+1], what) || !merged && ours < 0) {
				ours = at // of what was added the first counts, of what was put behind a text the last
			}
		}
		for at := ours + 1; ours >= 0 && at < len(list); at++ {
			if element, field := named(list, at, segment); field != "" {
				element[field], hid = segment+hidden, true
			}
		}
		_, node = child(node, segment)
	}
	return hid
}

// named is an element, and the field by which the segment finds it; "" where it does not.
func named(list []any, at int, segment string) (element map[string]any, field string) {
	element, _ = list[at].(map[string]any)
	for _, field := range []string{"mountPath", "name"} {
		if element[field] == segment {
			return element, field
		}
	}
	return element, ""
}

func endsWith(element map[string]any, field, suffix string) bool {
	text, _ := element[field].(string)
	return strings.HasSuffix(text, " "+suffix)
}

// JSON is a part of the object as it is now, as JSON. nil: the whole.
func (b *Back) JSON(of func(object any) any) ([]byte, error) {
	if of == nil {
		return json.Marshal(b.tree)
	}
	return json.Marshal(of(b.tree))
}

// Find looks for what an entry speaks of in the object as it is now.
func (b *Back) Find(entry string) Step { return find(b.tree, entry) }

// Text is the text at a place of the object as it is now, that of a Step.
func (b *Back) Text(at patch.Path) (text string, is bool) {
	text, is = get(b.tree, at).(string)
	return text, is
}

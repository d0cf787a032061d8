package apply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Field is one field of an object that a change sets or removes.
type Field struct {
	// Path leads to it as a JSON pointer (RFC 6901). An element of a list that has a name stands by it, as
	// /spec/containers/name=worker/image, so that it is found again where the list has other elements since.
	Path string `json:"path"`
	// Index is where an element of a list stood that is removed, from 0.
	Index int `json:"index,omitempty"`
	// Before and After are its values; nil where it is not there.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Withheld says that the value before was a secret: a record does not hold it, and the field is not given back.
	Withheld bool `json:"withheld,omitempty"`
	// Secret says that a value looks like a secret, or holds one; stays that the value after does.
	Secret bool `json:"-"`
	stays  bool
}

// Name is the field for people: spec.template.spec.containers[worker].image.
func (f *Field) Name() string {
	var b strings.Builder
	for i, segment := range f.at() {
		name, is := strings.CutPrefix(segment, byName)
		switch _, err := strconv.Atoi(segment); {
		case is, err == nil:
			b.WriteString("[" + name + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(segment)
	}
	return b.String()
}

func (f *Field) at() patch.Path {
	at, err := patch.ParsePointer(f.Path)
	if err != nil {
		return patch.Path{f.Path}
	}
	return at
}

// byName begins the segment of a list's element that stands by its name.
const byName = "name="

// fieldsOf are the fields in which two states of an object differ. Elements of lists are compared by their names. A list whose
// elements have none, or another order, is a field as a whole where its length differs.
func fieldsOf(before, after []byte) ([]Field, error) {
	for _, object := range [][]byte{before, after} {
		if !json.Valid(object) {
			return nil, fmt.Errorf("the object is not JSON")
		}
	}
	return differing(nil, patch.Path{}, bytes.TrimSpace(before), bytes.TrimSpace(after)), nil
}

// differing adds the fields at a place or below it. nil is a value that is not there.
func differing(fields []Field, at patch.Path, before, after json.RawMessage) []Field {
	switch {
	case before == nil || after == nil:
	case same(before, after):
		return fields
	case before[0] == '{' && after[0] == '{':
		old, wanted := members(before), members(after)
		keys := slices.Sorted(maps.Keys(old))
		for key := range wanted {
			if _, had := old[key]; !had {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			fields = differing(fields, at.With(key), old[key], wanted[key])
		}
		return fields
	case before[0] == '[' && after[0] == '[':
		if all, ok := inLists(fields, at, before, after); ok {
			return all
		}
	}
	return append(fields, Field{Path: at.Pointer(), Before: slices.Clone(before), After: slices.Clone(after)})
}

// inLists adds the fields in which two lists differ. ok is false where they differ as a whole.
func inLists(fields []Field, at patch.Path, before, after json.RawMessage) (all []Field, ok bool) {
	old, oldNames := listed(before)
	wanted, wantedNames := listed(after)
	if oldNames != nil && wantedNames != nil && sameOrder(oldNames, wantedNames) {
		for i, name := range oldNames {
			where, n := at.With(byName+name), len(fields)
			if j := slices.Index(wantedNames, name); j >= 0 {
				fields = differing(fields, where, old[i], wanted[j])
			} else if fields = differing(fields, where, old[i], nil); len(fields) > n {
				fields[n].Index = i
			}
		}
		for j, name := range wantedNames {
			if !slices.Contains(oldNames, name) {
				fields = differing(fields, at.With(byName+name), nil, wanted[j])
			}
		}
		return fields, true
	}
	if len(old) != len(wanted) {
		return nil, false
	}
	for i := range old {
		fields = differing(fields, at.With(strconv.Itoa(i)), old[i], wanted[i])
	}
	return fields, true
}

// sameOrder says whether the names that two lists share stand in the same order.
func sameOrder(a, b []string) bool {
	shared := func(names, with []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(with, name) })
	}
	return slices.Equal(shared(a, b), shared(b, a))
}

func members(object json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(object, &all) // valid, and an object
	return all
}

// listed are the elements of a list. names are theirs; nil where one has none, or two have the same.
func listed(list json.RawMessage) (elements []json.RawMessage, names []string) {
	names = []string{}
	patch.Elements(list, func(element []byte) {
		elements = append(elements, element)
		name := lookup(element, "name")
		if names != nil && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		} else {
			names = nil
		}
	})
	return elements, names
}

// resolve is a path with the place of each element that stands by its name. Of several the last one counts, as it does for variables.
// Where an object has no such element ok is false, and the path ends before it.
func resolve(object []byte, at patch.Path) (out patch.Path, ok bool) {
	for _, segment := range at {
		name, is := strings.CutPrefix(segment, byName)
		list, found := patch.Lookup(object, out)
		if is && !found {
			return out, false
		}
		if is && isList(list) {
			place, i := -1, 0
			patch.Elements(list, func(element []byte) {
				if lookup(element, "name") == name {
					place = i
				}
				i++
			})
			if place < 0 {
				return out, false
			}
			segment = strconv.Itoa(place)
		}
		out = append(out, segment)
	}
	return out, true
}

func isList(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' }

// value is that of the field in an object; nil where it is not there.
func (f *Field) value(object []byte) json.RawMessage {
	if at, ok := resolve(object, f.at()); ok {
		if value, found := patch.Lookup(object, at); found {
			return value
		}
	}
	return nil
}

// is says whether the field has a value in an object; nil stands for none.
func (f *Field) is(object []byte, value json.RawMessage) bool {
	now := f.value(object)
	if now == nil || value == nil {
		return now == nil && value == nil
	}
	return same(now, value)
}

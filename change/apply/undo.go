package apply

import (
	"slices"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// undo is an object whose fields have their values before. changed names fields that are not as they were left.
func undo(object []byte, fields []Field) (out []byte, changed []string) {
	for _, f := range fields {
		if !f.is(object, f.After) || !f.hasPlace(object) {
			changed = append(changed, f.Name())
		}
	}
	if len(changed) > 0 {
		return nil, changed
	}
	// What was added goes first, so that what was removed comes to where it stood.
	for _, added := range []bool{true, false} {
		for _, f := range fields {
			if (f.Before == nil) != added {
				continue
			}
			next, err := pjson.Apply(object, []patch.Op{f.back(object)})
			if err != nil {
				return nil, []string{f.Name()}
			}
			object = next
		}
	}
	for _, f := range fields {
		if !f.is(object, f.Before) {
			return nil, []string{f.Name()}
		}
	}
	return object, nil
}

// back gives the field its value before.
func (f *Field) back(object []byte) patch.Op {
	at, found := resolve(object, f.at())
	switch {
	case f.Before == nil:
		return patch.Op{Op: patch.Remove, Path: at.Pointer()}
	case !found: // a removed element, and at is its list
		n, _ := patch.Len(object, at)
		return patch.Op{Op: patch.Add, Path: at.With(strconv.Itoa(min(f.Index, n))).Pointer(), Value: f.Before}
	}
	return patch.Put(object, at, f.Before)
}

// hasPlace says whether the value before can stand where it stood: each element of a list that leads there is still there.
func (f *Field) hasPlace(object []byte) bool {
	at, found := resolve(object, f.at())
	if found || f.Before == nil {
		return true
	}
	list, _ := patch.Lookup(object, at)
	return len(at) == len(f.at())-1 && isList(list)
}

// takeBack is an object without changes, of which the newest come first. unmade are those that it does not have, for their run was
// cut off. changed names fields that are not as they were left.
func takeBack(object []byte, entries []*Entry) (out []byte, unmade []*Entry, changed []string) {
	if takenBack(object, entries) {
		return object, slices.Clone(entries), nil
	}
	for _, entry := range entries {
		unseen := entry.State == Begun || entry.State == Reverting
		if unseen && !slices.ContainsFunc(entry.Fields, func(f Field) bool { return !f.is(object, f.Before) }) {
			unmade = append(unmade, entry)
			continue
		}
		if object, changed = undo(object, entry.Fields); len(changed) > 0 {
			return nil, nil, changed
		}
	}
	return object, unmade, nil
}

// takenBack says of changes whose taking back was cut off that all are: each field has the value from before the oldest of them.
func takenBack(object []byte, entries []*Entry) bool {
	before := map[string]Field{}
	for _, entry := range entries {
		if entry.State != Reverting {
			return false
		}
		for _, f := range entry.Fields {
			before[f.Path] = f
		}
	}
	for _, f := range before {
		if !f.is(object, f.Before) {
			return false
		}
	}
	return true
}

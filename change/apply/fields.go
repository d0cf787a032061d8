package apply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Field is one field of an object that a change sets or removes.
type Field struct {
	// Path leads to it as a JSON pointer (RFC 6901). An element of a list that has a name stands by it, as
	// /spec/containers/name=worker/image, so that it is found again where the list has other elements since.
	Path string `json:"path"`
	// Before and After are its values; nil where it is not there.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Secret says that a value looks like a secret, or holds one.
	Secret bool `json:"-"`
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

// fieldsOf are the fields that operations on an object change.
func fieldsOf(before []byte, ops []patch.Op) (fields []Field, err error) {
	after, err := pjson.Apply(before, ops)
	if err != nil {
		return nil, err
	}
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		f := Field{}
		if op.Op != patch.Add {
			value, found := patch.Lookup(before, at)
			if !found {
				return nil, fmt.Errorf("%s is not there", at.Field())
			}
			f.Before = slices.Clone(value)
		}
		holder := after
		if op.Op == patch.Remove { // what stood at the end of the path is gone
			named := named(after, at[:len(at)-1])
			f.Path = append(named, at[len(at)-1]).Pointer()
		} else {
			f.Path, f.After = named(holder, at).Pointer(), op.Value
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// named is a path with each element of a list by its name, where it has one that no other element has.
func named(object []byte, at patch.Path) (out patch.Path) {
	for i, segment := range at {
		if list, ok := patch.Lookup(object, at[:i]); ok && len(list) > 0 && list[0] == '[' {
			if name := lookup(object, append(slices.Clone(at[:i+1]), "name")...); name != "" && len(elements(list, name)) == 1 {
				segment = byName + name
			}
		}
		out = append(out, segment)
	}
	return out
}

// elements are the places of the elements of a list that have a name.
func elements(list []byte, name string) (places []int) {
	i := 0
	patch.Elements(list, func(value []byte) {
		if lookup(value, "name") == name {
			places = append(places, i)
		}
		i++
	})
	return places
}

// resolve is a path with the place of each element that stands by its name; false where an object has no such element.
func resolve(object []byte, at patch.Path) (out patch.Path, ok bool) {
	for _, segment := range at {
		name, is := strings.CutPrefix(segment, byName)
		if list, found := patch.Lookup(object, out); is && found && len(list) > 0 && list[0] == '[' {
			places := elements(list, name)
			if len(places) != 1 {
				return nil, false
			}
			segment = strconv.Itoa(places[0])
		}
		out = append(out, segment)
	}
	return out, true
}

// undo are the operations that give the fields of an object their values before. changed names fields that are not as they were
// left.
func undo(object []byte, fields []Field) (ops []patch.Op, changed []string) {
	places := make([]patch.Path, len(fields))
	for i, f := range fields {
		at, ok := resolve(object, f.at())
		value, found := patch.Lookup(object, at)
		switch {
		case !ok && f.After == nil: // what held it is gone
			changed = append(changed, f.Name())
		case f.After == nil && inList(object, at):
		case found != (f.After != nil), !ok:
			changed = append(changed, f.Name())
		case found && !same(value, f.After):
			changed = append(changed, f.Name())
		}
		places[i] = at
	}
	if len(changed) > 0 {
		return nil, changed
	}
	for i := len(fields) - 1; i >= 0; i-- {
		f, op := fields[i], patch.Op{Op: patch.Remove, Path: places[i].Pointer()}
		switch {
		case f.Before == nil:
		case f.After == nil && inList(object, places[i]):
			op = patch.Op{Op: patch.Add, Path: op.Path, Value: f.Before}
		default:
			op = patch.Put(object, places[i], f.Before)
		}
		next, err := pjson.Apply(object, []patch.Op{op})
		if err != nil {
			return nil, []string{f.Name()}
		}
		object, ops = next, append(ops, op)
	}
	return ops, nil
}

// inList says that a path leads to an element of a list.
func inList(object []byte, at patch.Path) bool {
	list, ok := patch.Lookup(object, at[:max(len(at)-1, 0)])
	return ok && len(list) > 0 && list[0] == '['
}

func same(a, b []byte) bool {
	equal, err := patch.SameJSON(a, b)
	return err == nil && equal
}

// wanted is the object as it is to be.
func (o *Object) wanted() []byte {
	after, err := pjson.Apply(o.Before, o.Operations)
	if err != nil {
		return o.Before // fieldsOf said so before
	}
	return after
}

// markSecrets marks the fields whose values, before or after, hold what looks like a secret.
func (o *Object) markSecrets() {
	for _, whole := range [][]byte{o.Before, o.wanted()} {
		hidden := masked(whole)
		for i, op := range o.Operations {
			at, err := patch.ParsePointer(op.Path)
			if err != nil {
				continue
			}
			clear, found := patch.Lookup(whole, at)
			shown, shows := patch.Lookup(hidden, at)
			if found && (!shows || !same(clear, shown)) {
				o.Fields[i].Secret = true
			}
		}
	}
}

// secretField names the first field that holds a secret; "" where none does.
func (o *Object) secretField() string {
	for i := range o.Fields {
		if o.Fields[i].Secret {
			return o.Fields[i].Name()
		}
	}
	return ""
}

// masked is an object without its secrets.
func masked(object []byte) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	hidden, err := json.Marshal(mask.Tree(value))
	if err != nil {
		return nil
	}
	return hidden
}

// serverFields are fields of the metadata that only the server writes.
var serverFields = []string{"managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"}

// content is what people write of an object: not its status, and of its metadata not what the server adds.
func content(object []byte) (map[string]json.RawMessage, error) {
	var all, meta map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil {
		return nil, err
	}
	delete(all, "status")
	if json.Unmarshal(all["metadata"], &meta) == nil && meta != nil {
		for _, field := range serverFields {
			delete(meta, field)
		}
		all["metadata"], _ = json.Marshal(meta)
	}
	return all, nil
}

// sameObject says whether two answers hold the same content.
func sameObject(a, b []byte) (bool, error) {
	first, err := content(a)
	if err != nil {
		return false, err
	}
	second, err := content(b)
	if err != nil || len(first) != len(second) {
		return false, err
	}
	for key, value := range first {
		if !same(value, second[key]) {
			return false, nil
		}
	}
	return true, nil
}

// sameContent says whether an object is what it was read as, where it matters: all but its metadata, of which the fields
// that operations change.
func sameContent(before, live []byte, ops []patch.Op) (bool, error) {
	first, err := content(before)
	if err != nil {
		return false, err
	}
	second, err := content(live)
	if err != nil {
		return false, err
	}
	for _, all := range []map[string]json.RawMessage{first, second} {
		delete(all, "metadata")
	}
	for key := range second {
		if _, had := first[key]; !had {
			return false, nil
		}
	}
	for key, value := range first {
		if !same(value, second[key]) {
			return false, nil
		}
	}
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return false, err
		}
		if at[0] != "metadata" {
			continue
		}
		was, had := patch.Lookup(before, at)
		is, has := patch.Lookup(live, at)
		if had != has || had && !same(was, is) {
			return false, nil
		}
	}
	return true, nil
}

// Shown are the operations without what looks like a secret.
func (o *Object) Shown() ([]patch.Op, error) { return patch.Diff(masked(o.Before), masked(o.wanted())) }

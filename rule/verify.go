package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// touched is one member of the raw object that operations change: a field of a container, of the pod's spec or of
// its metadata.
type touched struct {
	at  patch.Path // of the member
	raw []byte     // its value in the raw object; nil where there is none
	ops []patch.Op // on an object that holds just this member
}

// verify applies the operations to what they touch of the raw object and reads every place back: it must decode to
// what the typed copy holds. A difference means that the patch does not say what was meant. Only the touched
// members are looked at, since applying an operation changes no other byte.
func (r *run) verify(ops []patch.Op) error {
	members, err := membersOf(ops)
	if err != nil {
		return err
	}
	if err := r.findMembers(members); err != nil {
		return err
	}
	for _, m := range members {
		field, _ := json.Marshal(m.at[len(m.at)-1])
		small := append(append(make([]byte, 0, len(m.raw)+len(field)+3), '{'), field...)
		if m.raw == nil {
			small = append(small[:0], '{', '}')
		} else {
			small = append(append(append(small, ':'), m.raw...), '}')
		}
		patched, err := patchjson.Apply(small, m.ops)
		if err != nil {
			return err
		}
		for i := range m.ops {
			if err := r.readBack(m, i, small, patched); err != nil {
				return err
			}
		}
	}
	return nil
}

// membersOf sorts the operations by the member that they touch.
func membersOf(ops []patch.Op) (members []*touched, err error) {
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		depth := 2
		switch {
		case ofContainer(at):
			depth = 4
		case len(at) == 1:
			depth = 1
		case len(at) == 0:
			return nil, errors.New("an operation replaces the whole object")
		}
		var m *touched
		for _, old := range members {
			if n := len(old.at); n <= len(at) && reflect.DeepEqual(old.at, at[:n]) {
				m = old
			}
		}
		if m == nil {
			m = &touched{at: at[:depth]}
			members = append(members, m)
		}
		op.Path = at[len(m.at)-1:].Pointer()
		m.ops = append(m.ops, op)
	}
	return members, nil
}

// findMembers reads each object that holds touched members once.
func (r *run) findMembers(members []*touched) error {
	var tops map[string][]byte // metadata and spec
	for i, m := range members {
		holder := m.at[:len(m.at)-1]
		if i > 0 && reflect.DeepEqual(holder, members[i-1].at[:len(members[i-1].at)-1]) {
			continue // read with the one before
		}
		raw, ok := r.in.Raw, true
		if len(holder) > 0 {
			if tops == nil {
				tops = map[string][]byte{}
				patch.Members(raw, func(key, value []byte) {
					for _, name := range [...]string{"metadata", "spec"} {
						if patch.KeyIs(key, name) {
							tops[name] = value
						}
					}
				})
			}
			if raw, ok = tops[holder[0]], tops[holder[0]] != nil; ok && len(holder) > 1 {
				raw, ok = patch.Lookup(raw, holder[1:])
			}
		}
		if !ok || !patch.Members(raw, func(key, value []byte) {
			for _, other := range members[i:] {
				n := len(other.at) - 1
				if n == len(holder) && patch.KeyIs(key, other.at[n]) && reflect.DeepEqual(other.at[:n], holder) {
					other.raw = value
				}
			}
		}) {
			return fmt.Errorf("%s is no object in the raw pod", holder.Pointer())
		}
	}
	return nil
}

// readBack compares what stands where the i-th operation went in the patched member with the typed copy.
func (r *run) readBack(m *touched, i int, small, patched []byte) error {
	op, holder := &m.ops[i], m.at[:len(m.at)-1]
	at, err := patch.ParsePointer(op.Path)
	if err != nil {
		return err
	}
	last := len(at) - 1
	if at[last] != "-" {
		raw, ok := patch.Lookup(patched, at)
		if !ok {
			raw = nil
		}
		whole := holder.With(at...)
		if op.Op == patch.Add {
			if err := r.vacant(small, at, whole); err != nil {
				return err
			}
		}
		return r.agrees(raw, whole)
	}
	appended := 1
	for j := range m.ops {
		switch {
		case j < i && m.ops[j].Path == op.Path:
			return nil // looked at with the first of them
		case j > i && m.ops[j].Path == op.Path:
			appended++
		}
	}
	list := holder.With(at[:last]...)
	end := r.set.fields.find(r.root, list).Len()
	tail, length, _ := patch.Tail(patched, at[:last], end-appended)
	if length != end {
		return fmt.Errorf("%s: patched to %d elements, wanted %d", list.Pointer(), length, end)
	}
	for j, raw := range tail {
		if err := r.agrees(raw, list.With(strconv.Itoa(end-appended+j))); err != nil {
			return err
		}
	}
	return nil
}

// vacant says whether the raw member has room for an addition: nothing, or nothing but a zero value.
// RFC 6902 lets an addition replace what stands, so otherwise a value that the typed copy lacks would be lost.
func (r *run) vacant(small []byte, in, at patch.Path) error {
	raw, ok := patch.Lookup(small, in)
	if !ok {
		return nil
	}
	before := reflect.New(r.set.fields.find(r.root, at).Type())
	if err := json.Unmarshal(raw, before.Interface()); err != nil {
		return fmt.Errorf("%s: the raw value is no %s", at.Pointer(), r.set.fields.find(r.root, at).Type())
	}
	if !before.Elem().IsZero() {
		return fmt.Errorf("%s: an addition would replace a value that the typed copy lacks", at.Pointer())
	}
	return nil
}

// agrees compares a patched value, nil where there is none, with the typed copy at its path.
func (r *run) agrees(raw []byte, at patch.Path) error {
	typed := r.set.fields.find(r.root, at)
	ok := raw != nil
	if !ok || !typed.IsValid() {
		if !ok && !present(typed) {
			return nil // what a struct lacks is its zero value
		}
		return fmt.Errorf("%s: the patched object and the wanted one differ in whether it is there", at.Pointer())
	}
	back := reflect.New(typed.Type())
	if err := json.Unmarshal(raw, back.Interface()); err != nil {
		return fmt.Errorf("%s: the raw value is no %s", at.Pointer(), typed.Type())
	}
	if reflect.DeepEqual(back.Elem().Interface(), typed.Interface()) {
		return nil
	}
	// Quantities and times may spell the same value in two ways: compare how they are written.
	got, _ := json.Marshal(back.Interface())
	want, _ := json.Marshal(typed.Interface())
	if string(got) != string(want) {
		// What stands in a pod may be a secret, and this error goes into a log.
		return fmt.Errorf("%s: patched to another value than the wanted one", at.Pointer())
	}
	return nil
}

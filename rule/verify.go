package rule

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	lenient "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/members"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/typed"
)

// verify applies the operations to what they touch of the raw object and reads that back: it must decode to what the
// typed copy holds. A difference means that the patch does not say what was meant. Only the touched
// members are looked at, since applying an operation changes no other byte.
func (r *run) verify(ops []patch.Op) error {
	changed, err := members.Of(ops)
	if err != nil {
		return err
	}
	for _, m := range changed {
		last := len(m.At) - 1
		if holder, ok := r.raw().Lookup(m.At[:last]); !ok || holder[0] != '{' {
			return fmt.Errorf("%s is no object in the raw pod", m.At[:last].Pointer())
		}
		m.Raw, _ = r.raw().Lookup(m.At)
		if m.Shorten(r.raw()); m.Appends() {
			if err := r.readAppended(m); err != nil {
				return err
			}
			continue
		}
		if m.Raw == nil && len(m.Ops) == 1 && m.Ops[0].Op == patch.Add && len(m.Paths[0]) == 1 { // nothing stands beside it
			if err := r.agrees(m.Ops[0].Value, m.At); err != nil {
				return err
			}
			continue
		}
		small := []byte("{}")
		if m.Raw != nil {
			small = append(make([]byte, 0, len(m.Raw)+len(m.At[last])+5), '{')
			small, _ = jsontext.AppendQuote(small, m.At[last]) // bad UTF-8 is replaced, so it cannot fail
			small = append(append(append(small, ':'), m.Raw...), '}')
		}
		patched, err := patchjson.Apply(small, m.Ops)
		if err != nil {
			return err
		}
		if err := r.readBack(m, small, patched); err != nil {
			return err
		}
	}
	return nil
}

// readAppended compares what is appended with the typed copy.
func (r *run) readAppended(m *members.Member) error {
	if length, want := m.Long+len(m.Ops), r.find(m.At).Len(); length != want {
		return fmt.Errorf("%s: patched to %d elements, wanted %d", m.At.Pointer(), length, want)
	}
	for i := range m.Ops {
		if err := r.agrees(m.Ops[i].Value, m.At.With(strconv.Itoa(m.Long+i))); err != nil {
			return err
		}
	}
	return nil
}

// readBack compares the patched member with the typed copy; of a shortened list what is left of it, and its length.
func (r *run) readBack(m *members.Member, small, patched []byte) error {
	for i, at := range m.Paths {
		if m.Ops[i].Op == patch.Add && at[len(at)-1] != "-" {
			if err := r.vacant(small, at, m.Place(at)); err != nil {
				return err
			}
		}
	}
	field := m.At[len(m.At)-1:]
	if !m.Cut {
		raw, ok := patch.Lookup(patched, field)
		if !ok {
			raw = nil
		}
		return r.agrees(raw, m.At)
	}
	elements, length, _ := patch.Tail(patched, field, 0)
	length += m.Long - len(m.Kept)
	if want := r.find(m.At).Len(); length != want {
		return fmt.Errorf("%s: patched to %d elements, wanted %d", m.At.Pointer(), length, want)
	}
	for j, raw := range elements {
		if err := r.agrees(raw, m.Place(patch.Path{field[0], strconv.Itoa(j)})); err != nil {
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
	before := reflect.New(r.find(at).Type())
	if err := json.Unmarshal(raw, before.Interface()); err != nil {
		return fmt.Errorf("%s: the raw value is no %s", at.Pointer(), r.find(at).Type())
	}
	if !before.Elem().IsZero() {
		return fmt.Errorf("%s: an addition would replace a value that the typed copy lacks", at.Pointer())
	}
	return nil
}

// lenience reads a value as the pod was read.
var lenience = lenient.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// agrees compares a patched value, nil where there is none, with the typed copy at its path.
func (r *run) agrees(raw []byte, at patch.Path) error {
	copied := r.find(at)
	ok := raw != nil
	if !ok || !copied.IsValid() {
		if !ok && !typed.Present(copied) {
			return nil // what a struct lacks is its zero value
		}
		return fmt.Errorf("%s: the patched object and the wanted one differ in whether it is there", at.Pointer())
	}
	if r.set.fields.Agrees(raw, copied) {
		return nil
	}
	back := reflect.New(copied.Type())
	if err := lenient.Unmarshal(raw, back.Interface(), lenience); err != nil {
		return fmt.Errorf("%s: the raw value is no %s", at.Pointer(), copied.Type())
	}
	if reflect.DeepEqual(back.Elem().Interface(), copied.Interface()) {
		return nil
	}
	// Quantities and times may spell the same value in two ways: compare how they are written.
	got, _ := json.Marshal(back.Interface())
	want, _ := json.Marshal(copied.Interface())
	if string(got) != string(want) {
		// What stands in a pod may be a secret, and this error goes into a log.
		return fmt.Errorf("%s: patched to another value than the wanted one", at.Pointer())
	}
	return nil
}

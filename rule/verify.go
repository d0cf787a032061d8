package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	lenient "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/typed"
)

// touched is one member of the raw object that operations change: a field of a container, of the pod's spec or of
// its metadata.
type touched struct {
	at    patch.Path // of the member
	raw   []byte     // its value in the raw object; nil where there is none
	ops   []patch.Op // on an object that holds just this member
	paths []patch.Path
	// kept are the elements of a long list that raw holds: the others are not touched, and do not move.
	kept []int
	long int // elements of the whole list
	cut  bool
}

// verify applies the operations to what they touch of the raw object and reads that back: it must decode to what the
// typed copy holds. A difference means that the patch does not say what was meant. Only the touched
// members are looked at, since applying an operation changes no other byte.
func (r *run) verify(ops []patch.Op) error {
	members, err := membersOf(ops)
	if err != nil {
		return err
	}
	for _, m := range members {
		last := len(m.at) - 1
		if holder, ok := r.raw().Lookup(m.at[:last]); !ok || holder[0] != '{' {
			return fmt.Errorf("%s is no object in the raw pod", m.at[:last].Pointer())
		}
		m.raw, _ = r.raw().Lookup(m.at)
		if m.shorten(r.raw()); m.appends() {
			if err := r.readAppended(m); err != nil {
				return err
			}
			continue
		}
		if m.raw == nil && len(m.ops) == 1 && m.ops[0].Op == patch.Add && len(m.paths[0]) == 1 { // nothing stands beside it
			if err := r.agrees(m.ops[0].Value, m.at); err != nil {
				return err
			}
			continue
		}
		small := []byte("{}")
		if m.raw != nil {
			small = append(make([]byte, 0, len(m.raw)+len(m.at[last])+5), '{')
			small, _ = jsontext.AppendQuote(small, m.at[last]) // bad UTF-8 is replaced, so it cannot fail
			small = append(append(append(small, ':'), m.raw...), '}')
		}
		patched, err := patchjson.Apply(small, m.ops)
		if err != nil {
			return err
		}
		if err := r.readBack(m, small, patched); err != nil {
			return err
		}
	}
	return nil
}

// membersOf sorts the operations by the member that they touch.
func membersOf(ops []patch.Op) (members []*touched, err error) {
	members = make([]*touched, 0, len(ops))
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
			if patch.Under(at, old.at) {
				m = old
			}
		}
		if m == nil {
			m = &touched{at: at[:depth], ops: make([]patch.Op, 0, few), paths: make([]patch.Path, 0, few)}
			members = append(members, m)
		}
		for range len(m.at) - 1 { // the rest of a pointer is a pointer
			op.Path = op.Path[1+strings.IndexByte(op.Path[1:], '/'):]
		}
		m.ops, m.paths = append(m.ops, op), append(m.paths, at[len(m.at)-1:])
	}
	return members, nil
}

// few is as many operations as most members have.
const few = 4

// shorten leaves of a list only the elements that operations touch, where none of them moves another: then what they do to the
// others need not be looked at, and a pod with many variables takes no longer than one with few.
func (m *touched) shorten(raw *patch.Index) {
	var isList bool
	if m.long, isList = raw.Len(m.at); !isList {
		return
	}
	for i, at := range m.paths {
		switch {
		case len(at) == 2 && at[1] == "-" && m.ops[i].Op == patch.Add:
		case len(at) > 2:
			if n, err := strconv.Atoi(at[1]); err == nil && n >= 0 && n < m.long && !slices.Contains(m.kept, n) {
				m.kept = append(m.kept, n)
			}
		default:
			return
		}
	}
	if m.cut = true; m.appends() {
		return
	}
	slices.Sort(m.kept)
	short := []byte{'['}
	for i, n := range m.kept {
		if i > 0 {
			short = append(short, ',')
		}
		element, _ := raw.Lookup(m.at.With(strconv.Itoa(n)))
		short = append(short, element...)
	}
	m.raw = append(short, ']')
	for i, at := range m.paths {
		if n, err := strconv.Atoi(at[1]); err == nil {
			position, in := slices.BinarySearch(m.kept, n)
			if !in {
				position = len(m.kept) + n - m.long
			}
			m.paths[i] = append(patch.Path{at[0], strconv.Itoa(position)}, at[2:]...)
			m.ops[i].Path = m.paths[i].Pointer()
		}
	}
}

// appends says whether the operations do nothing but append: then what stands there after is what stood there and their values.
func (m *touched) appends() bool {
	return m.cut && !slices.ContainsFunc(m.paths, func(at patch.Path) bool { return len(at) > 2 })
}

// readAppended compares what is appended with the typed copy.
func (r *run) readAppended(m *touched) error {
	if length, want := m.long+len(m.ops), r.find(m.at).Len(); length != want {
		return fmt.Errorf("%s: patched to %d elements, wanted %d", m.at.Pointer(), length, want)
	}
	for i := range m.ops {
		if err := r.agrees(m.ops[i].Value, m.at.With(strconv.Itoa(m.long+i))); err != nil {
			return err
		}
	}
	return nil
}

// place is where a path of the member leads in the pod.
func (m *touched) place(at patch.Path) patch.Path {
	whole := m.at[:len(m.at)-1].With(at...)
	if !m.cut || len(at) < 2 {
		return whole
	}
	n, err := strconv.Atoi(at[1])
	switch {
	case err != nil:
	case n < len(m.kept):
		whole[len(m.at)] = strconv.Itoa(m.kept[n])
	default:
		whole[len(m.at)] = strconv.Itoa(m.long + n - len(m.kept))
	}
	return whole
}

// readBack compares the patched member with the typed copy; of a shortened list what is left of it, and its length.
func (r *run) readBack(m *touched, small, patched []byte) error {
	for i, at := range m.paths {
		if m.ops[i].Op == patch.Add && at[len(at)-1] != "-" {
			if err := r.vacant(small, at, m.place(at)); err != nil {
				return err
			}
		}
	}
	field := m.at[len(m.at)-1:]
	if !m.cut {
		raw, ok := patch.Lookup(patched, field)
		if !ok {
			raw = nil
		}
		return r.agrees(raw, m.at)
	}
	elements, length, _ := patch.Tail(patched, field, 0)
	length += m.long - len(m.kept)
	if want := r.find(m.at).Len(); length != want {
		return fmt.Errorf("%s: patched to %d elements, wanted %d", m.at.Pointer(), length, want)
	}
	for j, raw := range elements {
		if err := r.agrees(raw, m.place(patch.Path{field[0], strconv.Itoa(j)})); err != nil {
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

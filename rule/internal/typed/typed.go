// Package typed follows paths through a typed copy of an object, by the names that its fields have in JSON.
package typed

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Fields tells where a JSON name stands in each struct that a pod template is made of, so that a path can be
// followed through the typed copy without asking reflection for tags again. It is built once for a Set.
type Fields map[reflect.Type]map[string][]int

// Of learns the fields of a type and of all that it is made of.
func Of[T any]() Fields {
	f := Fields{}
	f.learn(reflect.TypeFor[T]())
	return f
}

func (f Fields) learn(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		f.learn(t.Elem())
	case reflect.Struct:
		if f[t] != nil {
			return
		}
		f[t] = map[string][]int{}
		f.learnStruct(t, t, nil)
	}
}

func (f Fields) learnStruct(owner, t reflect.Type, at []int) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		index := append(append([]int(nil), at...), i)
		switch {
		case name == "" && field.Anonymous && field.Type.Kind() == reflect.Struct:
			f.learnStruct(owner, field.Type, index)
		case name == "" || name == "-" || !field.IsExported():
		default:
			f[owner][name] = index
			f.learn(field.Type)
		}
	}
}

// Find follows the path as far as the typed copy has it. The value is invalid where the path leads nowhere:
// a nil pointer, a missing key, an index past the end.
func (f Fields) Find(root reflect.Value, path patch.Path) reflect.Value {
	v := root
	for _, segment := range path {
		if v = f.Child(v, segment); !v.IsValid() {
			break
		}
	}
	return v
}

// Child is Find of one segment.
func (f Fields) Child(v reflect.Value, segment string) reflect.Value {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return reflect.Value{}
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		if index, ok := f[v.Type()][segment]; ok {
			return v.FieldByIndex(index)
		}
	case reflect.Map:
		return v.MapIndex(reflect.ValueOf(segment).Convert(v.Type().Key()))
	case reflect.Slice:
		if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < v.Len() {
			return v.Index(i)
		}
	}
	return reflect.Value{}
}

// Name is what tells an element of a list apart: where it is mounted, its name, or itself.
func (f Fields) Name(of reflect.Value) string {
	if of.Kind() == reflect.String {
		return of.String()
	}
	for _, field := range [...]string{"mountPath", "name"} {
		if index, has := f[of.Type()][field]; has {
			return of.FieldByIndex(index).String()
		}
	}
	return ""
}

// Present says whether the typed copy holds something at a place: anything but nil and, for values that
// cannot be nil, the zero value.
func Present(v reflect.Value) bool { return v.IsValid() && !v.IsZero() }

// Put writes the value, making what is missing on the way. It fails where the path names no field, or the
// value is not of the field's type: a mistake in a rule, not in the input.
func (f Fields) Put(v reflect.Value, path patch.Path, value reflect.Value) error {
	if len(path) == 0 {
		return assign(v, value)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return f.Put(v.Elem(), path, value)
	case reflect.Struct:
		index, ok := f[v.Type()][path[0]]
		if !ok {
			return fmt.Errorf("%s has no field %q", v.Type(), path[0])
		}
		return f.Put(v.FieldByIndex(index), path[1:], value)
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		element := reflect.New(v.Type().Elem()).Elem()
		key := reflect.ValueOf(path[0]).Convert(v.Type().Key())
		if old := v.MapIndex(key); old.IsValid() {
			element.Set(old)
		}
		if err := f.Put(element, path[1:], value); err != nil {
			return err
		}
		v.SetMapIndex(key, element)
		return nil
	case reflect.Slice:
		if path[0] == "-" && len(path) == 1 {
			n := v.Len()
			v.Grow(1)
			v.SetLen(n + 1)
			element := v.Index(n)
			element.SetZero() // an element that was taken out may have stood there
			if err := assign(element, value); err != nil {
				v.SetLen(n)
				return err
			}
			return nil
		}
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= v.Len() {
			return fmt.Errorf("%s has no element %q", v.Type(), path[0])
		}
		return f.Put(v.Index(i), path[1:], value)
	}
	return fmt.Errorf("%s holds nothing below %q", v.Type(), path[0])
}

func assign(to, value reflect.Value) error {
	switch {
	case value.Type().AssignableTo(to.Type()):
		to.Set(value)
	case to.Kind() == reflect.Pointer && value.Type().AssignableTo(to.Type().Elem()):
		to.Set(reflect.New(to.Type().Elem()))
		to.Elem().Set(value)
	case to.Kind() == value.Kind() && value.Type().ConvertibleTo(to.Type()):
		to.Set(value.Convert(to.Type()))
	default:
		return fmt.Errorf("%s does not take %s", to.Type(), value.Type())
	}
	return nil
}

// Zero empties the place: a map loses the key, a list the element, anything else becomes its zero value.
func (f Fields) Zero(root reflect.Value, path patch.Path) {
	last := len(path) - 1
	parent := f.Find(root, path[:last])
	for parent.Kind() == reflect.Pointer {
		parent = parent.Elem()
	}
	if parent.Kind() == reflect.Map {
		parent.SetMapIndex(reflect.ValueOf(path[last]).Convert(parent.Type().Key()), reflect.Value{})
		return
	}
	if i, err := strconv.Atoi(path[last]); err == nil && parent.Kind() == reflect.Slice {
		parent.Set(reflect.AppendSlice(parent.Slice3(0, i, i), parent.Slice(i+1, parent.Len())))
		return
	}
	if v := f.Find(root, path); v.IsValid() && v.CanSet() {
		v.SetZero()
	}
}

// Equal says whether a field holds what is wished for it, whatever its type calls that.
func Equal(old, wish reflect.Value) bool {
	if old.Kind() == reflect.Pointer && wish.Kind() != reflect.Pointer {
		old = old.Elem()
	}
	if old.Type() != wish.Type() {
		if !wish.Type().ConvertibleTo(old.Type()) || wish.Kind() != old.Kind() {
			return false
		}
		wish = wish.Convert(old.Type())
	}
	return equality.Semantic.DeepEqual(old.Interface(), wish.Interface())
}

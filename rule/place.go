package rule

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Place is where something stands that a rule speaks of: a field of the pod template, a setting of the configuration, a
// field of the object that brings the pods. File, Column and Object are not the rules' to know: who gathered the subject
// fills them in.
type Place struct {
	Path   patch.Path // in the template or, where OfConf is set, in the document that holds the configuration
	OfConf bool
	// Written says that Path is in the template as it is written, where the rules judged the pod that it becomes.
	Written bool
	Key     string // of the configuration, where it is a setting
	Line    int    // from 1; of a setting whose file is known; else 0
	Column  int    // from 1; 0 where it is not known
	File    string
	Object  string // pod/etl-driver: of what stands in no file, what the path begins at
	Note    string // what of a finding with several places stands here; "" where its message says it
}

// String is the place as a message names it: the file with line and column, else the object and the field, or the key.
func (p Place) String() string {
	if p.File != "" {
		text := p.File
		for _, n := range [...]int{p.Line, p.Column} {
			if n == 0 {
				break
			}
			text += ":" + strconv.Itoa(n)
		}
		return text
	}
	text := p.Key
	if text == "" {
		text = p.Path.Field()
	}
	switch {
	case p.Object == "":
		return text
	case text == "":
		return p.Object
	}
	return p.Object + " " + text
}

// fields tells where a JSON name stands in each struct that a pod template is made of, so that a path can be
// followed through the typed copy without asking reflection for tags again. It is built once for a Set.
type fields map[reflect.Type]map[string][]int

func templateFields() fields {
	f := fields{}
	f.learn(reflect.TypeFor[corev1.PodTemplateSpec]())
	return f
}

func (f fields) learn(t reflect.Type) {
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

func (f fields) learnStruct(owner, t reflect.Type, at []int) {
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

// find follows the path as far as the typed copy has it. The value is invalid where the path leads nowhere:
// a nil pointer, a missing key, an index past the end.
func (f fields) find(root reflect.Value, path patch.Path) reflect.Value {
	v := root
	for _, segment := range path {
		if v = f.child(v, segment); !v.IsValid() {
			break
		}
	}
	return v
}

// child is find of one segment.
func (f fields) child(v reflect.Value, segment string) reflect.Value {
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

// name is what tells an element of a list apart: where it is mounted, its name, or itself.
func (f fields) name(of reflect.Value) string {
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

// present says whether the typed copy holds something at a place: anything but nil and, for values that
// cannot be nil, the zero value.
func present(v reflect.Value) bool { return v.IsValid() && !v.IsZero() }

// put writes the value, making what is missing on the way. It fails where the path names no field, or the
// value is not of the field's type: a mistake in a rule, not in the input.
func (f fields) put(v reflect.Value, path patch.Path, value reflect.Value) error {
	if len(path) == 0 {
		return assign(v, value)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return f.put(v.Elem(), path, value)
	case reflect.Struct:
		index, ok := f[v.Type()][path[0]]
		if !ok {
			return fmt.Errorf("%s has no field %q", v.Type(), path[0])
		}
		return f.put(v.FieldByIndex(index), path[1:], value)
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		element := reflect.New(v.Type().Elem()).Elem()
		key := reflect.ValueOf(path[0]).Convert(v.Type().Key())
		if old := v.MapIndex(key); old.IsValid() {
			element.Set(old)
		}
		if err := f.put(element, path[1:], value); err != nil {
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
		return f.put(v.Index(i), path[1:], value)
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
		return fmt.Errorf("a %s does not take a %s", to.Type(), value.Type())
	}
	return nil
}

// zero empties the place: a map loses the key, a list the element, anything else becomes its zero value.
func (f fields) zero(root reflect.Value, path patch.Path) {
	last := len(path) - 1
	parent := f.find(root, path[:last])
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
	if v := f.find(root, path); v.IsValid() && v.CanSet() {
		v.SetZero()
	}
}

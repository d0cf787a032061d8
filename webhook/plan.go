package webhook

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// plan is how values of a type are read from an index, as the library reads them from the text. It is made once.
type plan struct {
	kind   reflect.Kind
	own    bool // the type reads itself
	elem   *plan
	fields map[string]*planned // of a struct, by their names in JSON
}

// planned is a field of a struct.
type planned struct {
	*plan
	number int // among all fields
	index  []int
}

// planOf makes the plan of a type. known are those that are made already.
func planOf(t reflect.Type, known map[reflect.Type]*plan) *plan {
	if p := known[t]; p != nil {
		return p
	}
	p := &plan{kind: t.Kind(), own: reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())}
	known[t] = p
	switch {
	case p.own:
	case p.kind == reflect.Struct:
		p.fields = map[string]*planned{}
		p.add(t, nil, known)
	case p.kind == reflect.Pointer || p.kind == reflect.Slice || p.kind == reflect.Map:
		p.elem = planOf(t.Elem(), known)
	}
	return p
}

// add adds the fields of a struct that stands in the plan's own at an index.
func (p *plan) add(t reflect.Type, at []int, known map[reflect.Type]*plan) {
	for i := range t.NumField() {
		field, index := t.Field(i), append(at[:len(at):len(at)], i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "" && field.Anonymous:
			p.add(field.Type, index, known)
		case name != "" && name != "-":
			p.fields[name] = &planned{planOf(field.Type, known), len(p.fields), index}
		}
	}
}

// plans are those of what is read of a review.
type plans struct{ envelope, source *plan }

func newPlans() plans {
	known := map[reflect.Type]*plan{}
	return plans{planOf(reflect.TypeFor[envelope](), known), planOf(reflect.TypeFor[corev1.EnvVarSource](), known)}
}

// reader reads values of an index into zero ones. Where a method says no, the library must read the whole anew: something is wrong, or
// means something to it alone.
type reader struct {
	text  string // that of the index; what is read are parts of it
	plans *plans
}

func (r *reader) read(p *plan, v patch.Value, into reflect.Value) bool {
	kind := v.Kind()
	switch {
	case v.Closed() || kind == 'n':
	case p.own:
		return into.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(v.Raw()) == nil
	case p.kind == reflect.String && kind == '"':
		into.SetString(r.string(v))
		return true
	case p.kind == reflect.Bool && (kind == 't' || kind == 'f'):
		into.SetBool(kind == 't')
		return true
	case p.kind == reflect.Int32 || p.kind == reflect.Int64:
		n, err := strconv.ParseInt(string(v.Raw()), 10, 64)
		into.SetInt(n)
		return err == nil && !into.OverflowInt(n)
	case p.kind == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return r.read(p.elem, v, into.Elem())
	case p.kind == reflect.Slice && kind == '[':
		return r.list(p, v, into)
	case p.kind == reflect.Map && kind == '{':
		return r.mapping(p, v, into)
	case p.kind == reflect.Struct && kind == '{':
		return r.object(p, v, into)
	}
	return false
}

// string is the text of a string.
func (r *reader) string(v patch.Value) string {
	start, end := v.Span()
	if text := r.text[start+1 : end-1]; !v.Odd() || utf8.ValidString(text) && strings.IndexByte(text, '\\') < 0 {
		return text
	}
	text, _ := jsontext.AppendUnquote(nil, v.Raw()) // bad UTF-8 is replaced
	return string(text)
}

// key is the text of a member's key.
func (r *reader) key(v patch.Value) string {
	start, end := v.KeySpan()
	return r.text[start:end]
}

func (r *reader) list(p *plan, v patch.Value, into reflect.Value) bool {
	if variables, are := into.Addr().Interface().(*[]corev1.EnvVar); are {
		return r.variables(v, variables)
	}
	n, i := v.Len(), 0
	into.Set(reflect.MakeSlice(into.Type(), n, n+1)) // with room for what an edit adds
	for element := range v.Children() {
		if !r.read(p.elem, element, into.Index(i)) {
			return false
		}
		i++
	}
	return true
}

// variables are most of what a pod of Spark holds, and are read without reflection.
func (r *reader) variables(v patch.Value, into *[]corev1.EnvVar) bool {
	const room = 4 // for what edits add
	*into = make([]corev1.EnvVar, 0, v.Len()+room)
	for element := range v.Children() {
		if element.Kind() != '{' {
			return false
		}
		var e corev1.EnvVar
		for member := range element.Children() {
			isText := member.Kind() == '"'
			switch key := member.Key(); {
			case string(key) == "name" && isText:
				e.Name = r.string(member)
			case string(key) == "value" && isText:
				e.Value = r.string(member)
			case string(key) == "valueFrom" && e.ValueFrom == nil:
				e.ValueFrom = new(corev1.EnvVarSource)
				if !r.read(r.plans.source, member, reflect.ValueOf(e.ValueFrom).Elem()) {
					return false
				}
			case string(key) == "name" || string(key) == "value" || string(key) == "valueFrom":
				return false
			}
		}
		*into = append(*into, e)
	}
	return true
}

func (r *reader) mapping(p *plan, v patch.Value, into reflect.Value) bool {
	t, n := into.Type(), v.Len()
	if texts, are := into.Addr().Interface().(*map[string]string); are { // labels and annotations
		*texts = make(map[string]string, n)
		for member := range v.Children() {
			if member.Kind() != '"' || member.Closed() {
				return false
			}
			(*texts)[r.key(member)] = r.string(member)
		}
		return len(*texts) == n // else a key stands twice
	}
	into.Set(reflect.MakeMapWithSize(t, n))
	for member := range v.Children() {
		value := reflect.New(t.Elem()).Elem()
		if !r.read(p.elem, member, value) {
			return false
		}
		into.SetMapIndex(reflect.ValueOf(r.key(member)).Convert(t.Key()), value)
	}
	return into.Len() == n
}

func (r *reader) object(p *plan, v patch.Value, into reflect.Value) bool {
	var seen [2]uint64
	for member := range v.Children() {
		field := p.fields[string(member.Key())]
		if field == nil {
			continue // nobody asks for it
		}
		word, bit := field.number/64, uint64(1)<<(field.number%64)
		if seen[word]&bit != 0 || !r.read(field.plan, member, into.FieldByIndex(field.index)) {
			return false // of a member that stands twice the library makes one of both
		}
		seen[word] |= bit
	}
	return true
}

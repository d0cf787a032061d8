package typed

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Agrees says for certain that a raw value, decoded, is what a typed one holds. It compares the two without decoding. Where it
// says no, they need not differ: a member that the type does not know, an escape in a key, or a key that stands twice is not looked into.
func (f Fields) Agrees(raw []byte, v reflect.Value) bool {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		return string(raw) == strconv.FormatBool(v.Bool())
	case reflect.Int32, reflect.Int64:
		var digits [20]byte
		return string(raw) == string(strconv.AppendInt(digits[:0], v.Int(), 10))
	case reflect.String:
		return isText(raw, v.String())
	case reflect.Slice:
		return f.agreeElements(raw, v)
	case reflect.Map:
		return f.agreeEntries(raw, v)
	case reflect.Struct:
		return f.agreeFields(raw, v)
	}
	return false
}

// isText says whether a raw value is the text.
func isText(raw []byte, text string) bool {
	last := len(raw) - 1
	if last < 1 || raw[0] != '"' || raw[last] != '"' {
		return false
	}
	if string(raw[1:last]) == text && patch.Plain(text) {
		return true
	}
	meant, err := jsontext.AppendUnquote(make([]byte, 0, last), raw)
	return err == nil && string(meant) == text
}

func (f Fields) agreeElements(raw []byte, v reflect.Value) bool {
	n, same := 0, !v.IsNil()
	read := patch.Elements(raw, func(element []byte) {
		same = same && n < v.Len() && f.Agrees(element, v.Index(n))
		n++
	})
	return read && same && n == v.Len()
}

func (f Fields) agreeEntries(raw []byte, v reflect.Value) bool {
	keys, same := make([]string, 0, 8), !v.IsNil()
	read := patch.Members(raw, func(key, value []byte) {
		name := string(key[1 : len(key)-1])
		if same = same && len(keys) < cap(keys) && patch.Plain(name) && !slices.Contains(keys, name); same {
			entry := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
			same, keys = entry.IsValid() && f.Agrees(value, entry), append(keys, name)
		}
	})
	return read && same && len(keys) == v.Len()
}

// agreeFields takes what it has compared out of a copy, in which nothing may be left then.
func (f Fields) agreeFields(raw []byte, v reflect.Value) bool {
	t := v.Type()
	left, fields := reflect.New(t), f[t]
	if reader, own := left.Interface().(json.Unmarshaler); own {
		return json.Valid(raw) && reader.UnmarshalJSON(raw) == nil && reflect.DeepEqual(left.Elem().Interface(), v.Interface())
	}
	left.Elem().Set(v)
	same := true
	read := patch.Members(raw, func(key, value []byte) {
		index, known := fields[string(key[1:len(key)-1])]
		if same = same && known; !same {
			return
		}
		field := left.Elem().FieldByIndex(index)
		same = f.Agrees(value, field)
		field.SetZero()
	})
	return read && same && left.Elem().IsZero()
}

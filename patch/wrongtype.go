package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// TypeError is a field of the wrong type.
type TypeError struct {
	At   Path
	text string
}

func (e *TypeError) Error() string { return e.text }

// WrongType words an error about a field of the wrong type as people write manifests, and gives the field's place; at is that
// of what was read. Any other error stays what it is.
func WrongType(at Path, err error) (Path, error) {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Type == nil {
		return at, err
	}
	if wrong.Field != "" {
		at = at.With(strings.Split(wrong.Field, ".")...)
	}
	expected := "another type"
	switch wrong.Type.Kind() {
	case reflect.Slice, reflect.Array:
		expected = "a list"
	case reflect.Map, reflect.Struct:
		expected = "a mapping"
	case reflect.String:
		expected = "text"
	case reflect.Bool:
		expected = "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		expected = "a whole number"
	}
	found, _, _ := strings.Cut(wrong.Value, " ")
	if word, known := map[string]string{"string": "text", "object": "a mapping", "array": "a list", "bool": "true or false", "number": "a number"}[found]; known {
		found = word
	}
	return at, &TypeError{at, fmt.Sprintf("%s is %s, and %s is expected", at.Field(), found, expected)}
}

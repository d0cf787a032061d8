// Package nested writes values as JSON, with the parents that an object lacks.
package nested

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// JSON wraps the value into the parents that are missing: below lists the segments from the missing parent's
// child on.
func JSON(below patch.Path, value any) (json.RawMessage, error) {
	raw, err := written(value)
	if err != nil || len(below) == 0 {
		return raw, err
	}
	size := len(raw)
	for _, segment := range below {
		size += len(segment) + 5
	}
	b, closing := make([]byte, 0, size), make([]byte, 0, len(below))
	for _, segment := range below {
		if segment == "-" {
			b, closing = append(b, '['), append(closing, ']')
			continue
		}
		if b, err = jsontext.AppendQuote(append(b, '{'), segment); err != nil {
			return nil, err
		}
		b, closing = append(b, ':'), append(closing, '}')
	}
	slices.Reverse(closing)
	return append(append(b, raw...), closing...), nil
}

// written is json.Marshal, quick for what most edits set.
func written(value any) (json.RawMessage, error) {
	switch v := value.(type) {
	case bool:
		return strconv.AppendBool(nil, v), nil
	case string:
		if patch.Plain(v) {
			return slices.Concat([]byte(`"`), []byte(v), []byte(`"`)), nil
		}
	case corev1.VolumeMount:
		rest := v
		rest.Name, rest.MountPath = "", ""
		if reflect.ValueOf(&rest).Elem().IsZero() && patch.Plain(v.Name) && patch.Plain(v.MountPath) {
			return slices.Concat([]byte(`{"name":"`), []byte(v.Name), []byte(`","mountPath":"`), []byte(v.MountPath), []byte(`"}`)), nil
		}
	case corev1.EnvVar:
		if v.ValueFrom == nil && v.Value != "" && patch.Plain(v.Name) && patch.Plain(v.Value) {
			return slices.Concat([]byte(`{"name":"`), []byte(v.Name), []byte(`","value":"`), []byte(v.Value), []byte(`"}`)), nil
		}
	}
	return json.Marshal(value)
}

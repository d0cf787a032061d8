package protobuf

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// message is a type that reads itself.
type message interface{ Unmarshal(raw []byte) error }

// Decode decodes an object into one of its type, without the fields by which the server tells who set what.
func Decode(item []byte, into any) error {
	m, ok := into.(message)
	if !ok {
		return fmt.Errorf("%T is not read from protobuf", into)
	}
	slim, err := withoutOwners(item)
	if err != nil {
		return err
	}
	return m.Unmarshal(slim)
}

// JSON is an object as JSON, with its kind, as the server would have written it.
func JSON(kind schema.GroupVersionKind, item []byte) ([]byte, error) {
	object, err := scheme.Scheme.New(kind)
	if err != nil {
		return nil, err
	}
	if err := Decode(item, object); err != nil {
		return nil, err
	}
	object.GetObjectKind().SetGroupVersionKind(kind)
	return json.Marshal(object)
}

// Has says whether objects of a kind can be read from protobuf.
func Has(kind schema.GroupVersionKind) bool { return scheme.Scheme.Recognizes(kind) }

const (
	objectMeta        = 1
	metaManagedFields = 17
)

// withoutOwners is an object without metadata.managedFields.
func withoutOwners(item []byte) ([]byte, error) {
	slim := make([]byte, 0, len(item))
	err := fields(item, func(number protowire.Number, _ protowire.Type, value, whole []byte) error {
		if number != objectMeta {
			slim = append(slim, whole...)
			return nil
		}
		meta := make([]byte, 0, len(value))
		err := fields(value, func(number protowire.Number, _ protowire.Type, _, whole []byte) error {
			if number != metaManagedFields {
				meta = append(meta, whole...)
			}
			return nil
		})
		slim = protowire.AppendBytes(protowire.AppendTag(slim, number, protowire.BytesType), meta)
		return err
	})
	return slim, err
}

// Shapes knows which fields types have. It may be used by several goroutines.
type Shapes struct{ known sync.Map }

// Whole says whether an object of a kind holds only fields that are known here, so that nothing of it is lost when it is
// decoded: a newer server has fields that are not.
func (s *Shapes) Whole(kind schema.GroupVersionKind, item []byte) bool {
	object, err := scheme.Scheme.New(kind)
	return err == nil && s.whole(reflect.TypeOf(object).Elem(), item)
}

func (s *Shapes) whole(t reflect.Type, message []byte) bool {
	shape := s.of(t)
	if len(shape) == 0 {
		return true // it reads itself, as times and quantities do
	}
	return fields(message, func(number protowire.Number, kind protowire.Type, value, _ []byte) error {
		held, known := shape[number]
		if !known || held != nil && kind == protowire.BytesType && !s.whole(held, value) {
			return errBroken
		}
		return nil
	}) == nil
}

// of are the fields of a type by number, each with the type of the message that it holds; nil where it holds none.
func (s *Shapes) of(t reflect.Type) map[protowire.Number]reflect.Type {
	if shape, ok := s.known.Load(t); ok {
		return shape.(map[protowire.Number]reflect.Type)
	}
	shape := map[protowire.Number]reflect.Type{}
	for i := range t.NumField() {
		parts := strings.Split(t.Field(i).Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		number, err := strconv.Atoi(parts[1])
		if err != nil {
			continue
		}
		held := t.Field(i).Type
		for held.Kind() == reflect.Pointer || held.Kind() == reflect.Slice {
			held = held.Elem()
		}
		if held.Kind() != reflect.Struct {
			held = nil
		}
		shape[protowire.Number(number)] = held
	}
	s.known.Store(t, shape)
	return shape
}

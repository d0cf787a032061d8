package main

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// typed is what Kubernetes' own Go type takes.
func typed(t reflect.Type) *node {
	switch t {
	case reflect.TypeFor[resource.Quantity](), reflect.TypeFor[intstr.IntOrString]():
		return &node{kind: "q"}
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[[]byte]():
		return &node{kind: "s"}
	case reflect.TypeFor[metav1.FieldsV1]():
		return &node{kind: "*"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typed(t.Elem())
	case reflect.String:
		return &node{kind: "s"}
	case reflect.Bool:
		return &node{kind: "b"}
	case reflect.Slice:
		return &node{kind: "l", of: typed(t.Elem())}
	case reflect.Map:
		return &node{kind: "m", of: typed(t.Elem())}
	case reflect.Struct:
		n := &node{kind: "o", fields: map[string]*node{}}
		members(t, n)
		return n
	}
	return &node{kind: "i"}
}

// members adds the fields of a type by their names in JSON; those of an embedded type are its own.
func members(t reflect.Type, n *node) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && f.Anonymous:
			members(f.Type, n)
		case name != "":
			n.fields[name] = typed(f.Type)
		}
	}
}

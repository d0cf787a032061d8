package crd

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Kind says what is wrong with a field.
type Kind string

// The kinds of slips.
const (
	Unknown Kind = "unknown" // no such field: dropped, or refused where the client asks for strict checks
	Absent  Kind = "absent"  // a required field is not there: refused
	Type    Kind = "type"    // a value of another type: refused
	Value   Kind = "value"   // a value that is not among those allowed: refused
	Version Kind = "version" // no release of the operator serves the kind in this version: refused
)

// FieldError is one field that the API server or the operator does not take as it is written.
type FieldError struct {
	Kind Kind
	Path patch.Path // of the field; of the object that lacks it where it is absent
	Name string     // of an absent field
	// Meant is the one field of the same object that the name is a slip of, and Needed says that it is required and absent.
	Meant  string
	Needed bool
	// Places are where a field of this name exists, [] standing for an element of a list; at most maxPlaces of them.
	Places []string
	// Pod says that the place is in a pod template that the API server keeps as it is, and the operator reads.
	Pod bool
	// Operator says that the API server takes the value, and the operator refuses it.
	Operator bool
	// Found and Expected are what a field holds and what it takes, in words.
	Found, Expected string

	value any // of an unknown field
}

// Bounds of what one resource is told.
const (
	maxSlips  = 50
	maxPlaces = 2
)

// Check says what is wrong with the fields of a resource. known is false where nothing is known of its kind.
func (s *Schemas) Check(apiVersion, kind string, raw []byte) (slips []FieldError, known bool) {
	group, version, _ := strings.Cut(apiVersion, "/")
	root := s.roots[apiVersion+" "+kind]
	if root == nil {
		served := s.Versions(group, kind)
		if served == nil {
			return nil, false
		}
		return []FieldError{{Kind: Version, Path: patch.Path{"apiVersion"}, Found: version, Expected: strings.Join(served, " or ")}}, true
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if decoder.Decode(&tree) != nil {
		return nil, false
	}
	c := &check{schemas: s, root: root}
	c.value(nil, root, tree, false)
	if kind == scheduled {
		c.schedule(tree)
	}
	c.places()
	return c.slips, true
}

type check struct {
	schemas *Schemas
	root    *field
	slips   []FieldError
}

func (c *check) add(s FieldError) {
	if len(c.slips) < maxSlips {
		c.slips = append(c.slips, s)
	}
}

// value checks what stands at a place. pod says that the place is in a pod template that the API server does not check.
func (c *check) value(at patch.Path, f *field, v any, pod bool) {
	if v == nil {
		return // dropped, as if it was not there
	}
	if f.kind == 'p' {
		f, pod = c.schemas.pod, true
	}
	switch f.kind {
	case 'o':
		held, ok := v.(map[string]any)
		if !ok {
			c.refuse(at, v, "a mapping", pod)
			return
		}
		c.object(at, f, held, pod)
	case 'm':
		held, ok := v.(map[string]any)
		if !ok {
			c.refuse(at, v, "a mapping", pod)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(held)) {
			c.value(at.With(key), f.of, held[key], pod)
		}
	case 'l':
		held, ok := v.([]any)
		if !ok {
			c.refuse(at, v, "a list", pod)
			return
		}
		for i, one := range held {
			c.value(at.With(strconv.Itoa(i)), f.of, one, pod)
		}
	default:
		c.scalar(at, f, v, pod)
	}
}

func (c *check) object(at patch.Path, f *field, held map[string]any, pod bool) {
	needed := slices.DeleteFunc(slices.Clone(f.required), func(name string) bool { return held[name] != nil })
	for _, name := range slices.Sorted(maps.Keys(held)) {
		if known := f.fields[name]; known != nil {
			c.value(at.With(name), known, held[name], pod)
			continue
		}
		s := FieldError{Kind: Unknown, Path: at.With(name), Pod: pod, Meant: meant(f, name, held), value: held[name]}
		if i := slices.Index(needed, s.Meant); i >= 0 {
			needed, s.Needed = slices.Delete(needed, i, i+1), true
		}
		c.add(s)
	}
	for _, name := range needed {
		c.add(FieldError{Kind: Absent, Path: at, Name: name})
	}
}

func (c *check) scalar(at patch.Path, f *field, v any, pod bool) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	_, isTruth := v.(bool)
	if isText && unrendered(text) {
		return
	}
	switch f.kind {
	case 's':
		if !isText {
			c.refuse(at, v, "text", pod)
			return
		}
		if len(f.enum) > 0 && !slices.Contains(f.enum, text) {
			s := FieldError{Kind: Value, Path: at, Pod: pod, Found: text, Expected: oneOf(f.enum)}
			for _, allowed := range f.enum {
				if strings.EqualFold(allowed, text) {
					s.Meant = allowed
				}
			}
			c.add(s)
		}
	case 'b':
		if !isTruth {
			c.refuse(at, v, "true or false", pod)
		}
	case 'q':
		if !isText && !isNumber {
			c.refuse(at, v, "a number or text", pod)
		}
	case 'n':
		if !isNumber {
			c.refuse(at, v, "a number", pod)
		}
	case 'i':
		n, err := number.Float64()
		if !isNumber || err != nil || n != math.Trunc(n) {
			c.refuse(at, v, "a whole number", pod)
			return
		}
		low, noLow := strconv.ParseFloat(f.min, 64)
		high, noHigh := strconv.ParseFloat(f.max, 64)
		switch {
		case noLow == nil && n < low:
			c.add(FieldError{Kind: Value, Path: at, Pod: pod, Found: number.String(), Expected: f.min + " or more"})
		case noHigh == nil && n > high:
			c.add(FieldError{Kind: Value, Path: at, Pod: pod, Found: number.String(), Expected: f.max + " or less"})
		}
	}
}

// unrendered says that a value is to be put in before anything reads it: by envsubst, or a template.
func unrendered(text string) bool { return strings.Contains(text, "$") || strings.Contains(text, "{{") }

func oneOf(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

func (c *check) refuse(at patch.Path, v any, expected string, pod bool) {
	found := "a list"
	switch v.(type) {
	case string:
		found = "text"
	case bool:
		found = "true or false"
	case json.Number:
		found = "a number"
		if expected == "a whole number" {
			found = "a number with a fraction"
		}
	case map[string]any:
		found = "a mapping"
	}
	c.add(FieldError{Kind: Type, Path: at, Pod: pod, Found: found, Expected: expected})
}

package main

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tables are the resources by their version and kind.
type tables map[string]*node

// node is what a field takes. Releases are merged: a field of one of them is a field, and is required where all say so.
type node struct {
	kind     string           // s text, i whole number, n number, b truth, q number or text, * anything, p a pod template, o object, l list, m map
	fields   map[string]*node // of an object
	required []string
	of       *node // of a list or a map
	enum     []string
	bounds   string
}

func nodeOf(s *schema) *node {
	n := &node{kind: "*"}
	for _, v := range s.Enum {
		if v != nil {
			n.enum = append(n.enum, fmt.Sprint(v))
		}
	}
	if s.Minimum != nil {
		n.bounds = strconv.FormatFloat(*s.Minimum, 'f', -1, 64)
	}
	if n.bounds != "" || s.Maximum != nil {
		n.bounds += ".."
	}
	if s.Maximum != nil {
		n.bounds += strconv.FormatFloat(*s.Maximum, 'f', -1, 64)
	}
	switch {
	case s.Either:
		n.kind = "q"
	case s.Type == "string":
		n.kind = "s"
	case s.Type == "integer":
		n.kind = "i"
	case s.Type == "number":
		n.kind = "n"
	case s.Type == "boolean":
		n.kind = "b"
	case s.Type == "array" && s.Items != nil:
		n.kind, n.of = "l", nodeOf(s.Items)
	case s.Open: // what a pod template of an operator is, by its name
	case s.Type == "object" && s.Additional != nil:
		n.kind, n.of = "m", nodeOf(&s.Additional.schema)
	case s.Type == "object" && len(s.Properties) > 0:
		n.kind, n.fields, n.required = "o", map[string]*node{}, s.Required
		for name := range s.Properties {
			one := s.Properties[name]
			n.fields[name] = nodeOf(&one)
			if one.Open && (name == "template" || name == "podOverrides") {
				n.fields[name].kind = "p"
			}
		}
	}
	return n
}

// add takes in a resource as one release has it.
func (t tables) add(name string, n *node) {
	if n.kind != "o" {
		return
	}
	n.required = slices.DeleteFunc(n.required, func(field string) bool { return field != "spec" })
	n.fields = map[string]*node{"apiVersion": {kind: "s"}, "kind": {kind: "s"}, "metadata": typed(reflect.TypeFor[metav1.ObjectMeta]()), "status": {kind: "*"}, "spec": n.fields["spec"]}
	if old := t[name]; old != nil {
		n = merge(old, n)
	}
	t[name] = n
}

func merge(a, b *node) *node {
	switch {
	case a.kind == "p" || b.kind == "p":
		return &node{kind: "p"}
	case a.kind != b.kind:
		return &node{kind: "*"}
	}
	out := &node{kind: a.kind}
	if a.bounds == b.bounds {
		out.bounds = a.bounds
	}
	if len(a.enum) > 0 && len(b.enum) > 0 {
		out.enum = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.enum), b.enum...))))
	}
	for _, field := range a.required {
		if slices.Contains(b.required, field) {
			out.required = append(out.required, field)
		}
	}
	if a.of != nil && b.of != nil {
		out.of = merge(a.of, b.of)
	}
	if a.fields != nil {
		out.fields = maps.Clone(a.fields)
		for name, n := range b.fields {
			if old := out.fields[name]; old != nil {
				n = merge(old, n)
			}
			out.fields[name] = n
		}
	}
	return out
}

// write gives the resources, and below them each object that they hold once, by a number.
func (t tables) write(w io.Writer) {
	p := printer{numbers: map[string]int{}}
	fmt.Fprintf(w, "p %s\n", p.of(typed(reflect.TypeFor[corev1.PodTemplateSpec]())))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(w, "%s %s\n", name, p.of(t[name]))
	}
	fmt.Fprintln(w)
	for _, line := range p.lines {
		fmt.Fprintln(w, line)
	}
}

type printer struct {
	numbers map[string]int
	lines   []string
}

// of is how a field's type is written: a letter, an object's number, [ of a list's, < of a map's elements.
func (p *printer) of(n *node) string {
	text := n.kind
	switch n.kind {
	case "l":
		text = "[" + p.of(n.of)
	case "m":
		text = "<" + p.of(n.of)
	case "o":
		text = strconv.Itoa(p.object(n))
	}
	if len(n.enum) > 0 {
		text += "(" + strings.Join(n.enum, "|") + ")"
	}
	if n.bounds != "" {
		text += "{" + n.bounds + "}"
	}
	return text
}

func (p *printer) object(n *node) int {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(n.fields)) {
		mark := ""
		if slices.Contains(n.required, name) {
			mark = "!"
		}
		words = append(words, name+mark+":"+p.of(n.fields[name]))
	}
	line := strings.Join(words, " ")
	number, has := p.numbers[line]
	if !has {
		number = len(p.lines)
		p.numbers[line] = number
		p.lines = append(p.lines, line)
	}
	return number
}

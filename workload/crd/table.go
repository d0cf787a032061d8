// Package crd knows which fields the custom resources of the Spark operators have, from the operators' own definitions, and
// says of a resource what the API server drops or refuses. fields.txt is made by test/crd. Start reading at Schemas.Check.
package crd

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed fields.txt
var table string

// Schemas are the fields of all resources that are known.
type Schemas struct {
	roots map[string]*field // by version and kind: sparkoperator.k8s.io/v1beta2 SparkApplication
	pod   *field            // Kubernetes' own pod template
}

// field is what a place takes.
type field struct {
	kind byte // s text, i whole number, n number, b truth, q number or text, * anything, p a pod template, o object, l list, m map
	// fields are those of an object, and required the names without which it is refused.
	fields   map[string]*field
	required []string
	of       *field // the elements of a list or a map
	enum     []string
	min, max string // bounds of a number, "" where there is none
}

// New gives what the table says, the same to all: it is read once, when it is asked for first.
func New() (*Schemas, error) { return read() }

var read = sync.OnceValues(parse)

func parse() (*Schemas, error) {
	head, tail, _ := strings.Cut(table, "\n\n")
	lines := strings.Split(strings.TrimRight(tail, "\n"), "\n")
	p := &parser{objects: make([]*field, len(lines))}
	for i, line := range lines { // an object stands behind those that it holds
		p.objects[i] = p.object(line)
	}
	s := &Schemas{roots: map[string]*field{}}
	for _, line := range strings.Split(head, "\n") {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 {
			return nil, fmt.Errorf("fields.txt: %q", line)
		}
		s.roots[line[:at]] = p.kind(line[at+1:])
	}
	s.pod = s.roots["p"]
	delete(s.roots, "p")
	if s.pod == nil {
		p.err = fmt.Errorf("fields.txt: no pod template")
	}
	return s, p.err
}

// Versions are the versions of a group in which any release serves a kind, in order; none where the kind is not known.
func (s *Schemas) Versions(group, kind string) (versions []string) {
	for _, name := range slices.Sorted(maps.Keys(s.roots)) {
		apiVersion, held, _ := strings.Cut(name, " ")
		if g, version, _ := strings.Cut(apiVersion, "/"); g == group && held == kind {
			versions = append(versions, version)
		}
	}
	return versions
}

type parser struct {
	objects []*field
	err     error
}

func (p *parser) object(line string) *field {
	o := &field{kind: 'o', fields: map[string]*field{}}
	for _, word := range strings.Fields(line) {
		name, kind, ok := strings.Cut(word, ":")
		if !ok {
			p.err = fmt.Errorf("fields.txt: %q", word)
			return o
		}
		if plain, required := strings.CutSuffix(name, "!"); required {
			name = plain
			o.required = append(o.required, name)
		}
		o.fields[name] = p.kind(kind)
	}
	return o
}

// kind reads a type: a letter, an object's number, [ or < before the type of elements, with (a|b) values and {1..} bounds.
func (p *parser) kind(text string) *field {
	switch {
	case strings.HasPrefix(text, "["):
		return &field{kind: 'l', of: p.kind(text[1:])}
	case strings.HasPrefix(text, "<"):
		return &field{kind: 'm', of: p.kind(text[1:])}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(p.objects) && p.objects[n] != nil {
		return p.objects[n]
	}
	if text == "" || !strings.Contains("sinbq*p", text[:1]) {
		p.err = fmt.Errorf("fields.txt: no type %q", text)
		return &field{kind: '*'}
	}
	f := &field{kind: text[0]}
	rest := text[1:]
	if values, after, ok := strings.Cut(rest, ")"); ok && strings.HasPrefix(values, "(") {
		f.enum, rest = strings.Split(values[1:], "|"), after
	}
	if strings.HasPrefix(rest, "{") {
		f.min, f.max, _ = strings.Cut(strings.Trim(rest, "{}"), "..")
	}
	return f
}

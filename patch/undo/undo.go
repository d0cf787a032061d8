// Package undo is the grammar by which an object says how to take back what was done to it, and the one reader of it. An
// entry is the place of an edit, with elements of lists by name, or [0] where one has none, and for some what was done there:
//
//	spec/+securityContext/runAsNonRoot          it was added; "+" is before the first segment that the edit created,
//	                                            "++" where null stood, and a "+" more for each of its other
//	                                            spellings in YAML: nothing at all, ~, Null, NULL
//	spec/driver/+template #1f0c9a55d0e2         likewise; what has another hash since is left alone
//	spec/driver/javaOptions -XX:+UseG1GC        this was put behind the text, with a blank between
//	spec/driver/javaOptions ~-XX:+UseG1GC       likewise, and the text had no quotes
//	spec/driver/javaOptions ^-XX:+UseG1GC       likewise, and the text was empty
//	spec/enableServiceLinks true                this is what a switch was before
//
// Segments are escaped as in a JSON pointer, and a blank within one is ~2.
// Entries stand in the order in which the edits were made. What they say is untrusted: anybody may have written them. Start
// reading at [Back].
package undo

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Step is an entry that was found in an object.
type Step struct {
	At      patch.Path // elements of lists by their index; nil where it is not there
	Created int        // the first segment that the edit created; -1: none is named
	Null    bool       // where null stood
	NullAs  patch.Null // and how it was spelled
	Suffix  string     // what was put behind the text, with the blank before it
	Plain   bool       // the text had no quotes
	Switch  bool       // it was turned over
	Stands  bool       // it is as the edit left it
}

// Back takes edits back, the last first. May says of a place whether entries may speak of it.
type Back struct {
	May func(at patch.Path) bool
	// Ops are what was taken back so far, and Plain the texts among it that had no quotes.
	Ops   []patch.Op
	Plain []patch.Path

	tree any
}

// New begins with an object.
func New(raw []byte, may func(at patch.Path) bool) (*Back, error) {
	tree, err := decode(raw)
	return &Back{May: may, tree: tree}, err
}

// Take takes one edit back. It says whether its place is as the edit left it; else nothing is done.
func (b *Back) Take(entry string) bool {
	s := find(b.tree, entry)
	if !s.Stands || !b.May(s.At) {
		return false
	}
	last := len(s.At) - 1
	switch {
	case s.Switch:
		on, _ := get(b.tree, s.At).(bool)
		b.set(s.At, !on)
		return true
	case s.Suffix != "":
		text, _ := get(b.tree, s.At).(string)
		b.set(s.At, strings.TrimSuffix(text, s.Suffix))
		if s.Plain {
			b.Plain = append(b.Plain, s.At)
		}
		return true
	case s.Null && s.Created == last:
		b.setNull(s.At, s.NullAs)
		return true
	}
	b.remove(s.At)
	for i := last; s.Created >= 0 && i > s.Created && empty(get(b.tree, s.At[:i])); i-- {
		if s.Null && i == s.Created+1 {
			b.setNull(s.At[:i], s.NullAs)
			break
		}
		b.remove(s.At[:i])
	}
	return true
}

// Parse gives the segments of a place, marks of creation among them.
func Parse(place string) (patch.Path, error) {
	return patch.ParsePointer("/" + strings.ReplaceAll(place, blank, " "))
}

// Find looks for what an entry speaks of.
func Find(raw []byte, entry string) Step {
	tree, err := decode(raw)
	if err != nil {
		return Step{Created: -1}
	}
	return find(tree, entry)
}

func find(tree any, entry string) Step {
	place, what, said := strings.Cut(entry, " ")
	s := Step{Created: -1}
	segments, err := Parse(place)
	if err != nil || place == "" {
		return s
	}
	node := tree
	for i, segment := range segments {
		if rest, ok := strings.CutPrefix(segment, "+"); ok && s.Created < 0 {
			s.Created = i
			segment = strings.TrimLeft(rest, "+")
			if more := len(rest) - len(segment); more > 0 {
				s.Null, s.NullAs = true, patch.Null(min(more-1, 255))
			}
			if !s.NullAs.Known() {
				return Step{Created: -1}
			}
		}
		var key string
		if key, node = child(node, segment); key == "" {
			return Step{Created: -1}
		}
		s.At = append(s.At, key)
	}
	if hash, ok := strings.CutPrefix(what, "#"); ok {
		raw, err := json.Marshal(node)
		s.Stands = err == nil && Hash(raw) == hash
		return s
	}
	if on, is := node.(bool); is && what == strconv.FormatBool(!on) {
		s.Switch, s.Stands = true, true
		return s
	}
	if !said || what == "" {
		s.Stands = !strings.Contains(place, "/[") // another element may have moved there
		return s
	}
	what, s.Plain = strings.CutPrefix(what, "~")
	option, alone := strings.CutPrefix(what, "^")
	if s.Suffix = " " + option; alone {
		s.Suffix = option
	}
	text, isText := node.(string)
	s.Stands = isText && option != "" && (alone && text == option || !alone && strings.HasSuffix(text, s.Suffix))
	return s
}

// child finds a segment below a node: a key, or an element of a list by its name, the last of that name, or by its index.
func child(node any, segment string) (key string, value any) {
	switch n := node.(type) {
	case map[string]any:
		if v, ok := n[segment]; ok {
			return segment, v
		}
	case []any:
		for i := len(n) - 1; i >= 0; i-- {
			element, _ := n[i].(map[string]any)
			if element["mountPath"] == segment || element["name"] == segment || n[i] == segment {
				return strconv.Itoa(i), n[i]
			}
		}
		if i, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(segment, "["), "]")); err == nil && i >= 0 && i < len(n) && segment == index(i) {
			return strconv.Itoa(i), n[i]
		}
	}
	return "", nil
}

// index is the segment for an element that has no name.
func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

func get(node any, at patch.Path) any {
	for _, segment := range at {
		switch n := node.(type) {
		case map[string]any:
			node = n[segment]
		case []any:
			i, _ := strconv.Atoi(segment)
			node = n[i]
		}
	}
	return node
}

func (b *Back) set(at patch.Path, value any) {
	last := len(at) - 1
	if parent, ok := get(b.tree, at[:last]).(map[string]any); ok {
		parent[at[last]] = value
		raw, _ := json.Marshal(value)
		b.Ops = append(b.Ops, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: raw})
	}
}

func (b *Back) setNull(at patch.Path, as patch.Null) {
	before := len(b.Ops)
	if b.set(at, nil); len(b.Ops) > before {
		b.Ops[before].Null = as
	}
}

func (b *Back) remove(at patch.Path) {
	last := len(at) - 1
	switch parent := get(b.tree, at[:last]).(type) {
	case map[string]any:
		delete(parent, at[last])
	case []any:
		i, _ := strconv.Atoi(at[last])
		shorter := append(append([]any(nil), parent[:i]...), parent[i+1:]...)
		if grand, ok := get(b.tree, at[:last-1]).(map[string]any); ok {
			grand[at[last-1]] = shorter
		}
	}
	b.Ops = append(b.Ops, patch.Op{Op: patch.Remove, Path: at.Pointer()})
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

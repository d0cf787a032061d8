// Package patch says what an edit is: an operation names a place and a value. It also looks places up, compares documents
// and prints a diff. Packages patch/json and patch/yaml carry operations out on bytes; the document around an edit stays
// what it was, byte for byte. None of them knows Spark. Start reading at Op.
package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path is a place in a JSON or YAML document: object keys and decimal list indexes, unescaped, outermost first.
// The last segment may be "-", which stands for the position after a list's last element (RFC 6902).
type Path []string

// Pointer writes the path as a JSON pointer (RFC 6901). The root is the empty string.
func (p Path) Pointer() string {
	size := 0
	for _, segment := range p {
		size += len(segment) + 3
	}
	b := make([]byte, 0, size)
	for _, segment := range p {
		b = AppendSegment(append(b, '/'), segment)
	}
	return string(b)
}

// AppendSegment appends a segment of a path as a pointer writes it.
func AppendSegment(b []byte, segment string) []byte {
	for i := range len(segment) {
		switch segment[i] {
		case '~':
			b = append(b, "~0"...)
		case '/':
			b = append(b, "~1"...)
		default:
			b = append(b, segment[i])
		}
	}
	return b
}

// Field writes the path as Kubernetes does, for people: spec.containers[0].image.
func (p Path) Field() string {
	var b strings.Builder
	for _, segment := range p {
		if _, err := strconv.Atoi(segment); err == nil {
			b.WriteString("[" + segment + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(segment)
	}
	return b.String()
}

// ParsePointer reads a JSON pointer. It fails on text that is neither empty nor starts with a slash.
func ParsePointer(s string) (Path, error) {
	if s == "" {
		return Path{}, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("JSON pointer %q: must be empty or start with a slash", s)
	}
	path := Path(strings.Split(s[1:], "/"))
	for i, segment := range path {
		if strings.Contains(segment, "~") {
			path[i] = strings.ReplaceAll(strings.ReplaceAll(segment, "~1", "/"), "~0", "~")
		}
	}
	return path, nil
}

// With returns a new path that continues p.
func (p Path) With(segments ...string) Path {
	out := make(Path, 0, len(p)+len(segments))
	return append(append(out, p...), segments...)
}

// Verbs of an Op: those of RFC 6902 that an edit of ours needs. An admission answer carries only Add and Replace. Move gives a
// member of an object another key, which the object does not have: it keeps its place in the text, and what stands around it.
const (
	Add     = "add"
	Replace = "replace"
	Remove  = "remove"
	Move    = "move"
)

// Op is one operation of a JSON patch (RFC 6902).
type Op struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
	From  string          `json:"from,omitempty"` // of Move: the member as it is called before
	Null  Null            `json:"-"`              // of a Value that is null: how a YAML document spells it
}

// Renamed are the path of a member, which Move gives another key, and its key before.
func (o *Op) Renamed() (at Path, from string, err error) {
	if at, err = ParsePointer(o.Path); err != nil {
		return nil, "", err
	}
	before, err := ParsePointer(o.From)
	if err != nil {
		return nil, "", err
	}
	if last := len(at) - 1; last < 0 || len(before) != len(at) || !slices.Equal(at[:last], before[:last]) {
		return nil, "", fmt.Errorf("%q to %q is no other key in the same object", o.From, o.Path)
	}
	return at, Last(before), nil
}

// Prefix returns the operations moved below the given path.
func Prefix(ops []Op, at Path) []Op {
	if len(at) == 0 {
		return ops
	}
	prefix := at.Pointer()
	out := make([]Op, len(ops))
	for i, op := range ops {
		op.Path = prefix + op.Path
		if op.Op == Move {
			op.From = prefix + op.From
		}
		out[i] = op
	}
	return out
}

// OpError is why one operation of several was not carried out.
type OpError struct {
	Number int // from 1
	Op     Op
	Err    error
}

func (e *OpError) Error() string {
	return fmt.Sprintf("operation %d, %s %q: %v", e.Number, e.Op.Op, e.Op.Path, e.Err)
}

func (e *OpError) Unwrap() error { return e.Err }

// Reason is why an edit was not made, without the number of the operation among the others.
func Reason(err error) string {
	if of := (*OpError)(nil); errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}

// Under says whether a path is another one or leads below it.
func Under(at, above Path) bool {
	return len(at) >= len(above) && slices.Equal(at[:len(above)], above)
}

// Last is the last segment of a path that has one.
func Last(at Path) string { return at[len(at)-1] }

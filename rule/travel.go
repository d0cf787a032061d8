package rule

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/members"
)

// stands says how far the path stands already, in the document as it was with the edits of this run:
// path[:depth] is there and path[depth] is not. The typed copy answers for all but structs without a pointer
// (resources, metadata), of which it cannot tell an empty one from a missing one.
func (r *run) stands(path patch.Path) (depth int, ok bool) {
	last := len(path) - 1
	v, rest := r.near(path)
	for d := len(path) - len(rest); d < last; d++ {
		if v = r.set.fields.Child(v, path[d]); !v.IsValid() {
			return d, true
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice:
			if v.IsNil() {
				return d, true
			}
		case reflect.Struct:
			if v.IsZero() && !r.inRaw(path[:d+1]) {
				return d, true
			}
		default:
			return 0, false
		}
	}
	return last, last >= 0
}

// near is where to begin to follow a path in the typed copy, and what is left of it then: most lead into the main container.
func (r *run) near(path patch.Path) (from reflect.Value, rest patch.Path) {
	if members.OfContainer(path) && path[1] == "containers" && path[2] == strconv.Itoa(r.in.Identity.Container) && r.template != nil {
		if main := r.in.Identity.Container; main >= 0 && main < len(r.template.Spec.Containers) {
			return reflect.ValueOf(&r.template.Spec.Containers[main]).Elem(), path[3:]
		}
	}
	return r.root, path
}

// find follows the path as far as the typed copy has it; see typed.Fields.
func (r *run) find(path patch.Path) reflect.Value {
	from, rest := r.near(path)
	return r.set.fields.Find(from, rest)
}

// put writes a value into the typed copy; see typed.Fields.
func (r *run) put(path patch.Path, value reflect.Value) error {
	from, rest := r.near(path)
	return r.set.fields.Put(from, rest, value)
}

// raw is the raw object, read once.
func (r *run) raw() *patch.Index {
	if r.index == nil {
		r.index = patch.NewIndex(r.in.Raw)
	}
	return r.index
}

func (r *run) inRaw(path patch.Path) bool {
	value, ok := r.raw().Lookup(path)
	return ok && string(value) != "null"
}

// settled replaces a final "-" by the index of the element that was just appended.
func (r *run) settled(path patch.Path) patch.Path {
	last := len(path) - 1
	if path[last] != "-" {
		return path
	}
	list := r.find(path[:last])
	return path[:last].With(strconv.Itoa(list.Len() - 1))
}

// undo words an edit so that it can be taken back from the object alone: the place with list elements by name,
// "+" before the first segment that the edit created, "++" and more where null stood there, and, for text that was appended
// to a value, that text.
//
//	@/+securityContext/allowPrivilegeEscalation
//	@istio-proxy/securityContext/seccompProfile
//	metadata/annotations/prometheus.io~1scrape
//	@/env/SPARK_DAEMON_JAVA_OPTS/value -XX:ActiveProcessorCount=2
//
// In the report a text that was appended where the one before it was is written without the place.
func (r *run) undo(at patch.Path, created int, suffix string) string {
	var room [128]byte
	b := room[:0]
	start := 0
	if members.OfContainer(at) {
		b = append(b, undo.Main...)
		if at[1] != "containers" || at[2] != strconv.Itoa(r.in.Identity.Container) {
			b = undo.AppendSegment(b, r.set.fields.Name(r.find(at[:3])))
		}
		start = 3
	}
	for i := start; i < len(at); i++ {
		if len(b) > 0 {
			b = append(b, '/')
		}
		if i == created {
			b = append(b, r.creation(at[:i+1], i == len(at)-1)...)
		}
		segment := at[i]
		if len(segment) > 0 && segment[0] >= '0' && segment[0] <= '9' {
			if parent := r.find(at[:i]); parent.IsValid() && parent.Kind() == reflect.Slice {
				if index, err := strconv.Atoi(segment); err == nil && index < parent.Len() {
					segment = r.set.fields.Name(parent.Index(index))
				}
			}
		}
		b = undo.AppendSegment(b, segment)
	}
	return string(append(b, suffix...))
}

// creation marks a segment that an edit created: nothing where it is the edit's own, which is taken out anyway.
func (r *run) creation(at patch.Path, own bool) string {
	if held, ok := r.raw().Lookup(at); ok && string(held) == "null" {
		as := patch.NullWord
		if r.in.NullAs != nil {
			as = r.in.NullAs(at)
		}
		return "++" + strings.Repeat("+", int(as))
	} else if own {
		return ""
	}
	return "+"
}

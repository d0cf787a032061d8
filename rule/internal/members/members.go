// Package members tells which members of a pod operations change, so that only those need to be looked at. Start reading at [Of].
package members

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Member is one member of the raw object that operations change: a field of a container, of the pod's spec or of
// its metadata.
type Member struct {
	At    patch.Path // of the member
	Raw   []byte     // its value in the raw object; nil where there is none
	Ops   []patch.Op // on an object that holds just this member
	Paths []patch.Path
	// Kept are the elements of a long list that Raw holds: the others are not touched, and do not move.
	Kept []int
	Long int  // elements of the whole list
	Cut  bool // Raw is only a part of the list
}

// Of sorts the operations by the member that they touch.
func Of(ops []patch.Op) (members []*Member, err error) {
	members = make([]*Member, 0, len(ops))
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		depth := 2
		switch {
		case OfContainer(at):
			depth = 4
		case len(at) == 1:
			depth = 1
		case len(at) == 0:
			return nil, errors.New("an operation replaces the whole object")
		}
		var m *Member
		for _, old := range members {
			if patch.Under(at, old.At) {
				m = old
			}
		}
		if m == nil {
			m = &Member{At: at[:depth], Ops: make([]patch.Op, 0, few), Paths: make([]patch.Path, 0, few)}
			members = append(members, m)
		}
		for range len(m.At) - 1 { // the rest of a pointer is a pointer
			op.Path = op.Path[1+strings.IndexByte(op.Path[1:], '/'):]
		}
		m.Ops, m.Paths = append(m.Ops, op), append(m.Paths, at[len(m.At)-1:])
	}
	return members, nil
}

// few is as many operations as most members have.
const few = 4

// Shorten leaves of a list only the elements that operations touch, where none of them moves another: then what they do to the
// others need not be looked at, and a pod with many variables takes no longer than one with few.
func (m *Member) Shorten(raw *patch.Index) {
	var isList bool
	if m.Long, isList = raw.Len(m.At); !isList {
		return
	}
	for i, at := range m.Paths {
		switch {
		case len(at) == 2 && at[1] == "-" && m.Ops[i].Op == patch.Add:
		case len(at) > 2:
			if n, err := strconv.Atoi(at[1]); err == nil && n >= 0 && n < m.Long && !slices.Contains(m.Kept, n) {
				m.Kept = append(m.Kept, n)
			}
		default:
			return
		}
	}
	if m.Cut = true; m.Appends() {
		return
	}
	slices.Sort(m.Kept)
	short := []byte{'['}
	for i, n := range m.Kept {
		if i > 0 {
			short = append(short, ',')
		}
		element, _ := raw.Lookup(m.At.With(strconv.Itoa(n)))
		short = append(short, element...)
	}
	m.Raw = append(short, ']')
	for i, at := range m.Paths {
		if n, err := strconv.Atoi(at[1]); err == nil {
			position, in := slices.BinarySearch(m.Kept, n)
			if !in {
				position = len(m.Kept) + n - m.Long
			}
			m.Paths[i] = append(patch.Path{at[0], strconv.Itoa(position)}, at[2:]...)
			m.Ops[i].Path = m.Paths[i].Pointer()
		}
	}
}

// Appends says whether the operations do nothing but append: then what stands there after is what stood there and their values.
func (m *Member) Appends() bool {
	return m.Cut && !slices.ContainsFunc(m.Paths, func(at patch.Path) bool { return len(at) > 2 })
}

// Place is where a path of the member leads in the pod.
func (m *Member) Place(at patch.Path) patch.Path {
	whole := m.At[:len(m.At)-1].With(at...)
	if !m.Cut || len(at) < 2 {
		return whole
	}
	n, err := strconv.Atoi(at[1])
	switch {
	case err != nil:
	case n < len(m.Kept):
		whole[len(m.At)] = strconv.Itoa(m.Kept[n])
	default:
		whole[len(m.At)] = strconv.Itoa(m.Long + n - len(m.Kept))
	}
	return whole
}

// OfContainer says whether the path leads into a container.
func OfContainer(at patch.Path) bool {
	return len(at) > 3 && at[0] == "spec" && (at[1] == "containers" || at[1] == "initContainers")
}

// Ours says whether a place is one that injection edits: a field of a container, the pod's security context,
// volumes or service links, an annotation. A report that names another place was not written by us.
func Ours(place patch.Path) bool {
	switch {
	case len(place) == 3 && place[0] == "metadata":
		return place[1] == "annotations"
	case OfContainer(place):
		return true
	case len(place) == 2 && place[0] == "spec":
		return place[1] == "enableServiceLinks"
	case len(place) > 2 && place[0] == "spec":
		return place[1] == "securityContext" || place[1] == "volumes"
	}
	return false
}

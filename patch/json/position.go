package json

import (
	"bytes"
	"encoding/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// Places finds where members and elements of one document begin. What was found once is not looked for again.
type Places struct {
	raw  []byte
	seen map[string]place
}

// place is where a member begins, its key included, and where its value does; -1 where there is none.
type place struct{ at, value int }

// NewPlaces makes it of a document.
func NewPlaces(raw []byte) *Places { return &Places{raw, map[string]place{}} }

// Offset is [Offset] of the document.
func (s *Places) Offset(p patch.Path) int { return min(s.find(p).at, len(s.raw)) }

func (s *Places) find(p patch.Path) place {
	if len(p) == 0 {
		start := scan.SkipSpace(s.raw, 0)
		return place{start, start}
	}
	name := p.Pointer()
	if one, known := s.seen[name]; known {
		return one
	}
	one := s.find(p[:len(p)-1])
	if one.value >= 0 {
		one.at, one.value = child(s.raw, one.value, p[len(p)-1], one.at)
	}
	s.seen[name] = one
	return one
}

// child is where a member or element of the value at an offset begins, and its value; place and -1 where there is none.
func child(raw []byte, at int, segment string, place int) (int, int) {
	value := -1
	c, ok := scan.Open(raw, at)
	if !ok {
		return place, value
	}
	wanted, isIndex := scan.ListIndex(segment)
	for n := 0; c.Next(); n++ {
		if c.Object && scan.KeyIs(raw[c.Key.Start:c.Key.End], segment) || !c.Object && isIndex && n == wanted {
			if place, value = c.Child(), c.Val.Start; !c.Object {
				break
			}
		}
		if !c.Leave(scan.SkipValue(raw, c.Val.Start)) {
			break
		}
	}
	return place, value
}

// Offset is where the member or element at p begins in a document, or the deepest of its ancestors that exists; 0 where that
// is the document. Of a key that stands twice the last counts.
func Offset(raw []byte, p patch.Path) int {
	place := scan.SkipSpace(raw, 0)
	at := place
	for _, segment := range p {
		if place, at = child(raw, at, segment, place); at < 0 {
			break
		}
	}
	return min(place, len(raw))
}

// Elements are the offsets at which the elements of the list at p begin; none where there is no list.
func Elements(raw []byte, p patch.Path) (starts []int) {
	at := scan.Locate(raw, p)
	if at.Start < 0 || raw[at.Start] != '[' {
		return nil
	}
	c, _ := scan.Open(raw, at.Start)
	for c.Next() {
		starts = append(starts, c.Val.Start)
		if !c.Leave(scan.SkipValue(raw, c.Val.Start)) {
			return nil
		}
	}
	return starts
}

// few is the number of members up to which they are compared one by one.
const few = 12

// Twice finds a key that stands twice in one object of a document, which must be JSON: its name, and the offsets of both.
func Twice(raw []byte) (key string, first, again int, found bool) {
	start := scan.SkipSpace(raw, 0)
	first, again, _ = twice(raw, start, 0)
	if again < 0 {
		return "", 0, 0, false
	}
	end := scan.SkipString(raw, again)
	if end < 0 || json.Unmarshal(raw[again:end], &key) != nil {
		return "", 0, 0, false
	}
	return key, first, again, true
}

// maxDepth is that of encoding/json.
const maxDepth = 10_000

// twice looks through the value at i and returns where it ends.
func twice(raw []byte, i, depth int) (first, again, end int) {
	c, ok := scan.Open(raw, i)
	if !ok || depth > maxDepth {
		return -1, -1, scan.SkipValue(raw, i)
	}
	var seen []scan.Span
	var many map[string]int
	for c.Next() {
		if c.Object {
			if many == nil && len(seen) == few {
				many = make(map[string]int, 2*few)
				for _, s := range seen {
					many[plain(raw[s.Start:s.End])] = s.Start
				}
			}
			name := raw[c.Key.Start:c.Key.End]
			if many != nil {
				if at, known := many[plain(name)]; known {
					return at, c.Key.Start, -1
				}
				many[plain(name)] = c.Key.Start
			} else {
				for _, s := range seen {
					if sameKey(raw[s.Start:s.End], name) {
						return s.Start, c.Key.Start, -1
					}
				}
				seen = append(seen, c.Key)
			}
		}
		first, again, end = twice(raw, c.Val.Start, depth+1)
		if again >= 0 || !c.Leave(end) {
			return first, again, -1
		}
	}
	return -1, -1, c.End
}

func sameKey(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return (bytes.IndexByte(a, '\\') >= 0 || bytes.IndexByte(b, '\\') >= 0) && plain(a) == plain(b)
}

// plain is a key without its quotes; escapes are undone.
func plain(quoted []byte) string {
	body := quoted[1 : len(quoted)-1]
	var name string
	if bytes.IndexByte(body, '\\') >= 0 && json.Unmarshal(quoted, &name) == nil {
		return name
	}
	return string(body)
}

package patch

import "github.com/kubectl-spark/kubectl-spark/patch/internal/scan"

// Members visits the members of a JSON object in their order, reading it once: key as it is written, quotes
// included, and value as it stands. It says whether raw is an object that could be read to its end.
func Members(raw []byte, visit func(key, value []byte)) bool { return children(raw, '{', visit) }

// Elements visits the elements of a JSON list, as Members does the members of an object.
func Elements(raw []byte, visit func(value []byte)) bool {
	return children(raw, '[', func(_, value []byte) { visit(value) })
}

func children(raw []byte, of byte, visit func(key, value []byte)) bool {
	start := scan.SkipSpace(raw, 0)
	if start >= len(raw) || raw[start] != of {
		return false
	}
	c, _ := scan.Open(raw, start)
	for c.Next() {
		end := scan.SkipValue(raw, c.Val.Start)
		if !c.Leave(end) {
			return false
		}
		visit(raw[c.Key.Start:c.Key.End], raw[c.Val.Start:end:end])
	}
	return c.End >= 0
}

// KeyIs says whether a key as it is written, quotes included, is the name.
func KeyIs(quoted []byte, name string) bool { return scan.KeyIs(quoted, name) }

// Plain says whether a text stands between the quotes of JSON as it is, however its writer escapes.
func Plain(text string) bool { return scan.Plain(text) }

// Tail returns the elements of the list at p from an index on, as they stand in raw, and the list's length, reading
// it once. ok is false if there is no list.
func Tail(raw []byte, p Path, from int) (elements [][]byte, length int, ok bool) {
	at := scan.Locate(raw, p)
	if at.Start < 0 || raw[at.Start] != '[' {
		return nil, 0, false
	}
	c, _ := scan.Open(raw, at.Start)
	for c.Next() {
		end := scan.SkipValue(raw, c.Val.Start)
		if !c.Leave(end) {
			return nil, 0, false
		}
		if length >= from {
			elements = append(elements, raw[c.Val.Start:end:end])
		}
		length++
	}
	return elements, length, c.End >= 0
}

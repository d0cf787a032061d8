// Package json carries edits out on the bytes of a JSON document. Start reading at Apply.
package json

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// Apply carries out add, replace, remove and move (RFC 6902) by splicing: bytes that no operation names stay as they are,
// and an addition followed by the removal of the same path gives back the very same bytes. raw must be JSON in
// UTF-8 and is not changed. Values are checked. An addition to a member that exists replaces it (section 4.1);
// a removal removes every occurrence of a repeated key. An inserted value takes the layout of its surroundings.
// An error names the operation, its path and what is missing; nothing of the patch is then applied.
func Apply(raw []byte, ops []patch.Op) ([]byte, error) {
	size := len(raw)
	for i := range ops {
		size += 2*len(ops[i].Value) + len(ops[i].Path) + 16
	}
	doc := append(make([]byte, 0, size), raw...)
	var err error
	for i := range ops {
		if doc, err = applyOne(doc, &ops[i]); err != nil {
			return nil, &patch.OpError{Number: i + 1, Op: ops[i], Err: err}
		}
	}
	return doc, nil
}

func applyOne(doc []byte, op *patch.Op) ([]byte, error) {
	path, err := patch.ParsePointer(op.Path)
	if err != nil {
		return nil, err
	}
	switch op.Op {
	case patch.Add, patch.Replace, patch.Remove:
	case patch.Move:
		return rename(doc, op)
	default:
		return nil, fmt.Errorf("operation %q: must be add, replace, remove or move", op.Op)
	}
	if len(path) == 0 {
		if op.Op == patch.Remove {
			return nil, errors.New("the whole document cannot be removed")
		}
		return overwrite(doc, scan.Locate(doc, path), op.Value)
	}
	holder, last := scan.Locate(doc, path[:len(path)-1]), path[len(path)-1]
	if holder.Start < 0 {
		return nil, missingParent(doc, path)
	}
	switch doc[holder.Start] {
	case '{':
		return editObject(doc, holder, last, op)
	case '[':
		return editList(doc, holder, last, op)
	}
	return nil, fmt.Errorf("parent %q is %s, not an object or list", path[:len(path)-1].Pointer(), kindOf(doc[holder.Start]))
}

// children is what an edit must know of a container: where the child it concerns stands among its siblings.
type children struct {
	holder               scan.Span
	object               bool
	n                    int       // children in all
	key, hit             scan.Span // key and value of the child in question; absent if there is none
	before, after        int       // end of the value before it and start of the child behind it; -1 if none
	first, second        int       // starts of the first two children
	last, lastEnd        int       // start of the last child and end of its value
	colonStart, colonEnd int       // the colon and the spaces around it, of the last member
}

// survey walks a container once; match says which child is meant, the last match counts.
func survey(doc []byte, holder scan.Span, match func(n int, key scan.Span) bool) (children, error) {
	found := children{holder: holder, hit: scan.Absent(), before: -1, after: -1, first: -1, second: -1, last: -1, lastEnd: -1}
	c, _ := scan.Open(doc, holder.Start)
	found.object = c.Object
	for c.Next() {
		switch found.n {
		case 0:
			found.first = c.Child()
		case 1:
			found.second = c.Child()
		}
		if found.hit.Start >= 0 && found.after < 0 {
			found.after = c.Child()
		}
		if !c.Leave(scan.SkipValue(doc, c.Val.Start)) {
			break
		}
		if match(found.n, c.Key) {
			found.key, found.hit, found.before, found.after = c.Key, c.Val, found.lastEnd, -1
		}
		found.last, found.lastEnd = c.Child(), c.Val.End
		found.colonStart, found.colonEnd = c.Key.End, c.Val.Start
		found.n++
	}
	if c.End < 0 {
		return found, errors.New("the document is not JSON")
	}
	return found, nil
}

func editObject(doc []byte, holder scan.Span, name string, op *patch.Op) ([]byte, error) {
	match := func(_ int, key scan.Span) bool { return scan.KeyIs(doc[key.Start:key.End], name) }
	at, err := survey(doc, holder, match)
	if err != nil {
		return nil, err
	}
	if at.hit.Start < 0 {
		if op.Op == patch.Add {
			return insert(doc, &at, at.n, scan.Quote(name), op.Value)
		}
		return nil, errors.New("the member is absent")
	}
	if op.Op != patch.Remove {
		return overwrite(doc, at.hit, op.Value)
	}
	for at.hit.Start >= 0 {
		doc = cut(doc, &at)
		at.holder.End = scan.SkipValue(doc, holder.Start)
		if at, err = survey(doc, at.holder, match); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// rename gives a member another key.
func rename(doc []byte, op *patch.Op) ([]byte, error) {
	path, from, err := op.Renamed()
	if err != nil {
		return nil, err
	}
	holder := scan.Locate(doc, path[:len(path)-1])
	if holder.Start < 0 {
		return nil, missingParent(doc, path)
	}
	if doc[holder.Start] != '{' {
		return nil, fmt.Errorf("parent %q is %s, not an object", path[:len(path)-1].Pointer(), kindOf(doc[holder.Start]))
	}
	to, olds, news := patch.Last(path), 0, 0
	at, err := survey(doc, holder, func(_ int, key scan.Span) bool {
		is := scan.KeyIs(doc[key.Start:key.End], from)
		if is {
			olds++
		}
		if scan.KeyIs(doc[key.Start:key.End], to) {
			news++
		}
		return is
	})
	switch {
	case err != nil:
		return nil, err
	case olds == 0:
		return nil, errors.New("the member is absent")
	case news > 0:
		return nil, fmt.Errorf("the key %q is there already", to)
	case olds > 1:
		return nil, fmt.Errorf("the key %q is there more than once", from)
	}
	return slices.Replace(doc, at.key.Start, at.key.End, scan.Quote(to)...), nil
}

func editList(doc []byte, holder scan.Span, segment string, op *patch.Op) ([]byte, error) {
	index, isIndex := scan.ListIndex(segment)
	appended := segment == "-"
	if !isIndex && !appended {
		return nil, fmt.Errorf("%q is not a list index", segment)
	}
	at, err := survey(doc, holder, func(n int, _ scan.Span) bool { return isIndex && n == index })
	if err != nil {
		return nil, err
	}
	if appended {
		index = at.n
	}
	if index > at.n || index == at.n && op.Op != patch.Add || appended && op.Op != patch.Add {
		return nil, fmt.Errorf("index %s is out of range, the list has %d elements", segment, at.n)
	}
	switch op.Op {
	case patch.Add:
		return insert(doc, &at, index, nil, op.Value)
	case patch.Replace:
		return overwrite(doc, at.hit, op.Value)
	}
	return cut(doc, &at), nil
}

// cut removes one child. It is the exact inverse of insert: an only child takes the layout around it away, except
// that space which stands before the closing bracket alone was there before insert came.
func cut(doc []byte, at *children) []byte {
	from, to := at.hit.Start, at.hit.End
	if at.object {
		from = at.key.Start
	}
	switch {
	case at.after >= 0:
		to = at.after
	case at.before >= 0:
		from = at.before
	case from == at.holder.Start+1:
	default:
		from, to = at.holder.Start+1, at.holder.End-1
	}
	return slices.Delete(doc, from, to)
}

func missingParent(doc []byte, path patch.Path) error {
	for n := 1; n < len(path); n++ {
		if at := scan.Locate(doc, path[:n]); at.Start < 0 {
			return fmt.Errorf("parent %q is absent", path[:n].Pointer())
		}
	}
	return errors.New("the document is not JSON")
}

func kindOf(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

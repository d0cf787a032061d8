package yaml

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// To read a text takes far longer than to edit it. Operations that have nothing to do with each other are therefore carried
// out on one reading of the text, and their result is read once.

// edited is a text behind so many operations, as it reads.
type edited struct {
	text  []byte
	root  *yaml.Node
	says  []byte
	count int
}

// planned is one operation of several: its place, and what it replaces.
type planned struct {
	op    patch.Op
	path  patch.Path
	at    *site
	edits []splice
}

// together carries out the first operations as one: as many as can be. nil where fewer than two can, or where the result is not
// what they make one behind the other.
func together(doc []byte, root *yaml.Node, says []byte, ops []patch.Op) *edited {
	if len(ops) < 2 || root == nil || !standsAlone(root) {
		return nil
	}
	var all []planned
	wanted, e := says, &editor{text: newText(doc)}
	for _, op := range ops {
		path, err := patch.ParsePointer(op.Path)
		if err != nil {
			break
		}
		one := planned{op: op, path: path}
		if slices.ContainsFunc(all, func(before planned) bool { return before.reaches(one) }) {
			break
		}
		next, err := patchjson.Apply(wanted, []patch.Op{op})
		if err != nil {
			break
		}
		if one.at, one.edits, err = e.edit(root, op, path); err != nil {
			break
		}
		if !one.simple(doc) || slices.ContainsFunc(all, func(before planned) bool { return before.touches(one, doc) }) {
			break
		}
		all, wanted = append(all, one), next
	}
	if len(all) < 2 {
		return nil
	}
	text, err := spliced(doc, inOrder(all))
	if err != nil {
		return nil
	}
	after, says, err := readBack(text, wanted)
	if err != nil || indentsLists(after) != indentsLists(root) { // one of them decided on the layout of the next
		return nil
	}
	return &edited{text, after, says, len(all)}
}

// reaches says that what the operation does could decide on where the next one is carried out: it makes, changes or takes away
// what the next one is about, or moves the elements of a list that holds it.
func (p planned) reaches(next planned) bool {
	holder := p.path[:max(len(p.path)-1, 0)]
	return len(p.path) == 0 || len(next.path) == 0 || patch.Under(next.path, p.path) || patch.Under(p.path, next.path) ||
		p.at.width() == 1 && p.op.Op != patch.Replace && patch.Under(next.path, holder) && !(p.appends() && next.appends())
}

// simple says that the operation adds, or puts a word in the place of another one: what takes away more can decide on the
// layout of all that follows.
func (p planned) simple(doc []byte) bool {
	if p.op.Op == patch.Add && (p.at.width() == 1 || !p.at.exists) {
		return true
	}
	if p.op.Op == patch.Remove || p.op.Op == patch.Move || p.at.node.Content[p.at.child].Kind != yaml.ScalarNode || strings.ContainsAny(string(p.op.Value), "{[\\") {
		return false
	}
	return !slices.ContainsFunc(p.edits, func(s splice) bool { return bytes.ContainsAny(doc[s.from:s.to], "\n|>") })
}

// appends says that the operation puts an element at the end of a list.
func (p planned) appends() bool { return p.op.Op == patch.Add && p.path[len(p.path)-1] == "-" }

// touches says that the operations are about one part of the text, or that one decides on the layout of the other.
func (p planned) touches(next planned, doc []byte) bool {
	if p.at.node == next.at.node {
		if p.op.Op == patch.Remove || next.op.Op == patch.Remove || p.at.count() == 0 || isFlow(p.at.node) && p.op.Op == patch.Replace {
			return true
		}
		if next.at.width() == 1 && next.op.Op == patch.Add && !(p.appends() && next.appends()) {
			return true
		}
	}
	for _, a := range p.edits {
		for _, b := range next.edits {
			if a.from < b.to && b.from < a.to || a.from == b.from && a.to != b.to {
				return true
			}
			if (a.from < a.to || b.from < b.to || p.at.node != next.at.node) && commented(doc, min(a.to, b.to), max(a.from, b.from)) {
				return true
			}
		}
	}
	return false
}

// commented says that comments or blank lines, which belong to what stands above or below, are all that stands between two places
// of a text, or beside both.
func commented(doc []byte, from, to int) bool {
	from = min(from, to)
	between := bytes.TrimSpace(doc[from:to])
	if len(between) > 0 {
		return between[0] == '#'
	}
	above := bytes.TrimRight(doc[:from], " \t\r\n")
	above = bytes.TrimLeft(above[bytes.LastIndexByte(above, '\n')+1:], " \t")
	below := bytes.TrimLeft(doc[to:], " \t\r\n")
	return bytes.HasPrefix(above, []byte("#")) || bytes.HasPrefix(below, []byte("#")) || bytes.Count(doc[from:to], []byte("\n")) > 1
}

// inOrder are the replacements of operations, of which those at one place follow each other from the back: of two, what stands
// further in comes first in the text, and then what was asked for first.
func inOrder(all []planned) (edits []splice) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b planned) int { return cmp.Compare(len(b.path), len(a.path)) })
	for _, one := range slices.Backward(all) {
		edits = append(edits, one.edits...)
	}
	return edits
}

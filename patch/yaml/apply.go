// Package yaml carries edits out on the text of a YAML document, splits a file into documents and tells positions. Start
// reading at Apply.
package yaml

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// Apply carries out add, replace, remove and move on the text of ONE YAML document, with or without its "---" line.
// Only the lines that an operation is about change: comments, order, quotes, indentation, line ends and a missing
// final line break stay. New members and elements stand behind the last one, as block YAML with two spaces (lists
// as the document has them), or inside the braces of a flow collection. JSON text is edited as package patch/json does it.
//
// Promises: add and then remove of the same path gives back the same bytes; so does replacing a scalar on one line
// and replacing it back, if both values can be written with the quotes it has and the old one is spelled as
// Apply spells it. Removing a member removes comments inside it, and none outside. A member that is given another key keeps
// its place, the quotes of its key and all comments.
//
// A literal block (|) stays one: its lines that stay keep their spelling, and its indicators change only where the end of
// the text asks for it. In other text that goes over several lines a part is exchanged, or the edit is refused.
//
// Refused with an error that names the line: places inside an anchor, behind an alias, in a mapping with a merge
// key or under a tag; keys that occur twice; several documents; text that the parser cannot read. After every
// operation, or after several that have nothing to do with each other, the result is read again and compared with the
// same operations on the decoded document; if they differ the edit is refused.
func Apply(doc []byte, ops []patch.Op) ([]byte, error) {
	out, _, err := apply(nil, doc, ops, together)
	return out, err
}

// Reading is a text that was read, so that it need not be read again.
type Reading struct {
	text []byte
	root *yaml.Node
	says []byte // as JSON
}

// Root is the node of the text, if it is that which was read; nil where it is not.
func (r *Reading) Root(text []byte) *yaml.Node {
	if r == nil || !bytes.Equal(r.text, text) {
		return nil
	}
	return r.root
}

// Read reads the text of one YAML document. It is nil where the text may be JSON, or cannot be read: Apply says why.
func Read(doc []byte) *Reading {
	body := bytes.TrimPrefix(doc, []byte("\ufeff"))
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) == 0 || first[0] == '{' || first[0] == '[' {
		return nil
	}
	r, err := read(slices.Clone(body))
	if err != nil {
		return nil
	}
	return r
}

func read(text []byte) (*Reading, error) {
	root, err := readYAML(text)
	if err != nil {
		return nil, err
	}
	says, err := treeJSON(text, root)
	if err != nil {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	return &Reading{text, root, says}, nil
}

// ApplyRead is Apply for a text of which a reading may be known, and gives that of the result; nil where it is JSON.
func ApplyRead(known *Reading, doc []byte, ops []patch.Op) ([]byte, *Reading, error) {
	return apply(known, doc, ops, together)
}

// apply is ApplyRead; several carries out what can be on one reading of the text.
func apply(known *Reading, doc []byte, ops []patch.Op, several func(doc []byte, root *yaml.Node, says []byte, ops []patch.Op) *edited) ([]byte, *Reading, error) {
	if body := bytes.TrimPrefix(doc, []byte("\ufeff")); len(doc) <= maxYAML && json.Valid(body) {
		if first := bytes.TrimLeft(body, " \t\r\n"); first[0] == '{' || first[0] == '[' {
			out, err := patchjson.Apply(body, ops)
			return append(doc[:len(doc)-len(body):len(doc)-len(body)], out...), nil, err
		}
	}
	mark := len(doc) - len(bytes.TrimPrefix(doc, []byte("\ufeff")))
	current := slices.Clone(doc[mark:])
	if known.Root(current) == nil {
		var err error
		if known, err = read(current); err != nil {
			return nil, nil, err
		}
	}
	root, says := known.root, known.says
	for done := 0; done < len(ops); {
		if n := several(current, root, says, ops[done:]); n != nil {
			current, root, says, done = n.text, n.root, n.says, done+n.count
			continue
		}
		op := ops[done]
		done++
		wanted, err := patchjson.Apply(says, []patch.Op{op})
		if err != nil {
			if _, why := editYAML(current, root, op); root != nil && why != nil && strings.Contains(why.Error(), "refused: ") { // such as a merge key
				err = &patch.OpError{Number: done, Op: op, Err: why}
			}
			return nil, nil, err
		}
		if current, err = editYAML(current, root, op); err == nil {
			root, says, err = readBack(current, wanted)
		}
		if err != nil {
			return nil, nil, &patch.OpError{Number: done, Op: op, Err: err}
		}
	}
	return append(doc[:mark:mark], current...), &Reading{current, root, says}, nil
}

// readBack reads an edited document and compares it with what it should say.
func readBack(doc, wanted []byte) (*yaml.Node, []byte, error) {
	root, err := readYAML(doc)
	if err != nil {
		return nil, nil, fmt.Errorf("refused: the edit would break the document: %w", err)
	}
	says, err := treeJSON(doc, root)
	if err != nil {
		return nil, nil, fmt.Errorf("refused: the edit would break the document: %w", err)
	}
	if equal, err := patch.SameJSON(says, wanted); err != nil || !equal {
		return nil, nil, errors.New("refused: the edited document would not say what was asked for")
	}
	return root, says, nil
}

// splice replaces a range of the document.
type splice struct {
	from, to int
	text     string
}

// editor carries out one operation on one document.
type editor struct {
	*text
	write writer
}

// editYAML carries out one operation on the text.
func editYAML(doc []byte, root *yaml.Node, op patch.Op) ([]byte, error) {
	path, err := patch.ParsePointer(op.Path)
	if err != nil {
		return nil, err
	}
	_, edits, err := (&editor{text: newText(doc)}).edit(root, op, path)
	if err != nil {
		return nil, err
	}
	return spliced(doc, edits)
}

// edit gives the place that an operation is about, and what it replaces in the text.
func (e *editor) edit(root *yaml.Node, op patch.Op, path patch.Path) (at *site, edits []splice, err error) {
	if len(path) == 0 || root == nil {
		return nil, nil, errors.New("refused: a whole YAML document is not edited in place")
	}
	if op.Op == patch.Move {
		return e.rename(root, op)
	}
	var v *value
	if op.Op != patch.Remove {
		if v, err = readValue(op.Value); err != nil {
			return nil, nil, err
		}
		if v.kind == 0 && v.text == "null" {
			v.text = op.Null.String()
		}
	}
	e.write.indentLists = indentsLists(root)
	if at, err = e.reach(root, path); err != nil {
		return nil, nil, err
	}
	if at.exists && (op.Op != patch.Add || at.node.Kind == yaml.MappingNode) {
		if err := orphans(root, at.node.Content[at.child]); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case op.Op == patch.Remove:
		edits, err = e.remove(at)
	case op.Op == patch.Replace || at.exists && at.node.Kind == yaml.MappingNode:
		edits, err = e.replace(at, v)
	default:
		edits, err = e.add(at, path[len(path)-1], v)
	}
	return at, edits, err
}

// spliced is the text with ranges of it replaced.
func spliced(doc []byte, edits []splice) ([]byte, error) {
	// from the back to the front; where two start together the one that deletes goes first
	slices.SortStableFunc(edits, func(a, b splice) int { return cmp.Or(b.from-a.from, b.to-a.to) })
	for _, s := range edits {
		if s.from < 0 || s.to < s.from || s.to > len(doc) {
			return nil, errors.New("refused: cannot tell the place in the text")
		}
		doc = slices.Concat(doc[:s.from], []byte(s.text), doc[s.to:])
	}
	return doc, nil
}

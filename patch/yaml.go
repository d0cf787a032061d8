package patch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ApplyYAML carries out add, replace and remove on the text of ONE YAML document, with or without its "---" line.
// Only the lines that an operation is about change: comments, order, quotes, indentation, line ends and a missing
// final line break stay. New members and elements stand behind the last one, as block YAML with two spaces (lists
// as the document has them), or inside the braces of a flow collection. JSON text is edited as Apply does it.
//
// Promises: add and then remove of the same path gives back the same bytes; so does replacing a scalar on one line
// and replacing it back, if both values can be written with the quotes it has and the old one is spelled as
// ApplyYAML spells it. Removing a member removes comments inside it, and none outside.
//
// Refused with an error that names the line: places inside an anchor, behind an alias, in a mapping with a merge
// key or under a tag; keys that occur twice; several documents; text that the parser cannot read. After every
// operation the result is read again and compared with the same operation on the decoded document; if they differ
// the edit is refused.
func ApplyYAML(doc []byte, ops []Op) ([]byte, error) {
	if body := bytes.TrimPrefix(doc, []byte("\ufeff")); len(doc) <= maxYAML && json.Valid(body) {
		if first := bytes.TrimLeft(body, " \t\r\n"); first[0] == '{' || first[0] == '[' {
			out, err := Apply(body, ops)
			return append(doc[:len(doc)-len(body):len(doc)-len(body)], out...), err
		}
	}
	mark := len(doc) - len(bytes.TrimPrefix(doc, []byte("\ufeff")))
	current := slices.Clone(doc[mark:])
	root, err := readYAML(current)
	if err != nil {
		return nil, err
	}
	says, err := treeJSON(current, root)
	if err != nil {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	for i, op := range ops {
		wanted, err := Apply(says, []Op{op})
		if err != nil {
			return nil, err
		}
		if current, err = editYAML(current, root, op); err == nil {
			root, says, err = readBack(current, wanted)
		}
		if err != nil {
			return nil, fmt.Errorf("operation %d, %s %q: %w", i+1, op.Op, op.Path, err)
		}
	}
	return append(doc[:mark:mark], current...), nil
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
	if equal, err := SameJSON(says, wanted); err != nil || !equal {
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

func editYAML(doc []byte, root *yaml.Node, op Op) ([]byte, error) {
	path, err := ParsePointer(op.Path)
	if err != nil {
		return nil, err
	}
	if len(path) == 0 || root == nil {
		return nil, errors.New("refused: a whole YAML document is not edited in place")
	}
	var v *value
	if op.Op != Remove {
		if v, err = readValue(op.Value); err != nil {
			return nil, err
		}
	}
	e := &editor{text: newText(doc)}
	e.write.indentLists = indentsLists(root)
	at, err := e.reach(root, path)
	if err != nil {
		return nil, err
	}
	var edits []splice
	switch {
	case op.Op == Remove:
		edits, err = e.remove(at)
	case op.Op == Replace || at.exists && at.node.Kind == yaml.MappingNode:
		edits, err = e.replace(at, v)
	default:
		edits, err = e.add(at, path[len(path)-1], v)
	}
	if err != nil {
		return nil, err
	}
	// from the back to the front; where two start together the one that deletes goes first
	slices.SortFunc(edits, func(a, b splice) int { return cmp.Or(b.from-a.from, b.to-a.to) })
	for _, s := range edits {
		if s.from < 0 || s.to < s.from || s.to > len(doc) {
			return nil, errors.New("refused: cannot tell the place in the text")
		}
		doc = slices.Concat(doc[:s.from], []byte(s.text), doc[s.to:])
	}
	return doc, nil
}

// site is where an operation acts: a collection, how it hangs in its own parent, and the child in question.
type site struct {
	node   *yaml.Node // the collection
	key    *yaml.Node // its key, if its parent is a mapping
	outer  int        // indentation of the block collection around it, -1 at the root
	child  int        // index into node.Content of the child's value; where it would be if it does not exist
	exists bool
}

// count is the number of members or elements of the collection.
func (s *site) count() int { return len(s.node.Content) / s.width() }

func (s *site) width() int {
	if s.node.Kind == yaml.MappingNode {
		return 2
	}
	return 1
}

// reach walks to the collection that holds the last segment and refuses ways on which an edit could reach further.
func (e *editor) reach(root *yaml.Node, path Path) (*site, error) {
	at := &site{node: root, outer: -1}
	for n, segment := range path {
		if err := guard(at.node); err != nil {
			return nil, err
		}
		at.child, at.exists = childOf(at.node, segment)
		if n == len(path)-1 {
			return at, e.explicit(at)
		}
		if !at.exists {
			return nil, fmt.Errorf("parent %q is absent", path[:n+1].Pointer())
		}
		next := &site{node: at.node.Content[at.child], outer: at.outer}
		if !isFlow(at.node) {
			next.outer = e.indentOf(at.node)
		}
		if at.node.Kind == yaml.MappingNode {
			next.key = at.node.Content[at.child-1]
		}
		at = next
	}
	return at, nil
}

// explicit refuses block mappings with a key behind a question mark, whose layout is not followed.
func (e *editor) explicit(at *site) error {
	if at.width() == 1 || isFlow(at.node) {
		return nil
	}
	for i := 0; i < len(at.node.Content); i += 2 {
		key := at.node.Content[i]
		if colon, err := e.colon(key, e.indentOf(at.node)); err != nil || colon == 0 {
			return fmt.Errorf("line %d: refused: an explicit key (?)", key.Line)
		}
	}
	return nil
}

func guard(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return fmt.Errorf("line %d: refused: the place is behind the alias *%s; edit what it stands for", n.Line, n.Value)
	case n.Anchor != "":
		return fmt.Errorf("line %d: refused: the place is inside the anchor &%s and the edit would show at its aliases too", n.Line, n.Anchor)
	case n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode:
		return fmt.Errorf("line %d: not a mapping or list", n.Line)
	case n.Style&yaml.TaggedStyle != 0:
		return fmt.Errorf("line %d: refused: the place is under the tag %s", n.Line, n.Tag)
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].ShortTag() == "!!merge" {
				return fmt.Errorf("line %d: refused: the place is in a mapping with a merge key (<<)", n.Content[i].Line)
			}
		}
	}
	return nil
}

// childOf returns the index of a child's value in n.Content, and where it would stand if there is none.
func childOf(n *yaml.Node, segment string) (int, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == segment {
				return i + 1, true
			}
		}
	case yaml.SequenceNode:
		if i, ok := listIndex(segment); ok {
			return i, i < len(n.Content)
		}
	}
	return len(n.Content), false
}

// indentsLists tells how the document's first list under a key stands: two spaces in, or at the key's column.
// Without one, lists stand at the column, as kubectl writes them.
func indentsLists(n *yaml.Node) bool {
	found, _ := firstList(n)
	return found
}

func firstList(n *yaml.Node) (indented, ok bool) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.SequenceNode && !isFlow(child) {
			return child.Column > n.Content[i-1].Column, true
		}
		if indented, ok = firstList(child); ok {
			return indented, ok
		}
	}
	return false, false
}

func indentLines(lines []string, column int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.Repeat(" ", column) + line
	}
	return out
}

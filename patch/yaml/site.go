package yaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

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
func (e *editor) reach(root *yaml.Node, path patch.Path) (*site, error) {
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
		if i, ok := scan.ListIndex(segment); ok {
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

// orphans refuses to take a node away that aliases elsewhere stand for.
func orphans(root, gone *yaml.Node) error {
	anchors := map[*yaml.Node]bool{}
	walk(gone, nil, func(n *yaml.Node) {
		if n.Anchor != "" {
			anchors[n] = true
		}
	})
	if len(anchors) == 0 {
		return nil
	}
	var err error
	walk(root, gone, func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode && anchors[n.Alias] && err == nil {
			err = fmt.Errorf("line %d: refused: the value is the anchor &%s, which an alias elsewhere stands for", n.Alias.Line, n.Value)
		}
	})
	return err
}

// walk visits the nodes below n, but for those of one.
func walk(n, but *yaml.Node, visit func(*yaml.Node)) {
	if n == but {
		return
	}
	visit(n)
	for _, child := range n.Content {
		walk(child, but, visit)
	}
}

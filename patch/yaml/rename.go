package yaml

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// rename gives a member another key, in the quotes that the key has.
func (e *editor) rename(root *yaml.Node, op patch.Op) (at *site, edits []splice, err error) {
	path, from, err := op.Renamed()
	if err != nil {
		return nil, nil, err
	}
	to := patch.Last(path)
	if at, err = e.reach(root, path[:len(path)-1].With(from)); err != nil {
		return nil, nil, err
	}
	if at.node.Kind != yaml.MappingNode || !at.exists {
		return nil, nil, fmt.Errorf("line %d: nothing to rename", at.node.Line)
	}
	if _, taken := childOf(at.node, to); taken {
		return nil, nil, fmt.Errorf("line %d: the key %q is there already", at.node.Line, to)
	}
	key := at.node.Content[at.child-1]
	if key.Anchor != "" || key.Style&yaml.TaggedStyle != 0 {
		return nil, nil, fmt.Errorf("line %d: refused: the key has an anchor or a tag", key.Line)
	}
	start, err := e.at(key)
	if err != nil {
		return nil, nil, err
	}
	end, err := e.end(key, at.outer)
	if err != nil {
		return nil, nil, err
	}
	write := writer{quoted: quotesOf(key)}
	return at, []splice{{start, end, write.str(to, isFlow(at.node))}}, nil
}

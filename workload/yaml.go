package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"weak"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// readYAML reads one YAML document: an object, or an object that holds others.
func readYAML(name string, p *part) ([]*Document, error) {
	root, err := parseNode(p.raw)
	isJSON := json.Valid(p.raw)
	if err != nil && !isJSON {
		// This parser names the line where things went wrong, the other one where the mapping around it began.
		if _, better := sigsyaml.YAMLToJSON(p.raw); better != nil {
			err = better
		}
		return nil, err
	}
	var lines lineOf
	if root != nil {
		if empty(root) {
			return nil, nil
		}
		if root.Kind != yaml.MappingNode && root.Kind != yaml.AliasNode {
			return nil, &placedError{line: p.line + root.Line - 1, err: errors.New("not a Kubernetes object: expected a mapping with apiVersion and kind")}
		}
		lines = linesOf(p.line, p.raw, root)
	}
	raw := p.raw
	if !isJSON {
		if raw, err = sigsyaml.YAMLToJSON(p.raw); err != nil {
			return nil, err
		}
	}
	r := reader{file: path.Base(name), lines: lines}
	return r.object(raw, nil, "", "", 0)
}

// keptNodes bounds the text, in bytes, whose nodes are parsed again where somebody asks for a line after they were dropped.
const keptNodes = 1 << 20

// linesOf tells the lines of a document from its nodes, which take many times the room of its text: of thousands of files
// they are not held. A large document's are, for they take long to make.
func linesOf(first int, raw []byte, root *yaml.Node) lineOf {
	if len(raw) > keptNodes {
		return func(at patch.Path) int { return first - 1 + nodeLine(root, at) }
	}
	held := weak.Make(root)
	return func(at patch.Path) int {
		n := held.Value()
		if n == nil {
			n, _ = parseNode(raw) // it was read without an error before
			held = weak.Make(n)
		}
		return first - 1 + nodeLine(n, at)
	}
}

// parseNode parses a document for its lines. nil without an error: there is nothing in it.
func parseNode(raw []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return &doc, nil
	}
	return doc.Content[0], nil
}

func empty(n *yaml.Node) bool {
	return n.Kind == 0 || n.Kind == yaml.DocumentNode || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// nodeLine follows a path as far as it leads and gives the line reached, from 1. A number that leads on from text is a
// line of that text, from 1: it can be told where the text is a literal block, which begins below its mark.
func nodeLine(n *yaml.Node, at patch.Path) int {
	line := n.Line
	for _, segment := range at {
		key, value := childNode(n, segment)
		if value == nil {
			if inside, err := strconv.Atoi(segment); err == nil && n.Kind == yaml.ScalarNode && n.Style&yaml.LiteralStyle != 0 {
				return n.Line + inside
			}
			return line
		}
		line, n = key.Line, value
	}
	return line
}

func childNode(n *yaml.Node, segment string) (key, value *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == segment {
				key, value = n.Content[i], n.Content[i+1] // of a key that stands twice the last wins
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return key, value
}

// broken wraps an error about one object with what it is and where it stands.
func (r *reader) broken(d *Document, at patch.Path, err error) error {
	at, err = patch.WrongType(at, err)
	what := d.Kind
	if d.Name != "" {
		what = fmt.Sprintf("%s %q", d.Kind, d.Name)
	}
	wrapped := fmt.Errorf("%s: %w", what, err)
	if r.lines == nil {
		return wrapped
	}
	return &placedError{line: r.lines(d.At.With(at...)), err: wrapped}
}

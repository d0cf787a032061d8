package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// Bounds on a YAML document: far above what an API server takes, low enough that no input takes long.
const (
	maxYAML  = 8 << 20 // bytes of one document
	maxDepth = 200     // levels of nesting
	maxAlias = 100_000 // nodes that aliases may add to those written
)

// readYAML parses one document. An empty one has no root.
func readYAML(doc []byte) (root *yaml.Node, err error) {
	// The parser is fed whatever a user has on disk; should it panic, that file is refused like any other it cannot read.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("read YAML: the parser failed: %v", r)
		}
	}()
	if len(doc) > maxYAML {
		return nil, fmt.Errorf("read YAML: the document has %d bytes, more than %d", len(doc), maxYAML)
	}
	if !utf8.Valid(doc) {
		return nil, errors.New("read YAML: the document is not UTF-8")
	}
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	var first, second yaml.Node
	if err := dec.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("read YAML: line %d: a second document begins; edit one at a time", second.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) != 1 {
		return nil, nil
	}
	return first.Content[0], nil
}

// treeJSON writes what a YAML document says as JSON. Aliases are expanded, merge keys stay members called "<<",
// dates and unknown tags are strings. Repeated keys and keys that are not scalars are errors.
func treeJSON(doc []byte, root *yaml.Node) ([]byte, error) {
	if root == nil {
		return []byte("null"), nil
	}
	w := &treeWriter{budget: len(doc) + maxAlias}
	if err := w.node(root, 0); err != nil {
		return nil, err
	}
	return w.out.Bytes(), nil
}

type treeWriter struct {
	out    bytes.Buffer
	budget int
}

func (w *treeWriter) node(n *yaml.Node, depth int) error {
	if w.budget--; w.budget < 0 {
		return fmt.Errorf("line %d: aliases make the document too large", n.Line)
	}
	if depth > maxDepth {
		return fmt.Errorf("line %d: nested more than %d deep", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.node(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		w.out.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				w.out.WriteByte(',')
			}
			if err := w.node(item, depth+1); err != nil {
				return err
			}
		}
		w.out.WriteByte(']')
		return nil
	}
	w.scalar(n)
	return nil
}

func (w *treeWriter) mapping(n *yaml.Node, depth int) error {
	seen := make(map[string]int, len(n.Content)/2)
	w.out.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: a key that is not a plain word", key.Line)
		}
		if line, twice := seen[key.Value]; twice {
			return fmt.Errorf("line %d: key %q is already on line %d", key.Line, key.Value, line)
		}
		seen[key.Value] = key.Line
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.out.Write(scan.Quote(key.Value))
		w.out.WriteByte(':')
		if err := w.node(n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

func (w *treeWriter) scalar(n *yaml.Node) {
	switch n.ShortTag() {
	case "!!null":
		w.out.WriteString("null")
		return
	case "!!bool", "!!int", "!!float":
		var value any
		if n.Decode(&value) == nil {
			switch v := value.(type) {
			case float64:
				if math.IsInf(v, 0) || math.IsNaN(v) {
					break
				}
				w.out.WriteString(strconv.FormatFloat(v, 'e', -1, 64))
				return
			case bool, int, int64, uint64:
				raw, err := json.Marshal(v)
				if err == nil {
					w.out.Write(raw)
					return
				}
			}
		}
	}
	w.out.Write(scan.Quote(n.Value))
}

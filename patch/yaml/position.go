package yaml

import (
	"encoding/json"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/internal/scan"
)

// Position returns the line and column, counted from 1 and in characters, of the key or list element at p in one
// YAML or JSON document, or of the deepest of its ancestors that exists. An alias is not followed. ok is false if
// the document cannot be read or says nothing.
func Position(doc []byte, p patch.Path) (line, column int, ok bool) {
	n, err := readYAML(doc)
	if err != nil {
		return positionJSON(doc, p)
	}
	if n == nil {
		return 0, 0, false
	}
	line, column = n.Line, n.Column
	for _, segment := range p {
		i, found := childOf(n, segment)
		if !found {
			break
		}
		place := n.Content[i]
		if n.Kind == yaml.MappingNode {
			place = n.Content[i-1]
		}
		line, column, n = place.Line, place.Column, n.Content[i]
	}
	return line, column, true
}

// positionJSON serves JSON that is no YAML, such as text indented with tabs. It gives the place of the value.
func positionJSON(doc []byte, p patch.Path) (line, column int, ok bool) {
	if !json.Valid(doc) {
		return 0, 0, false
	}
	for ; ; p = p[:len(p)-1] {
		if at := scan.Locate(doc, p); at.Start >= 0 {
			t := newText(doc)
			n := t.line(at.Start)
			return n + 1, utf8.RuneCount(doc[t.starts[n]:at.Start]) + 1, true
		}
		if len(p) == 0 {
			return 0, 0, false
		}
	}
}

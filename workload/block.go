package workload

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// replaceText makes the text at a path another one. In a literal block the lines are exchanged and the block stays
// one; elsewhere, and where the block would then say something else, the value is written anew.
func replaceText(doc []byte, at patch.Path, text string) ([]byte, error) {
	if root, err := parseNode(doc); err == nil {
		if n := nodeAt(root, at); n != nil && n.Kind == yaml.ScalarNode && n.Style&yaml.LiteralStyle != 0 && n.Anchor == "" {
			edited := exchangeBlock(doc, n.Line, text)
			if again, err := parseNode(edited); err == nil {
				if n := nodeAt(again, at); n != nil && n.Value == text {
					return edited, nil
				}
			}
		}
	}
	value, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return patch.ApplyYAML(doc, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: value}})
}

func nodeAt(n *yaml.Node, at patch.Path) *yaml.Node {
	for _, segment := range at {
		if n == nil || n.Kind == yaml.AliasNode {
			return nil // an edit behind an alias would show in other places
		}
		_, n = childNode(n, segment)
	}
	return n
}

// exchangeBlock puts text into the literal block whose mark stands in a line, from 1. Blank lines behind the block stay.
func exchangeBlock(doc []byte, mark int, text string) []byte {
	lines := bytes.SplitAfter(doc, []byte("\n"))
	if mark < 1 || mark >= len(lines) {
		return doc
	}
	indent, end := 0, mark
	for i := mark; i < len(lines); i++ {
		content := bytes.TrimLeft(lines[i], " ")
		if len(bytes.TrimRight(content, "\r\n")) == 0 {
			continue
		}
		deep := len(lines[i]) - len(content)
		if indent == 0 {
			indent = deep
		}
		if deep == 0 || deep < indent {
			break
		}
		end = i + 1
	}
	ending := "\n"
	if bytes.HasSuffix(lines[mark-1], []byte("\r\n")) {
		ending = "\r\n"
	}
	out := bytes.Join(lines[:mark], nil)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" {
			out = append(out, strings.Repeat(" ", indent)...)
		}
		out = append(append(out, line...), ending...)
	}
	return append(out, bytes.Join(lines[end:], nil)...)
}

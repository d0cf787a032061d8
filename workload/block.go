package workload

import (
	"bytes"
	"encoding/json"
	"slices"
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

// exchangeBlock puts text into the literal block whose mark stands in a line, from 1. Lines that the block has already stay
// as they are, spaces in blank ones too, and so do blank lines behind the block.
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
	held := lines[mark:end]
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if i := slices.IndexFunc(held, func(l []byte) bool { return says(l, indent) == line }); i >= 0 && bytes.HasSuffix(held[i], []byte("\n")) {
			out = append(out, held[i]...)
			held = held[i+1:]
			continue
		}
		if line != "" {
			out = append(out, strings.Repeat(" ", indent)...)
		}
		out = append(append(out, line...), ending...)
	}
	return append(out, bytes.Join(lines[end:], nil)...)
}

// says is the text of a line of a block that stands so deep.
func says(line []byte, indent int) string {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < indent {
		return ""
	}
	return string(line[indent:])
}

package document

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
)

// LosesStyle is why a text is not edited: it would not be written as it was.
const LosesStyle = ": refused: its text would lose its format; write it as a block (|)"

// ReplaceText makes the text at a path another one, in the style that it is written in: where that cannot be the edit is
// refused. With undo it is, too, where the former text could not be given back byte for byte.
func ReplaceText(doc []byte, at patch.Path, text string, undo bool) ([]byte, error) {
	replace := func(doc []byte, text string) ([]byte, error) {
		return patchyaml.Apply(doc, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(text)}})
	}
	edited, err := replace(doc, text)
	if err != nil {
		return nil, err
	}
	before, after := scalar(doc, at), scalar(edited, at)
	if before == nil || after == nil {
		return edited, nil
	}
	kept := before.Style == after.Style
	if kept && undo {
		back, err := replace(edited, before.Value)
		kept = err == nil && bytes.Equal(back, doc)
	}
	if !kept {
		return nil, errors.New(at.Field() + LosesStyle)
	}
	return edited, nil
}

// TextAt is the text at a place of a document.
func TextAt(doc []byte, at patch.Path) (text string, ok bool) {
	n := scalar(doc, at)
	if n == nil {
		return "", false
	}
	return n.Value, true
}

// Inside tells the line of a text, from 1, at which a place of the object stands that the text holds.
func Inside(text string) func(at patch.Path) (line int) {
	root, err := Nodes([]byte(text))
	return func(at patch.Path) int {
		if err != nil {
			return 1
		}
		line, _ := nodePosition(root, at)
		return line
	}
}

// GivesBack says whether the text at a path could be given back as it stands once an option was put behind it; true where it
// is not there. An error is why the edit itself cannot be.
func GivesBack(doc []byte, at patch.Path, option string) (bool, error) {
	n := scalar(doc, at)
	if n == nil {
		return true, nil
	}
	edited, err := patchyaml.Apply(doc, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(n.Value + option)}})
	if err == nil {
		edited, err = patchyaml.Apply(edited, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(n.Value)}})
	}
	if err != nil {
		return false, err
	}
	if n.Style == 0 {
		if bare := Unquote(edited, at); bare != nil {
			edited = bare
		}
	}
	return bytes.Equal(edited, doc), nil
}

// Plain says of texts of a document whether they stand without quotes.
func Plain(doc []byte) func(at patch.Path) bool {
	root, err := Nodes(doc)
	return func(at patch.Path) bool {
		if err != nil {
			return false
		}
		n := nodeAt(root, at)
		return n != nil && n.Kind == yaml.ScalarNode && n.Style == 0
	}
}

// NullAs tells how nulls of a document are spelled.
func NullAs(doc []byte) func(at patch.Path) patch.Null {
	root, err := Nodes(doc)
	return func(at patch.Path) patch.Null {
		if err != nil {
			return patch.NullWord
		}
		n := nodeAt(root, at)
		if n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() != "!!null" {
			return patch.NullWord
		}
		return patch.NullOf(n.Value)
	}
}

// Unquote writes a text without quotes that has got some because what stood behind it asked for them. nil where it has
// none, or would not say the same.
func Unquote(doc []byte, at patch.Path) []byte {
	root, err := Nodes(doc)
	if err != nil {
		return nil
	}
	n := nodeAt(root, at)
	if n == nil || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
		return nil
	}
	lines := bytes.SplitAfter(doc, []byte("\n"))
	if n.Line > len(lines) || n.Column > len(lines[n.Line-1]) {
		return nil
	}
	line := lines[n.Line-1]
	before, rest := line[:n.Column-1], line[n.Column-1:]
	for _, quote := range []string{`"`, "'"} {
		if behind, ok := bytes.CutPrefix(rest, []byte(quote+n.Value+quote)); ok {
			lines[n.Line-1] = bytes.Join([][]byte{before, []byte(n.Value), behind}, nil)
			edited := bytes.Join(lines, nil)
			if again, err := Nodes(edited); err == nil {
				if m := nodeAt(again, at); m != nil && m.Value == n.Value && m.Style == 0 {
					return edited
				}
			}
		}
	}
	return nil
}

// scalar is a text that stands in a document; nil where it does not, and in JSON that the parser of YAML does not read.
func scalar(doc []byte, at patch.Path) *yaml.Node {
	root, err := Nodes(doc)
	if err != nil {
		return nil
	}
	if n := nodeAt(root, at); n != nil && n.Kind == yaml.ScalarNode {
		return n
	}
	return nil
}

func nodeAt(n *yaml.Node, at patch.Path) *yaml.Node {
	for _, segment := range at {
		if n == nil || n.Kind == yaml.AliasNode {
			return nil // an edit behind an alias would show in other places
		}
		_, n = child(n, segment)
	}
	return n
}

package workload

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
)

// replaceText makes the text at a path another one, in the style that it is written in: where that cannot be the edit is
// refused. With undo it is, too, where the former text could not be given back byte for byte.
func replaceText(doc []byte, at patch.Path, text string, undo bool) ([]byte, error) {
	replace := func(doc []byte, text string) ([]byte, error) {
		return patchyaml.Apply(doc, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(text)}})
	}
	edited, err := replace(doc, text)
	if err != nil {
		return nil, err
	}
	before, after := scalarAt(doc, at), scalarAt(edited, at)
	if before == nil || after == nil {
		return edited, nil
	}
	kept := before.Style == after.Style
	if kept && undo {
		back, err := replace(edited, before.Value)
		kept = err == nil && bytes.Equal(back, doc)
	}
	if !kept {
		return nil, errors.New(at.Field() + whyStyle)
	}
	return edited, nil
}

// scalarAt is a text that stands in a document; nil where it does not, and in JSON that the parser of YAML does not read.
func scalarAt(doc []byte, at patch.Path) *yaml.Node {
	root, err := parseNode(doc)
	if err != nil {
		return nil
	}
	if n := nodeAt(root, at); n != nil && n.Kind == yaml.ScalarNode {
		return n
	}
	return nil
}

const whyStyle = ": refused: its text would lose the way it is written in; write it as a block (|)"

// returns says why a text could not be given back as it stands once an option was put behind it; "" where it can be, or
// is not in the file yet.
func (f *File) returns(d *Document, at patch.Path, option string) (why string) {
	raw := f.parts[d.part].raw
	at = d.At.With(at...)
	n := scalarAt(raw, at)
	if n == nil {
		return ""
	}
	edited, err := patchyaml.Apply(raw, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(n.Value + option)}})
	if err == nil {
		edited, err = patchyaml.Apply(edited, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: quoted(n.Value)}})
	}
	if err != nil {
		return Reason(f.refused(d, err))
	}
	if n.Style == 0 {
		if bare := unquote(edited, at); bare != nil {
			edited = bare
		}
	}
	if !bytes.Equal(edited, raw) {
		return at.Field() + whyStyle
	}
	return ""
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

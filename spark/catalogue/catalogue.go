// Package catalogue reads facts of images as users write them, in the webhook's settings.
package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// imageFields are the fields of an entry, as its tags name them.
var imageFields = []string{"match", "uid", "passwd", "java", "spark", "entrypoint", "libc", "arch", "jmxExporter", "sum"}

// Parse reads facts of images, as a list or as a mapping with the key images, which is what explain image prints.
// An error names the line.
func Parse(text []byte) (spark.Catalogue, error) {
	var document, more yamlv3.Node
	decoder := yamlv3.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one document: write one list")
	}
	list := document.Content[0]
	if list.Kind == yamlv3.MappingNode {
		var inner *yamlv3.Node
		if err := fields(list, []string{"images"}, func(_, value *yamlv3.Node) error { inner = value; return nil }); err != nil {
			return nil, err
		}
		if list = inner; list == nil {
			return nil, nil
		}
	}
	if list.Tag == "!!null" {
		return nil, nil
	}
	if list.Kind != yamlv3.SequenceNode {
		return nil, fmt.Errorf("line %d: must be a list of images", list.Line)
	}
	var out spark.Catalogue
	for _, node := range list.Content {
		entry, err := imageEntry(node)
		if err != nil {
			return nil, err
		}
		out = append(out, entry)
	}
	return out, nil
}

func imageEntry(node *yamlv3.Node) (spark.Image, error) {
	var entry spark.Image
	if node.Kind != yamlv3.MappingNode {
		return entry, fmt.Errorf("line %d: must be an image with the field match", node.Line)
	}
	err := fields(node, imageFields, func(key, value *yamlv3.Node) error {
		if value.Kind != yamlv3.ScalarNode {
			return fmt.Errorf("line %d: %s must be one value", value.Line, key.Value)
		}
		one, err := yamlv3.Marshal(&yamlv3.Node{Kind: yamlv3.MappingNode, Content: []*yamlv3.Node{key, value}})
		if err == nil {
			err = yaml.UnmarshalStrict(one, &entry)
		}
		if err != nil {
			return fmt.Errorf("line %d: %s %q: %w", value.Line, key.Value, value.Value, plainly(err))
		}
		return nil
	})
	if err != nil {
		return entry, err
	}
	if entry.Match == "" {
		return entry, fmt.Errorf("line %d: match is missing: the repository that it is about", node.Line)
	}
	if err := entry.Validate(); err != nil {
		return entry, fmt.Errorf("line %d: %w", node.Line, err)
	}
	return entry, nil
}

// plainly is the last part of a decoder's error, which is about the value.
func plainly(err error) error {
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		text = text[at+2:]
	}
	return errors.New(text)
}

// fields visits the keys of a mapping, each of which has to be one of the known ones, once.
func fields(mapping *yamlv3.Node, known []string, visit func(key, value *yamlv3.Node) error) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if seen[key.Value] {
			return fmt.Errorf("line %d: %s is there twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := spelling.Unknown("field", key.Value, known...); err != nil {
			return fmt.Errorf("line %d: %w", key.Line, err)
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

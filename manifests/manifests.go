// Package manifests holds what install applies: YAML files that are embedded, read into objects, and completed from
// options. No text is templated.
//
// Options say what is wanted; Server and WebhookConfiguration make the objects; Read gives the options of a live
// configuration again. Names that others agree on are in names.go.
package manifests

import (
	"bytes"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// Object is an object with its metadata; its JSON names its kind.
type Object interface {
	metav1.Object
	runtime.Object
}

// JSON is an object as it is applied: without the status and the empty fields that Go's types always write.
func JSON(o Object) ([]byte, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	delete(fields, "status")
	prune(fields)
	return json.Marshal(fields)
}

// prune takes out null values, and the empty maps that stand for zero structs. An emptyDir is one that means something.
func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if m, ok := value.(map[string]any); value == nil || ok && len(m) == 0 && (key == "resources" || key == "strategy" || key == "metadata") {
				delete(v, key)
				continue
			}
			prune(value)
		}
	case []any:
		for _, item := range v {
			prune(item)
		}
	}
}

// Reference names an object for people: its kind, its name and the namespace that it stands in.
func Reference(o Object) string {
	name := o.GetObjectKind().GroupVersionKind().Kind + "/" + o.GetName()
	if o.GetNamespace() != "" {
		name += " in " + o.GetNamespace()
	}
	return name
}

// YAML writes objects as a stream of documents.
func YAML(objects []Object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		text, err := JSON(o)
		if err != nil {
			return nil, err
		}
		if text, err = yaml.JSONToYAML(text); err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

// typed is an embedded object in Go's type of its kind.
func typed[T any](from *unstructured.Unstructured) *T {
	into := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(from.Object, into, true); err != nil {
		panic(err) // an embedded file, which a test reads
	}
	return into
}

// read splits an embedded file into its objects.
func read(text []byte) (out []*unstructured.Unstructured) {
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		must(document, &object.Object)
		out = append(out, object)
	}
	return out
}

// must reads an embedded file; a test reads them all.
func must(text []byte, into any) {
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		panic(fmt.Errorf("embedded manifest: %w", err))
	}
}

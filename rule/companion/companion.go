// Package companion is an object that should exist beside a workload and does not, such as a PodMonitor. A rule makes one of a manifest
// with [Read] and asks for it by the verb Companion. Whoever makes the change creates the object.
package companion

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// What every companion is marked with: who made it, the rule that wanted it, and what it is for.
const (
	ManagedBy      = "app.kubernetes.io/managed-by"
	Manager        = "kubectl-spark"
	CodeLabel      = "kubectl-spark.io/companion"
	ForAnnotation  = "kubectl-spark.io/companion-for"
	metadata       = "metadata"
	maxDescription = 1 << 10
)

// Object is one that should exist.
type Object struct {
	APIVersion string
	Kind       string
	Namespace  string // "" in files that name none
	ObjectName string
	Code       string // of the rule that wants it
	Mark       string // the code that its label has, where several rules want the same object; "": Code
	For        string // what it is for: drivers in namespace payments
	Content    map[string]any
	// Labels says that the object exists, and is only given the labels in Content: a Namespace. It gets no marks.
	Labels bool
}

// Read makes an object of a manifest.
func Read(manifest []byte) (*Object, error) {
	o := &Object{Content: map[string]any{}}
	if err := yaml.UnmarshalStrict(manifest, &o.Content); err != nil {
		return nil, fmt.Errorf("read the manifest of a companion: %w", err)
	}
	o.APIVersion, _ = o.Content["apiVersion"].(string)
	o.Kind, _ = o.Content["kind"].(string)
	if o.APIVersion == "" || o.Kind == "" {
		return nil, fmt.Errorf("read the manifest of a companion: apiVersion or kind is missing")
	}
	return o, nil
}

// Set sets a field, and makes the objects that lead to it.
func (o *Object) Set(value any, at ...string) {
	in := o.Content
	for _, key := range at[:len(at)-1] {
		next, is := in[key].(map[string]any)
		if !is {
			next = map[string]any{}
			in[key] = next
		}
		in = next
	}
	in[at[len(at)-1]] = value
}

// Call names the object, and says what it is for.
func (o *Object) Call(namespace, name, purpose string) {
	o.Namespace, o.ObjectName, o.For = namespace, name, purpose
}

// Marks are the labels of every companion that the rule wants.
func Marks(code string) map[string]string {
	return map[string]string{ManagedBy: Manager, CodeLabel: code}
}

// Name is what people call the object: PodMonitor spark-drivers.
func (o *Object) Name() string { return o.Kind + " " + o.ObjectName }

// JSON is the object with its marks, as it is created.
func (o *Object) JSON() ([]byte, error) {
	raw, err := json.Marshal(o.Content)
	if err != nil {
		return nil, err
	}
	marked := &Object{}
	if err := json.Unmarshal(raw, &marked.Content); err != nil {
		return nil, err
	}
	marked.Set(o.ObjectName, metadata, "name")
	if o.Namespace != "" {
		marked.Set(o.Namespace, metadata, "namespace")
	}
	if o.Labels {
		return json.Marshal(marked.Content)
	}
	for key, value := range Marks(cmp.Or(o.Mark, o.Code)) {
		marked.Set(value, metadata, "labels", key)
	}
	if o.For != "" {
		marked.Set(o.For[:min(len(o.For), maxDescription)], metadata, "annotations", ForAnnotation)
	}
	return json.Marshal(marked.Content)
}

// YAML is the object as a file of its own.
func (o *Object) YAML() ([]byte, error) {
	raw, err := o.JSON()
	if err != nil {
		return nil, err
	}
	return yaml.JSONToYAML(raw)
}

// File is a name for a file of the object: podmonitor-spark-drivers.yaml.
func (o *Object) File() string { return strings.ToLower(o.Kind) + "-" + o.ObjectName + ".yaml" }

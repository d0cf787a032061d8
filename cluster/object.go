package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/cluster/protobuf"
	"github.com/kubectl-spark/kubectl-spark/life/model"
)

// Object is one object as the server gave it.
type Object struct {
	kind    kind
	raw     []byte
	compact bool // raw is protobuf

	alike *alike
}

// alike is what Alike tells.
type alike struct {
	key  protobuf.Key
	name string
	ok   bool
}

// JSON is the object as JSON. What it was read from is let go.
func (o *Object) JSON() ([]byte, error) {
	if o.compact {
		raw, err := protobuf.JSON(o.kind.of(), o.raw)
		if err != nil {
			return nil, fmt.Errorf("read an object of %s: %w", o.kind.resource, err)
		}
		o.raw, o.compact = raw, false
	}
	return withKind(o.kind, o.raw), nil
}

// Alike names a pod and gives it a key that pods share which differ in nothing but names and are in the same phase. Nothing else
// has one.
func (o *Object) Alike() (key protobuf.Key, name string, ok bool) {
	if o.alike == nil {
		o.alike = &alike{}
		if o.kind.kind == "Pod" && o.compact {
			var err error
			o.alike.key, o.alike.name, err = protobuf.Alike(o.raw)
			o.alike.ok = err == nil
		}
	}
	return o.alike.key, o.alike.name, o.alike.ok
}

// Happened is a pod's metadata and status where these may tell that something happened to it; nil for one that is well, and for
// anything else. It is asked before JSON.
func (o *Object) Happened() *corev1.Pod {
	if o.kind.kind != "Pod" {
		return nil
	}
	pod := &corev1.Pod{}
	var err error
	switch {
	case o.compact && !protobuf.Happened(o.raw):
		return nil
	case o.compact:
		err = protobuf.Status(o.raw, pod)
	case !model.Happened(o.raw):
		return nil
	default:
		err = kjson.Unmarshal(o.raw, pod)
	}
	if err != nil {
		return nil // who reads the whole of it says so
	}
	return pod
}

// decode reads the object into one of its type.
func (o *Object) decode(into any) error {
	if o.compact {
		return protobuf.Decode(o.raw, into)
	}
	return kjson.Unmarshal(o.raw, into)
}

func (o *Object) mentionsSpark() bool {
	return bytes.Contains(o.raw, []byte("spark")) || bytes.Contains(o.raw, []byte("SPARK"))
}

func (k kind) of() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.group, Version: k.version, Kind: k.kind}
}

// accepted is the form in which a list is asked for. Custom resources have no other than JSON.
func accepted(k kind, named, compact bool) string {
	switch {
	case named:
		return protobuf.NamesType
	case compact && protobuf.Has(k.of()):
		return protobuf.ListType
	}
	return runtime.ContentTypeJSON
}

// split cuts an answer into its objects.
func split(k kind, answer []byte) (objects []*Object, next string, err error) {
	if protobuf.Is(answer) {
		items, next, err := protobuf.Split(answer)
		if err != nil {
			return nil, "", fmt.Errorf("read the list of %s: %w", k.resource, err)
		}
		for _, item := range items {
			objects = append(objects, &Object{kind: k, raw: item, compact: true})
		}
		return objects, next, nil
	}
	var list struct {
		Metadata metav1.ListMeta   `json:"metadata"`
		Items    []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, "", fmt.Errorf("read the list of %s: %w", k.resource, err)
	}
	for _, item := range list.Items {
		objects = append(objects, &Object{kind: k, raw: item})
	}
	return objects, list.Metadata.Continue, nil
}

// whole says whether nothing is lost of those objects that may be about Spark. Of pods that are alike the first is looked at.
func (r *Reader) whole(objects []*Object) bool {
	seen := map[protobuf.Key]bool{}
	for _, o := range objects {
		if !o.compact || !o.mentionsSpark() {
			continue
		}
		if key, _, ok := o.Alike(); ok {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		if !r.shapes.Whole(o.kind.of(), o.raw) {
			return false
		}
	}
	return true
}

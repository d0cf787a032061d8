package cluster

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespaces are the names of the namespaces, as far as they may be read.
func (r *Reader) Namespaces(ctx context.Context) (names []string) {
	// It serves completion: what cannot be read is not offered.
	_, _ = r.List(ctx, "v1", "Namespace", Scope{}, func(raw []byte) error {
		var one metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		names = append(names, one.Name)
		return nil
	})
	return names
}

// Names are those of the objects of a type that the server has named, at most as many as most: what cannot be read is left out.
func (r *Reader) Names(ctx context.Context, m *meta.RESTMapping, namespace string, most int) (names []string) {
	if m.Scope.Name() == meta.RESTScopeNameRoot {
		namespace = ""
	}
	// They serve a hint: an error ends the list.
	_ = r.pages(ctx, mapped(m), Scope{Namespace: namespace}, reading{limit: page, named: true}, func(objects []*Object) error {
		for _, o := range objects {
			var one metav1.PartialObjectMetadata
			if err := o.decode(&one); err != nil {
				return err
			}
			if names = append(names, one.Name); len(names) >= most {
				return ErrEnough
			}
		}
		return nil
	})
	return names
}

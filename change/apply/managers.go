package apply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
)

// manager is an entry of an object's managedFields.
type manager struct {
	metav1.ManagedFieldsEntry
	fields *fieldpath.Set
}

// managers tell who set which field of an object, and by what its lists are merged.
type managers struct {
	all  []manager
	any  *fieldpath.Set // of all of them
	live []byte
}

// managersOf reads an object's managedFields.
func managersOf(live []byte) (*managers, error) {
	var object metav1.PartialObjectMetadata
	if err := json.Unmarshal(live, &object); err != nil {
		return nil, err
	}
	m := &managers{any: fieldpath.NewSet(), live: live}
	for _, entry := range object.ManagedFields {
		if entry.Subresource != "" || entry.FieldsV1 == nil {
			continue
		}
		fields := fieldpath.NewSet()
		if err := fields.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err != nil {
			return nil, fmt.Errorf("managedFields of %q: %w", entry.Manager, err)
		}
		m.all, m.any = append(m.all, manager{entry, fields}), m.any.Union(fields)
	}
	return m, nil
}

// isKubectl says of a manager that it is kubectl in somebody's hands, which set a field once: it does not come back by itself.
func isKubectl(name string) bool {
	return name == "kubectl" || strings.HasPrefix(name, "kubectl-") || name == "before-first-apply"
}

// updated says whether a manager set fields otherwise than by server-side apply.
func (m *managers) updated(name string) bool {
	return slices.ContainsFunc(m.all, func(one manager) bool {
		return one.Manager == name && one.Operation == metav1.ManagedFieldsOperationUpdate
	})
}

// path is a place of an object in the words of managedFields. A list that the server takes as a whole ends it.
func (m *managers) path(object []byte, at patch.Path) fieldpath.Path {
	out, known := fieldpath.Path{}, m.any
	for i, segment := range at {
		element := fieldpath.FieldNameElement(segment)
		if list, ok := patch.Lookup(object, at[:i]); ok && len(list) > 0 && list[0] == '[' {
			key := keyOf(known, object, at[:i+1])
			if key == nil {
				return out
			}
			element = *key
		}
		out = append(out, element)
		if known != nil {
			known, _ = known.Children.Get(element)
		}
	}
	return out
}

// keyOf is an element of a list in the words of managedFields; nil where the server takes the list as a whole, or nobody knows.
func keyOf(known *fieldpath.Set, object []byte, at patch.Path) (key *fieldpath.PathElement) {
	if known == nil {
		return nil
	}
	seen := func(e fieldpath.PathElement) {
		if key != nil || e.Key == nil {
			return
		}
		var pairs []any
		for _, field := range *e.Key {
			raw, found := patch.Lookup(object, append(slices.Clone(at), field.Name))
			var value any
			if !found || json.Unmarshal(raw, &value) != nil {
				return
			}
			if number, is := value.(float64); is {
				value = int64(number)
			}
			pairs = append(pairs, field.Name, value)
		}
		made := fieldpath.KeyElementByFields(pairs...)
		key = &made
	}
	known.Members.Iterate(seen)
	known.Children.Iterate(seen)
	return key
}

// of are the fields that operations change and that others than a manager own.
func (m *managers) of(before, after []byte, ops []patch.Op, self string) (all []cluster.Conflict) {
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			continue
		}
		object := after
		if op.Op == patch.Remove {
			object = before
		}
		path := m.path(object, at)
		for _, one := range m.all {
			c := cluster.Conflict{Field: at.Field(), Manager: one.Manager}
			if one.Manager != self && m.owns(one.fields, path) && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// owns says whether a set of fields holds a place, something below it, or a list or map around it that is owned as a whole.
func (m *managers) owns(fields *fieldpath.Set, path fieldpath.Path) bool {
	for i, element := range path {
		below, has := fields.Children.Get(element)
		if i == len(path)-1 {
			return fields.Members.Has(element) || has
		}
		if !has {
			return fields.Members.Has(element) && !m.empty(path[:i+1])
		}
		fields = below
	}
	return false
}

// empty says that an empty map stands at a place: who owns that owns nothing that is put into it.
func (m *managers) empty(path fieldpath.Path) bool {
	var object any
	if json.Unmarshal(m.live, &object) != nil {
		return false
	}
	value, _ := valueAt(object, path)
	held, is := value.(map[string]any)
	return is && len(held) == 0
}

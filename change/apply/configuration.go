package apply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// expressible says whether server-side apply can carry the change: it sets fields, and removes none that another manager set. What
// the manager applied before under another version of the API cannot be repeated, and leaving it out would remove it.
func (m *managers) expressible(o *Object) bool {
	if slices.ContainsFunc(o.Operations, func(op patch.Op) bool { return op.Op == patch.Remove }) {
		return false
	}
	if slices.ContainsFunc(m.all, func(one manager) bool {
		return one.Manager == o.options.Manager && one.Operation == "Apply" && one.APIVersion != o.APIVersion
	}) {
		return false
	}
	_, err := m.configuration(o)
	return err == nil
}

// configuration is what server-side apply takes: the fields that the change sets, and those that the manager applied before,
// which would be removed if they were left out.
func (m *managers) configuration(o *Object) ([]byte, error) {
	wanted := o.wanted()
	var object any
	if err := decode(wanted, &object); err != nil {
		return nil, err
	}
	var paths []fieldpath.Path
	for _, one := range m.all {
		if one.Manager == o.options.Manager && one.Operation == "Apply" {
			one.fields.Leaves().Iterate(func(p fieldpath.Path) { paths = append(paths, p.Copy()) })
		}
	}
	for _, op := range o.Operations {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		paths = append(paths, m.path(wanted, at))
	}
	var config any = map[string]any{}
	for _, path := range paths {
		held, found := valueAt(object, path)
		if !found {
			continue
		}
		var err error
		if config, err = put(config, path, held); err != nil {
			return nil, err
		}
	}
	whole := config.(map[string]any)
	meta, _ := whole["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	whole["apiVersion"], whole["kind"], whole["metadata"] = o.APIVersion, o.Kind, meta
	meta["name"], meta["uid"], meta["resourceVersion"] = o.Target.Name, o.UID, lookup(o.live, "metadata", "resourceVersion")
	if o.Namespace != "" {
		meta["namespace"] = o.Namespace
	}
	return json.Marshal(whole)
}

func decode(raw []byte, into *any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// valueAt is what stands at a place of an object.
func valueAt(object any, path fieldpath.Path) (held any, found bool) {
	for _, element := range path {
		switch {
		case element.FieldName != nil:
			fields, is := object.(map[string]any)
			if !is {
				return nil, false
			}
			if object, found = fields[*element.FieldName]; !found {
				return nil, false
			}
		case element.Key != nil:
			list, _ := object.([]any)
			i := slices.IndexFunc(list, func(one any) bool { return hasKey(one, *element.Key) })
			if i < 0 {
				return nil, false
			}
			object = list[i]
		default:
			return nil, false
		}
	}
	return object, true
}

// hasKey says whether an element of a list has a key of managedFields.
func hasKey(one any, key value.FieldList) bool {
	fields, is := one.(map[string]any)
	return is && !slices.ContainsFunc(key, func(f value.Field) bool { return fmt.Sprint(fields[f.Name]) != fmt.Sprint(f.Value.Unstructured()) })
}

// put is a configuration with a value at a place.
func put(config any, path fieldpath.Path, held any) (any, error) {
	if len(path) == 0 {
		return held, nil
	}
	element := path[0]
	switch {
	case element.FieldName != nil:
		fields, is := config.(map[string]any)
		if !is {
			fields = map[string]any{}
		}
		below, err := put(fields[*element.FieldName], path[1:], held)
		if err != nil {
			return nil, err
		}
		fields[*element.FieldName] = below
		return fields, nil
	case element.Key != nil:
		list, _ := config.([]any)
		i := slices.IndexFunc(list, func(one any) bool { return hasKey(one, *element.Key) })
		if i < 0 {
			one := map[string]any{}
			for _, field := range *element.Key {
				one[field.Name] = field.Value.Unstructured()
			}
			list, i = append(list, one), len(list)
		}
		below, err := put(list[i], path[1:], held)
		if err != nil {
			return nil, err
		}
		list[i] = below
		return list, nil
	}
	return nil, fmt.Errorf("%s is an element that has no key", path)
}

// Package origin tells what of an object came with the request that creates it. The API server lists the fields of a request in
// metadata.managedFields before it calls webhooks, and adds nothing to the list for what they change. So an annotation that the
// list lacks was written by a webhook, and no sender can forge it: whatever a request holds is listed. Start reading at [Names].
package origin

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Names says whether the managedFields hold the name of a member, wherever: then it may have come with the request.
func Names(managedFields []byte, member string) bool {
	return bytes.Contains(managedFields, []byte(`"f:`+member+`"`))
}

// Fields are the fields of a request, in the form of FieldsV1: "f:name" for a member, "k:{...}" for an element of a list by its keys,
// "v:..." for one that is a value. A field with no fields below it came whole.
type Fields map[string]any

// Read reads the managedFields of an object; ok is false where they tell nothing.
func Read(managedFields []byte) (all Fields, ok bool) {
	var entries []struct {
		Fields Fields `json:"fieldsV1"`
	}
	if json.Unmarshal(managedFields, &entries) != nil {
		return nil, false
	}
	all = Fields{}
	for _, e := range entries {
		all.join(e.Fields)
	}
	return all, len(all) > 0
}

func (f Fields) join(other Fields) {
	for key := range other {
		if own := f.below(key); own != nil {
			own.join(other.below(key))
		} else {
			f[key] = map[string]any(other.below(key))
		}
	}
}

func (f Fields) below(key string) Fields {
	fields, _ := f[key].(map[string]any)
	return fields
}

// Places are places of an object: members by their keys, elements of lists by their indexes. One without any below it is meant whole.
type Places map[string]Places

// Add adds a place. What stands below one that is meant whole is in it.
func (p Places) Add(path []string) {
	for i, segment := range path {
		below, has := p[segment]
		if has && len(below) == 0 {
			return
		}
		if !has || i == len(path)-1 {
			below = Places{}
			p[segment] = below
		}
		p = below
	}
}

// Only is the object with what came with the request and what stands at the places, and nothing else.
func (f Fields) Only(object any, also Places) any {
	switch object := object.(type) {
	case map[string]any:
		out := make(map[string]any, len(object))
		for key, value := range object {
			f.keep("f:"+key, also[key], value, func(value any) { out[key] = value })
		}
		return out
	case []any:
		out := make([]any, 0, len(object))
		key := f.elements()
		for i, value := range object {
			f.keep(key(value), also[strconv.Itoa(i)], value, func(value any) { out = append(out, value) })
		}
		return out
	}
	return object
}

func (f Fields) keep(key string, also Places, value any, take func(any)) {
	_, sent := f[key]
	switch below := f.below(key); {
	case sent && len(below)+len(also) == 0 && !listed[key], also != nil && len(also) == 0:
		take(value)
	case sent, also != nil:
		take(below.Only(value, also))
	}
}

// listed are objects of a pod whose members are all listed: without any they came empty, where another came whole. The API server
// sets an empty security context of each pod.
var listed = map[string]bool{"f:securityContext": true, "f:resources": true}

// Has says whether the place of an object came with the request, as such and not as a part of what came whole.
func (f Fields) Has(object any, place []string) bool {
	for _, segment := range place {
		key := "f:" + segment
		switch node := object.(type) {
		case map[string]any:
			object = node[segment]
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(node) {
				return false
			}
			object = node[i]
			key = f.elements()(object)
		}
		if _, sent := f[key]; !sent {
			return false
		}
		f = f.below(key)
	}
	return len(place) > 0
}

// keys tell the elements of a pod's lists apart. A sender may list any others, as many as it likes.
var keys = [][]string{{"name"}, {"mountPath"}, {"devicePath"}, {"containerPort", "protocol"}, {"uid"}}

// elements gives the keys of elements of a list; "" for one that is not listed.
func (f Fields) elements() (key func(value any) string) {
	byKey := map[string]string{}
	for key := range f {
		kind, text, _ := strings.Cut(key, ":")
		var value any
		if (kind == "k" || kind == "v") && json.Unmarshal([]byte(text), &value) == nil {
			byKey[written(value)] = key
		}
	}
	return func(value any) string {
		object, is := value.(map[string]any)
		if !is {
			return byKey[written(value)]
		}
		for _, names := range keys {
			one := map[string]any{}
			for _, name := range names {
				if part, has := object[name]; has {
					one[name] = part
				}
			}
			if key := byKey[written(one)]; key != "" && len(one) > 0 {
				return key
			}
		}
		return ""
	}
}

// written is a value as JSON, the members of objects in order.
func written(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

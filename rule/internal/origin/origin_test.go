package origin

import (
	"encoding/json"
	"testing"
)

const managed = `[{"manager":"kubectl","operation":"Update","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:mine":{}}},
	"f:spec":{"f:args":{},"f:nodeSelector":{},"f:securityContext":{},"f:containers":{"k:{\"name\":\"main\"}":{".":{},"f:name":{},"f:env":{".":{},"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}}},
		"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}},
	{"manager":"controller","fieldsV1":{"f:metadata":{"f:finalizers":{".":{},"v:\"x\"":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{"f:image":{}}}}}}]`

// TestOnlyWhatWasSentIsLeft, of all managers, and what stands at the places that are named.
func TestOnlyWhatWasSentIsLeft(t *testing.T) {
	f, ok := Read([]byte(managed))
	if !ok || !Names([]byte(managed), "mine") || Names([]byte(managed), "ours") || Names(nil, "mine") {
		t.Fatal(f)
	}
	const object = `{"metadata":{"annotations":{"mine":"1","ours":"2","theirs":"3"},"finalizers":["x","y"]},"spec":{"args":["a",{"b":1}],"nodeSelector":{"a":"b"},"securityContext":{"runAsUser":0},"volumes":[{"name":"v"}],"containers":[
		{"name":"sidecar","image":"i"},
		{"name":"main","image":"i","env":[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"C","value":"3"}],"envFrom":[{}],
		 "ports":[{"containerPort":80,"protocol":"TCP","name":"x"},{"containerPort":80,"protocol":"UDP"}]}]}}`
	const want = `{"metadata":{"annotations":{"mine":"1","ours":"2"},"finalizers":["x"]},"spec":{"args":["a",{"b":1}],"nodeSelector":{"a":"b"},"securityContext":{},"containers":[
		{"name":"main","image":"i","env":[{"name":"A","value":"1"},{"name":"C","value":"3"}],"ports":[{"containerPort":80}]}]}}`
	also := Places{}
	also.Add([]string{"metadata", "annotations", "ours"})
	for _, path := range [][]string{{"spec", "containers", "1", "env", "2", "value"}, {"spec", "containers", "1", "env", "2"}, {"spec", "containers", "1", "env", "2", "name"}, nil} {
		also.Add(path)
	}
	var tree, wanted any
	if json.Unmarshal([]byte(object), &tree) != nil || json.Unmarshal([]byte(want), &wanted) != nil {
		t.Fatal("not JSON")
	}
	got, _ := json.Marshal(f.Only(tree, also))
	if all, _ := json.Marshal(wanted); string(got) != string(all) {
		t.Errorf("got  %s\nwant %s", got, all)
	}
}

// TestWhatTellsNothing is no evidence.
func TestWhatTellsNothing(t *testing.T) {
	for _, text := range []string{``, `{}`, `7`, `[]`, `[7]`, `[{}]`, `[{"fieldsV1":7}]`, `[{"fieldsV1":null}]`, `null`} {
		if f, ok := Read([]byte(text)); ok {
			t.Errorf("%q tells %v", text, f)
		}
	}
	if f, ok := Read([]byte(`[{"fieldsV1":{"f:a":7,"k:{":{},"v:":{}}},{"fieldsV1":{"f:a":{"f:b":{}}}}]`)); !ok || f.elements()("x") != "" || f.below("f:a")["f:b"] == nil {
		t.Error(f, ok)
	}
}

package origin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
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

// TestWhatCameWithTheRequest is what is listed by itself: no part of what came whole, and nothing below what came empty.
func TestWhatCameWithTheRequest(t *testing.T) {
	f, _ := Read([]byte(managed))
	var tree any
	if err := json.Unmarshal([]byte(`{"metadata":{"annotations":{"mine":"1","ours":"2"}},"spec":{"args":["a"],"securityContext":{"runAsUser":0},"containers":[{"name":"sidecar"},
		{"name":"main","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"ports":[{"containerPort":80,"protocol":"TCP"}]}]}}`), &tree); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]bool{
		"metadata/annotations/mine": true, "metadata/annotations/ours": false, "spec/args": true, "spec/args/0": false, "spec/securityContext": true, "spec/securityContext/runAsUser": false,
		"spec/containers/1/env/0": true, "spec/containers/1/env/0/value": true, "spec/containers/1/env/1": false, "spec/containers/0": false, "spec/containers/1/ports/0": true,
		"spec/containers/7": false, "spec/containers/x": false, "spec/none": false, "spec/args/0/x": false,
	} {
		if f.Has(tree, strings.Split(place, "/")) != want {
			t.Errorf("%s: %v", place, !want)
		}
	}
	if f.Has(tree, nil) {
		t.Error("nowhere")
	}
}

// TestManyKeysTakeNoTime: a sender may list elements by keys that no list of a pod has.
func TestManyKeysTakeNoTime(t *testing.T) {
	const many = 10_000
	sent, elements := Fields{}, make([]any, many)
	for i := range many {
		sent[fmt.Sprintf(`k:{"a%d":1}`, i)] = map[string]any{}
		elements[i] = map[string]any{"name": fmt.Sprint(i)}
	}
	start := time.Now()
	Fields{"f:env": map[string]any(sent)}.Only(map[string]any{"env": elements}, nil)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%d elements took %v", many, took)
	}
}

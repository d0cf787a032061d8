package webhook

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	lenientjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/generator"
)

// FuzzAPodIsReadAsJSONReadsIt: what is read without reflection is what the library would have read.
func FuzzAPodIsReadAsJSONReadsIt(f *testing.F) {
	all, err := fixtures.All()
	if err != nil || len(all) == 0 {
		f.Fatal(len(all), err)
	}
	for _, one := range all {
		var review struct {
			Request struct{ Object json.RawMessage }
		}
		if err := json.Unmarshal(one.Review, &review); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(review.Request.Object))
	}
	for seed := range uint64(200) {
		raw, _ := generator.Pod(seed)
		f.Add(raw)
	}
	for _, env := range []string{`null`, `[]`, `{}`, `"x"`, `[null]`, `[{}]`, `[[]]`, `["x"]`, `[{"name":"A","value":"b"},null,{"value":"c"}]`, `[{"name":null,"value":null,"valueFrom":null}]`,
		`[{"name":"A","name":"B","value":"c","value":null}]`, `[{"n\u0061me":"A\u0042","v\u0061lue":"\ud800"}]`, `[{"name":5}]`, `[{"name":"A","value":true}]`, `[{"Name":"A","other":{"name":"B"},"value":"c"}]`,
		`[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"p"}},"valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]`, `[{"name":"A","valueFrom":5}]`, "[{\"name\":\"\xff\",\"na\xffme\":\"x\"}]", `[{"name":"A"}`, `[{"name"}]`, `[{5:"A"}]`, `[1]`} {
		f.Add([]byte(`{"metadata":{"name":"x","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","env":` + env + `}]}}`))
		f.Add([]byte(`{"spec":{"containers":[{"name":"c","env":[{"name":"A"}],"env":` + env + `},null]}}`))
	}
	for _, spec := range []string{`null`, `{}`, `{"containers":null}`, `{"containers":[]}`, `{"containers":[null]}`, `{"containers":{}}`, `{"containers":[{"env":[{"name":"A"}]}],"containers":[{"name":"c"}],"nodeName":"n"}`,
		`{"containers":[{"env":[{"name":"A"}]}],"containers":null}`, `{"initContainers":[{"name":"i","env":[{"name":"A","value":"b"}]}],"PodSpec":{"nodeName":"n"},"Container":5}`} {
		f.Add([]byte(`{"spec":` + spec + `}`))
		f.Add([]byte(`{"spec":{"nodeName":"m","containers":[{"name":"a"},{"name":"b"}]},"spec":` + spec + `}`))
	}
	how, plans := lenient(), newPlans()
	f.Fuzz(func(t *testing.T, raw []byte) {
		var ours review
		err := ours.decode(jsontext.NewDecoder(bytes.NewBuffer(raw), how))
		var plain struct {
			Metadata struct {
				Name         string            `json:"name"`
				GenerateName string            `json:"generateName"`
				Labels       map[string]string `json:"labels"`
				Annotations  map[string]string `json:"annotations"`
			} `json:"metadata"`
			Spec corev1.PodSpec `json:"spec"`
		}
		wrong := lenientjson.UnmarshalDecode(jsontext.NewDecoder(bytes.NewBuffer(raw), how), &plain)
		if (err == nil) != (wrong == nil) {
			t.Fatalf("read: %v; by the library: %v", err, wrong)
		}
		want := corev1.PodTemplateSpec{Spec: plain.Spec}
		want.Name, want.GenerateName, want.Labels, want.Annotations = plain.Metadata.Name, plain.Metadata.GenerateName, plain.Metadata.Labels, plain.Metadata.Annotations
		if err == nil && !reflect.DeepEqual(ours.template, want) {
			t.Errorf("read\n%+v\nby the library\n%+v", ours.template, want)
		}
		body := slices.Concat([]byte(`{"kind":"AdmissionReview","request":{"uid":"u","kind":{"version":"v1","kind":"Pod"},"operation":"CREATE","object":`), raw, []byte(`,"dryRun":true}}`))
		var index patch.Index
		var fast, slow review
		if _, plain := index.Read(body, &plainBounds); !plain || !fast.take(&index, &plans, body) {
			return
		}
		fast.index = nil
		if err := slow.read(new(jsontext.Decoder), body, how, withPod); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("taken\n%+v\nread, %v\n%+v", fast, err, slow)
		}
	})
}

// TestEveryCapturedReviewIsTakenFromItsIndex: what Spark and the API server send is never so unusual that the library must read it.
func TestEveryCapturedReviewIsTakenFromItsIndex(t *testing.T) {
	all, err := fixtures.All()
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	plans := newPlans()
	for _, one := range all {
		var index patch.Index
		var r review
		if _, plain := index.Read(one.Review, &plainBounds); !plain || !r.take(&index, &plans, one.Review) {
			t.Errorf("%s is not: plain %v", one.Name, plain)
		}
	}
}

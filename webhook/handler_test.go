package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

type namespaces map[string]rule.Marks

func (n namespaces) Marks(name string) (rule.Marks, bool) { m, ok := n[name]; return m, ok }

func handler(t testing.TB, o webhook.HandlerOptions) *webhook.Handler {
	t.Helper()
	if o.Set == nil {
		set, err := rulebook.New()
		if err != nil {
			t.Fatal(err)
		}
		o.Set = set
	}
	return webhook.NewHandler(o)
}

func captured(t testing.TB, name string) []byte {
	t.Helper()
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name == name {
			return f.Review
		}
	}
	t.Fatalf("no fixture %q", name)
	return nil
}

// post sends a request and fails the test if the answer is not 200 with a well-formed review that allows.
func post(t testing.TB, h http.Handler, req *http.Request) *admissionv1.AdmissionResponse {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	var review admissionv1.AdmissionReview
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&review); err != nil {
		t.Fatalf("answer: %v", err)
	}
	if w.Code != 200 || review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" || review.Request != nil || review.Response == nil {
		t.Fatalf("answer %d is no well-formed review: %+v", w.Code, review)
	}
	if !review.Response.Allowed {
		t.Fatal("the answer refuses")
	}
	return review.Response
}

func request(body []byte) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	return req
}

func TestWhateverComesIsAdmittedWithItsUID(t *testing.T) {
	good := string(captured(t, "native/4.3.0/executor"))
	var parts struct {
		Request struct{ UID string }
	}
	if err := json.Unmarshal([]byte(good), &parts); err != nil {
		t.Fatal(err)
	}
	uid := parts.Request.UID
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the fixture has no %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	h := handler(t, webhook.HandlerOptions{})
	if r := post(t, h, request([]byte(good))); len(r.Patch) == 0 || string(r.UID) != uid {
		t.Fatalf("the good review got no patch, or not its uid: %+v", r)
	}
	for name, c := range map[string]struct{ body, uid, contentType, method string }{
		"empty":               {},
		"not JSON":            {body: "{{{"},
		"a list":              {body: "[]"},
		"null":                {body: "null"},
		"request is a string": {body: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":"x"}`},
		"uid is a number":     {body: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":7}}`},
		"cut off":             {body: good[:len(good)*2/3], uid: uid},
		"content type":        {body: good, uid: uid, contentType: "text/plain"},
		"method":              {body: good, uid: uid, method: http.MethodPut},
		"v1beta1":             {body: swap(`"admission.k8s.io/v1"`, `"admission.k8s.io/v1beta1"`), uid: uid},
		"no uid":              {body: swap(`"uid":"`+uid+`"`, `"uid":""`)},
		"wrong kind":          {body: swap(`"kind":{"group":"","version":"v1","kind":"Pod"}`, `"kind":{"group":"","version":"v1","kind":"Service"}`), uid: uid},
		"subresource":         {body: swap(`"operation":"CREATE"`, `"operation":"CREATE","subResource":"ephemeralcontainers"`), uid: uid},
		"update":              {body: swap(`"operation":"CREATE"`, `"operation":"UPDATE"`), uid: uid},
		"containers a string": {body: swap(`"containers":[`, `"containers":"x","xcontainers":[`), uid: uid},
		"no containers":       {body: swap(`"containers":[`, `"xcontainers":[`), uid: uid},
		"no object":           {body: swap(`"object":{`, `"xobject":{`), uid: uid},
		"deep":                {body: `{"request":{"uid":"u","x":` + strings.Repeat("[", 200_000), uid: "u"},
		"9 MiB":               {body: swap(`"object":{`, `"object":{"pad":"`+strings.Repeat("x", 9<<20)+`",`), uid: uid},
		"more behind it":      {body: good + "\v", uid: uid},
		"odd uid":             {body: `{"request":{"uid":"\u0000\"\\"}}`, uid: "\x00\"\\"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request([]byte(c.body))
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			if c.method != "" {
				req.Method = c.method
			}
			r := post(t, h, req)
			if string(r.UID) != c.uid || r.Patch != nil || r.PatchType != nil {
				t.Errorf("uid %q (want %q), patch %s", r.UID, c.uid, r.Patch)
			}
		})
	}
}

func TestObjectBeforeKindIsReadAsWell(t *testing.T) {
	var doc, inner map[string]json.RawMessage
	if err := json.Unmarshal(captured(t, "native/4.3.0/executor"), &doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc["request"], &inner); err != nil {
		t.Fatal(err)
	}
	odd := fmt.Sprintf(`{"request":{"object": %s,"operation":"CREATE","kind":%s,"uid":"u"},"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}`, inner["object"], inner["kind"])
	h := handler(t, webhook.HandlerOptions{})
	want := post(t, h, request(captured(t, "native/4.3.0/executor")))
	if got := post(t, h, request([]byte(odd))); string(got.Patch) != string(want.Patch) || len(got.Patch) == 0 {
		t.Errorf("patch %s\nwant %s", got.Patch, want.Patch)
	}
}

func TestNamespaceSteersAndWarnings(t *testing.T) {
	body := captured(t, "native/4.3.0/executor")
	var parts struct{ Request struct{ Namespace string } }
	if err := json.Unmarshal(body, &parts); err != nil {
		t.Fatal(err)
	}
	with := func(m rule.Marks) *admissionv1.AdmissionResponse {
		return post(t, handler(t, webhook.HandlerOptions{Namespaces: namespaces{parts.Request.Namespace: m}}), request(body))
	}
	if r := with(rule.Marks{Labels: map[string]string{rule.InjectLabel: "disabled"}}); r.Patch != nil {
		t.Error("a pod of a disabled namespace was patched")
	}
	if r := with(rule.Marks{Annotations: map[string]string{rule.ProfileAnnotation: "safe"}}); r.AuditAnnotations["profile"] != "safe" {
		t.Errorf("audit %v", r.AuditAnnotations)
	}
	r := with(rule.Marks{Annotations: map[string]string{rule.ProfileAnnotation: "bold"}})
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "bold") || r.AuditAnnotations["profile"] != "standard" || r.AuditAnnotations["applied"] == "" {
		t.Errorf("warnings %q, audit %v", r.Warnings, r.AuditAnnotations)
	}
}

func TestEveryFieldSurvives(t *testing.T) {
	body := captured(t, "native/4.3.0/executor")
	for _, at := range []string{`"metadata":{`, `"spec":{`, `"containers":[{`, `"resources":{`} {
		i := bytes.Index(body, []byte(`"object":`))
		i += bytes.Index(body[i:], []byte(at)) + len(at)
		body = append(append(append([]byte{}, body[:i]...), `"fieldOfTomorrow":{"list":[1,{"x":1e30}]},`...), body[i:]...)
	}
	object := objectOf(t, body)
	patched, err := apply(object, post(t, handler(t, webhook.HandlerOptions{}), request(body)).Patch)
	if err != nil {
		t.Fatal(err)
	}
	var before, after any
	for text, into := range map[string]*any{string(object): &before, string(patched): &after} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if reflect.DeepEqual(before, after) {
		t.Error("nothing was patched")
	}
	holds(t, "", before, after)
}

// holds checks that after has everything that before has.
func holds(t *testing.T, at string, before, after any) {
	switch b := before.(type) {
	case map[string]any:
		a, _ := after.(map[string]any)
		for k, v := range b {
			if _, ok := a[k]; !ok {
				t.Errorf("%s/%s is lost", at, k)
			}
			holds(t, at+"/"+k, v, a[k])
		}
	case []any:
		a, _ := after.([]any)
		if len(a) < len(b) {
			t.Errorf("%s lost elements", at)
			return
		}
		for i, v := range b {
			holds(t, fmt.Sprintf("%s/%d", at, i), v, a[i])
		}
	default:
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s was %v and is %v", at, before, after)
		}
	}
}

func objectOf(t testing.TB, review []byte) []byte {
	t.Helper()
	var parts struct {
		Request struct{ Object json.RawMessage }
	}
	if err := json.Unmarshal(review, &parts); err != nil {
		t.Fatal(err)
	}
	return parts.Request.Object
}

func apply(object, patch []byte) ([]byte, error) {
	if len(patch) == 0 {
		return object, nil
	}
	p, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, err
	}
	return p.Apply(object)
}

func TestTwiceIsOnce(t *testing.T) {
	all, err := fixtures.All()
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	h := handler(t, webhook.HandlerOptions{})
	for _, f := range all {
		object := objectOf(t, f.Review)
		once, err := apply(object, post(t, h, request(f.Review)).Patch)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		again := bytes.Replace(f.Review, object, once, 1)
		if p := post(t, h, request(again)).Patch; p != nil {
			t.Errorf("%s: the second pass wants %s", f.Name, p)
		}
	}
}

func FuzzReview(f *testing.F) {
	all, err := fixtures.All()
	if err != nil {
		f.Fatal(err)
	}
	for _, fx := range all[:8] {
		f.Add(fx.Review, true)
		f.Add(objectOf(f, fx.Review), false)
	}
	f.Add([]byte(`{"metadata":{"labels":{"spark-role":"driver"},"labels":null},"spec":{"containers":[{"name":"a"},{"name":"a"}]}}`), false)
	h := handler(f, webhook.HandlerOptions{})
	f.Fuzz(func(t *testing.T, in []byte, whole bool) {
		body, object := in, in
		if !whole {
			body = []byte(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE","object":` + string(in) + `}}`)
		}
		r := post(t, h, request(body))
		if len(r.Patch) == 0 {
			return
		}
		if whole {
			object = objectOf(t, body)
		}
		if _, err := apply(object, r.Patch); err != nil {
			t.Fatalf("patch %s does not apply: %v", r.Patch, err)
		}
	})
}

// TestAReviewLeavesNothingToTheNext: what is kept from one to the next says nothing, wherever the one before breaks off.
func TestAReviewLeavesNothingToTheNext(t *testing.T) {
	good, other := captured(t, "native/4.3.0/executor"), captured(t, "native/3.5.9/driver-jvm")
	want := post(t, handler(t, webhook.HandlerOptions{}), request(good))
	if len(want.Patch) == 0 {
		t.Fatal("the good review got no patch")
	}
	h := handler(t, webhook.HandlerOptions{})
	for end := 0; end <= len(other); end += 61 {
		for _, rest := range []string{"", "}", `"}]}`, "\xff", "[[[[{{{{"} {
			post(t, h, request(append(bytes.Clone(other[:end]), rest...)))
		}
		if got := post(t, h, request(good)); !reflect.DeepEqual(got, want) {
			t.Fatalf("behind a review of which %d bytes came:\n%+v, want\n%+v", end, got, want)
		}
	}
}

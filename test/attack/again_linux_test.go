package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestASecondCallEndsInTime, whatever the pod holds and its managedFields list: another webhook has changed the pod, one of our
// edits among it, so that the others have to be explained.
func TestASecondCallEndsInTime(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	const limit = 1500 * time.Millisecond // of processor time: half a second, and what was begun by then
	h := webhook.NewHandler(webhook.HandlerOptions{Set: set})
	answer := func(body []byte) (r admissionv1.AdmissionReview, took time.Duration) {
		t.Helper()
		req := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w, began := httptest.NewRecorder(), worked(t)
		h.ServeHTTP(w, req)
		took = worked(t) - began
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || !r.Response.Allowed {
			t.Fatalf("%v: %.300s", err, w.Body)
		}
		return r, took
	}
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k:{\"a%d\":1}":{},`, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct{ at, text, keys string }{
		"an ordinary pod":            {`"labels":{`, `"x":"",`, ""},
		"10,000 variables":           {`"env":[`, variables(10_000), ""},
		"as many keys that none has": {`"env":[`, variables(10_000), keys(10_000)},
		"text of 2 MB":               {`"env":[`, strings.Repeat(`{"name":"A","value":"`+strings.Repeat("x", 200_000)+`"},`, 10), ""},
		"8,000 mounts":               {`"volumeMounts":[`, strings.Repeat(`{"name":"a","mountPath":"/a"},`, 8000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(strings.Replace(string(with(t, c.at, c.text)), `"f:env":{`, `"f:env":{`+c.keys, 1))
			first, took := answer(body)
			if len(first.Response.Patch) == 0 {
				t.Skipf("the first call leaves it as it is: %v", first.Response.Result)
			}
			var ops []patch.Op
			if err := json.Unmarshal(first.Response.Patch, &ops); err != nil {
				t.Fatal(err)
			}
			at := patch.Path{"request", "object"}
			pod, _ := patch.Lookup(body, at)
			pod, err := patchjson.Apply(pod, append(ops, patch.Op{Op: patch.Add, Path: "/spec/containers/0/envFrom", Value: []byte(`[{"configMapRef":{"name":"settings"}}]`)}))
			if err != nil {
				t.Fatal(err)
			}
			pod = bytes.Replace(pod, []byte(`{"name":"MALLOC_ARENA_MAX","value":"2"}`), []byte(`{"name":"MALLOC_ARENA_MAX","value":"3"}`), 1)
			body, err = patchjson.Apply(body, []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: pod}})
			if err != nil {
				t.Fatal(err)
			}
			again, more := answer(body)
			t.Logf("the first call took %v, the second %v: %v", took, more, again.Response.Result)
			if more > limit {
				t.Errorf("the second call took %v of processor time, want at most %v", more, limit)
			}
		})
	}
}

package script

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func TestInjectGivesTheWebhooksOperationsOnEveryCapturedReview(t *testing.T) {
	reviews, err := filepath.Glob("../fixtures/*/*/*/review.json")
	if err != nil || len(reviews) < 20 {
		t.Fatalf("%d captured reviews, error %v", len(reviews), err)
	}
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	handler := webhook.NewHandler(webhook.HandlerOptions{Set: set})
	edited := 0
	for _, name := range reviews {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(raw))
		request.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		var review admissionv1.AdmissionReview
		if err := json.Unmarshal(recorder.Body.Bytes(), &review); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []patch.Op{}
		if review.Response.Patch != nil {
			if err := json.Unmarshal(review.Response.Patch, &want); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			edited++
		}
		var out bytes.Buffer
		root := plugin.New(genericiooptions.IOStreams{In: bytes.NewReader(raw), Out: &out, ErrOut: io.Discard}, sharedRules, "test")
		root.SetArgs([]string{"inject", "-f", "-", "-o", "patch"})
		if code := plugin.Execute(t.Context(), root); code != 0 {
			t.Fatalf("%s: exit code %d", name, code)
		}
		var got []struct{ Operations []patch.Op }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %d objects", name, err, len(got))
		}
		if diff := cmp.Diff(plain(t, want), plain(t, got[0].Operations)); diff != "" {
			t.Errorf("%s: the webhook's operations (-) and inject's (+):\n%s", name, diff)
		}
	}
	if edited < 20 {
		t.Errorf("the webhook edited %d of %d captured pods: the comparison says little", edited, len(reviews))
	}
}

func plain(t *testing.T, ops []patch.Op) (out any) {
	t.Helper()
	raw, err := json.Marshal(ops)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

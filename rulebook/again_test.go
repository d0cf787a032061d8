package rulebook

import (
	"encoding/json"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestARequestAboveTheLimitOfAnotherWebhookIsTakenBack: the API server would refuse the pod.
func TestARequestAboveTheLimitOfAnotherWebhookIsTakenBack(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	for _, name := range []string{"name", "image", "command", "env"} {
		fields["f:"+name] = map[string]any{}
	}
	managed, _ := json.Marshal([]any{map[string]any{"fieldsV1": map[string]any{"f:metadata": map[string]any{"f:labels": map[string]any{}},
		"f:spec": map[string]any{"f:containers": map[string]any{`k:{"name":"history"}`: fields}}}}})
	change := func(raw []byte, ops ...patch.Op) []byte {
		t.Helper()
		after, err := patchjson.Apply(raw, ops)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	admit := func(raw []byte) []byte {
		t.Helper()
		out, _, err := set.AdmitPod(raw, decode(t, raw), rule.Marks{}, rule.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return change(raw, out.Ops...)
	}
	raw := change(base(t, "history"), patch.Op{Op: patch.Add, Path: "/metadata/managedFields", Value: managed})
	raw = admit(raw)
	for _, at := range []string{"requests", "limits"} {
		if _, set := decode(t, raw).Spec.Containers[0].Resources.Requests["memory"]; !set {
			t.Fatal("no memory was requested")
		}
		theirs := change(raw, patch.Op{Op: patch.Add, Path: "/spec/containers/0/resources/" + at + "/memory", Value: []byte(map[string]string{"requests": `"64Gi"`, "limits": `"64Mi"`}[at])})
		r := decode(t, admit(theirs)).Spec.Containers[0].Resources
		if request, limit := r.Requests.Memory(), r.Limits.Memory(); !request.IsZero() && !limit.IsZero() {
			t.Errorf("another webhook sets the %s; the pod requests %s of %s", at, request, limit)
		}
	}
}

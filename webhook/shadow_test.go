package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func TestShadowChangesNothingAndSaysWhatItWould(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	metrics := webhook.NewMetrics(set)
	h := handler(t, webhook.HandlerOptions{Set: set, Metrics: metrics, Settings: settings.Settings{Shadow: true}})
	body := captured(t, "native/4.3.0/executor")
	shadowed := post(t, h, request(body))
	if shadowed.Patch != nil || shadowed.PatchType != nil || len(shadowed.Warnings) > 0 {
		t.Errorf("a shadowing webhook answers with %s, %v", shadowed.Patch, shadowed.Warnings)
	}
	h.Use(settings.Settings{})
	injected := post(t, h, request(body))
	if want := injected.AuditAnnotations["applied"]; want == "" || shadowed.AuditAnnotations["shadow"] != want || shadowed.AuditAnnotations["applied"] != "" {
		t.Errorf("audit %v, without shadow %v", shadowed.AuditAnnotations, injected.AuditAnnotations)
	}
	w := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{`result="shadowed",role="executor"} 1`, `result="injected",role="executor"} 1`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	// Each edit was counted once by its code: as one that would be made, and as one that was.
	var review struct {
		Request struct {
			Object json.RawMessage `json:"object"`
		} `json:"request"`
	}
	var pod corev1.PodTemplateSpec
	if err := errors.Join(json.Unmarshal(body, &review), json.Unmarshal(review.Request.Object, &pod)); err != nil {
		t.Fatal(err)
	}
	admitted, _, err := set.AdmitPod(review.Request.Object, &pod, rule.Marks{}, rule.Options{})
	if err != nil || len(admitted.Edits) == 0 {
		t.Fatal(admitted.Edits, err)
	}
	want := map[string]string{}
	for i := range admitted.Edits {
		code, n := admitted.Edits[i].Code+"/"+admitted.Edits[i].Part, 0
		for _, e := range admitted.Edits {
			if e.Code+"/"+e.Part == code {
				n++
			}
		}
		want[code] = strconv.Itoa(n)
	}
	for _, family := range []string{"shadow_edits_total", "edits_total"} {
		got := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^kubectl_spark_webhook_`+family+`\{code="([^"]*)"\} (\d+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
			if m[2] != "0" {
				got[m[1]] = m[2]
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", family, got, want)
		}
	}
}

// TestAProbeTellsThatARuleFails, which is what status shows.
func TestAProbeTellsThatARuleFails(t *testing.T) {
	broken, err := rule.NewSet("1", &rule.Rule{Code: "SPK-S901", Name: "broken", Level: rule.Warning, Area: rule.Security, Admit: true,
		Doc:    rule.Doc{Title: "t", Why: "w", Remedy: "r", Since: "0", Sources: []string{"s"}},
		Parts:  []rule.Part{{Name: "a", Profile: rule.Safe, State: "s", Says: "s"}},
		Ensure: rule.Pod(func(*rule.PodPass) { panic("boom") })})
	if err != nil {
		t.Fatal(err)
	}
	var review map[string]any
	if err := json.Unmarshal(captured(t, "native/4.3.0/driver-jvm"), &review); err != nil {
		t.Fatal(err)
	}
	asked := review["request"].(map[string]any)
	asked["dryRun"] = true
	asked["object"].(map[string]any)["metadata"].(map[string]any)["annotations"] = map[string]any{manifests.ProbeAnnotation: "true"}
	body, err := json.Marshal(review)
	if err != nil {
		t.Fatal(err)
	}
	got := post(t, handler(t, webhook.HandlerOptions{Set: broken, Who: &webhook.Who{Replica: "r-1"}}), request(body))
	text := strings.TrimPrefix(strings.Join(got.Warnings, ""), manifests.ProbeWarning)
	var said manifests.Probe
	if err := json.Unmarshal([]byte(text), &said); err != nil || said.Trouble == "" || said.Replica != "r-1" || said.Edits != 0 || got.Patch != nil {
		t.Errorf("%q: %+v, %v", got.Warnings, said, err)
	}
}

func TestAProbeIsAnsweredWithWhoIsThere(t *testing.T) {
	end := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	who := &webhook.Who{Replica: "r-1", Version: "1.2.3", Revision: "abc", NotAfter: func() time.Time { return end }}
	h := handler(t, webhook.HandlerOptions{Who: who})
	var review map[string]any
	if err := json.Unmarshal(captured(t, "native/4.3.0/driver-jvm"), &review); err != nil {
		t.Fatal(err)
	}
	meta := review["request"].(map[string]any)["object"].(map[string]any)["metadata"].(map[string]any)
	ask := func() []string {
		body, err := json.Marshal(review)
		if err != nil {
			t.Fatal(err)
		}
		return post(t, h, request(body)).Warnings
	}
	if got := ask(); len(got) != 0 {
		t.Errorf("a pod that does not ask is told %q", got)
	}
	annotations, _ := meta["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
		meta["annotations"] = annotations
	}
	annotations[manifests.ProbeAnnotation] = "true"
	if got := ask(); len(got) != 0 {
		t.Errorf("a pod that is kept is told %q", got)
	}
	review["request"].(map[string]any)["dryRun"] = true
	for _, shadow := range []bool{false, true} {
		h.Use(settings.Settings{Shadow: shadow})
		got := ask()
		if len(got) != 1 {
			t.Fatalf("warnings %q", got)
		}
		text, ok := strings.CutPrefix(got[0], manifests.ProbeWarning)
		var said manifests.Probe
		if err := json.Unmarshal([]byte(text), &said); err != nil || !ok {
			t.Fatalf("%q: %v", got[0], err)
		}
		want := manifests.Probe{Replica: "r-1", Version: "1.2.3", Revision: "abc", Profile: "standard", Mode: map[bool]string{false: "inject", true: "shadow"}[shadow],
			Edits: said.Edits, Refused: said.Refused, Certificate: end}
		if said.Edits == 0 || said != want {
			t.Errorf("said %+v, want %+v", said, want)
		}
	}
	meta["labels"].(map[string]any)[rule.InjectLabel] = "disabled"
	if got := ask(); len(got) != 1 || !strings.Contains(got[0], `"trouble":"pods are opted out there"`) {
		t.Errorf("where pods are opted out it says %q", got)
	}
}

func TestANewAuthorityIsAnnouncedBeforeItIsUsed(t *testing.T) {
	now := time.Now()
	store := &changing{ca: authority(t, now)}
	var announced [][]byte
	fail := true
	certs := webhook.NewIssued(store, []string{"localhost"}, func() time.Time { return now })
	certs.Announce = func(_ context.Context, ca []byte) error {
		if fail {
			return errors.New("no API server")
		}
		announced = append(announced, ca)
		return nil
	}
	refresh := func(wantErr bool, want *webhook.Authority) {
		t.Helper()
		if err := certs.Refresh(t.Context()); (err != nil) != wantErr {
			t.Errorf("refresh: %v", err)
		}
		if !bytes.Equal(certs.CA(), want.CertPEM) {
			t.Error("serves by another authority than it should")
		}
	}
	old := store.ca
	refresh(false, old) // the first one is used at once
	store.ca = authority(t, now)
	refresh(true, old) // nobody heard of the new one
	fail = false
	refresh(false, old)
	now = now.Add(5 * time.Second)
	refresh(false, old)
	now = now.Add(6 * time.Second)
	refresh(false, store.ca)
	if len(announced) == 0 || !bytes.Equal(announced[0], store.ca.CertPEM) {
		t.Errorf("%d announcements", len(announced))
	}
	// An old authority still renews its leaf while the new one cannot be announced.
	old, fail = store.ca, true
	store.ca = authority(t, now)
	before, _ := certs.Certificate()
	now = now.Add(4 * 24 * time.Hour)
	refresh(true, old)
	if after, _ := certs.Certificate(); reflect.DeepEqual(before.Leaf.SerialNumber, after.Leaf.SerialNumber) {
		t.Error("the leaf was not renewed")
	}
}

type changing struct{ ca *webhook.Authority }

func (c *changing) Authority(context.Context, time.Time) (*webhook.Authority, error) {
	return c.ca, nil
}

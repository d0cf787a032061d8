package webhook

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

// watched are settings as they are before the first list: the handler shadows.
func watched(t *testing.T, required bool) (*WatchedSettings, func(data map[string]string)) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	h := NewHandler(HandlerOptions{Set: set, Settings: settings.Settings{Shadow: true}})
	w := &WatchedSettings{handler: h, defaults: settings.Settings{Options: rule.Options{Profile: rule.Standard}}, required: required,
		log: slog.New(slog.DiscardHandler), store: cache.NewStore(cache.MetaNamespaceKeyFunc)}
	return w, func(data map[string]string) {
		t.Helper()
		if data != nil && data["apiVersion"] == "" {
			data["apiVersion"] = manifests.APIVersion
		}
		o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: manifests.ConfigName}, Data: data}
		err := w.store.Add(o)
		if data == nil {
			err = w.store.Delete(o)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.take()
	}
}

func TestADeletedConfigMapLeavesTheFormerSettings(t *testing.T) {
	for _, required := range []bool{false, true} {
		w, set := watched(t, required)
		set(map[string]string{"mode": "shadow", "profile": "safe"})
		if w.Problem() != nil {
			t.Fatal(w.Problem())
		}
		set(nil)
		if s := w.handler.settings.Load(); !s.Shadow || s.Profile != rule.Safe || w.Problem() == nil || !strings.Contains(w.Problem().Error(), "deleted") {
			t.Errorf("required %v: after the deletion %+v, %v", required, s, w.Problem())
		}
		set(map[string]string{"mode": "inject"})
		if s := w.handler.settings.Load(); s.Shadow || s.Profile != rule.Standard || w.Problem() != nil {
			t.Errorf("required %v: made again it is %+v, %v", required, s, w.Problem())
		}
	}
}

func TestWithoutTheConfigMapThatIsRequiredNothingIsChanged(t *testing.T) {
	for _, required := range []bool{false, true} {
		w, _ := watched(t, required)
		w.take()
		if s := w.handler.settings.Load(); s.Shadow != required || (w.Problem() != nil) != required {
			t.Errorf("required %v: %+v, %v", required, s, w.Problem())
		}
	}
	for _, args := range [][]string{nil, {"--require-settings"}} {
		if c, err := parse(args, nil); err != nil || c.requireSettings != (args != nil) {
			t.Errorf("%q: %+v, %v", args, c, err)
		}
	}
}

// TestAReplicaThatNeverHadSettingsIsNotReady, so that a rollout stops there; one that had some serves on with them.
func TestAReplicaThatNeverHadSettingsIsNotReady(t *testing.T) {
	w, set := watched(t, true)
	if w.Waiting() == nil {
		t.Error("ready before the first list")
	}
	set(map[string]string{"mode": "injekt"})
	if err := w.Waiting(); err == nil || !strings.Contains(err.Error(), "injekt") {
		t.Errorf("with a typo: %v", err)
	}
	set(map[string]string{"mode": "inject"})
	if err := w.Waiting(); err != nil {
		t.Error(err)
	}
	set(map[string]string{"mode": "injekt"})
	if err := w.Waiting(); err != nil || w.Problem() == nil || w.handler.settings.Load().Shadow {
		t.Errorf("after a typo: %v, %v", err, w.Problem())
	}
	metrics := NewMetrics(w.handler.o.Set)
	metrics.WatchSettings(w.Problem)
	page := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(page.Body.String(), "kubectl_spark_webhook_settings_valid 0") {
		t.Error("the metric does not tell of the typo")
	}
}

func TestWhatIsWrongIsShortAndTheSameEverywhere(t *testing.T) {
	w, set := watched(t, true)
	set(map[string]string{"mode": strings.Repeat("é", 5000), "profile": "x", "z": "x", "images": "[]"})
	first := w.Problem().Error()
	if len(first) > 1<<10 || !strings.HasPrefix(first, "mode ") || !strings.HasSuffix(first, "...") {
		t.Errorf("%d bytes: %.80s", len(first), first)
	}
	for range 20 {
		if w.take(); w.Problem().Error() != first {
			t.Fatalf("now %.80s", w.Problem())
		}
	}
}

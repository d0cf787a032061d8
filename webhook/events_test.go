package webhook

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestAnEventNamesItsObjectByUID, so that kubectl describe finds it; without the Deployment it is written all the same, and
// one of a reason in ten minutes.
func TestAnEventNamesItsObjectByUID(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   string
	}{"the server's Deployment": {http.StatusOK, "uid-7"}, "a server outside": {http.StatusNotFound, ""}, "no right to read it": {http.StatusForbidden, ""}} {
		written := make(chan corev1.Event, 4)
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.Method == http.MethodGet && r.URL.Path == "/apis/apps/v1/namespaces/ours/deployments/"+manifests.ServiceName:
				w.WriteHeader(c.status)
				io.WriteString(w, map[bool]string{true: `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"spark-webhook","uid":"uid-7"}}`, false: `{"kind":"Status","apiVersion":"v1","status":"Failure"}`}[c.status == http.StatusOK])
			case r.Method == http.MethodPost && r.URL.Path == "/api/v1/namespaces/ours/events":
				var e corev1.Event
				if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
					t.Error(err)
				}
				written <- e
				io.WriteString(w, `{"kind":"Event","apiVersion":"v1"}`)
			default:
				t.Errorf("asked for %s %s", r.Method, r.URL.Path)
			}
		}))
		defer api.Close()
		client, err := kubernetes.NewForConfig(&rest.Config{Host: api.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json", AcceptContentTypes: "application/json"}})
		if err != nil {
			t.Fatal(err)
		}
		events := NewEvents(client, "ours", &Who{Replica: "one"}, slog.New(slog.DiscardHandler))
		now := time.Now()
		events.now = func() time.Time { return now }
		events.Warn("ConfigInvalid", "it is broken")
		e := <-written
		if string(e.InvolvedObject.UID) != c.want || e.InvolvedObject.Name != manifests.ServiceName || e.InvolvedObject.Kind != "Deployment" || e.Reason != "ConfigInvalid" {
			t.Errorf("%s: %+v", name, e)
		}
		events.Warn("ConfigInvalid", "again") // within ten minutes
		events.Warn("Another", "of another reason")
		now = now.Add(eventEvery)
		events.Warn("ConfigInvalid", "later")
		reasons := map[string]int{}
		for range 2 {
			reasons[(<-written).Reason]++
		}
		if reasons["ConfigInvalid"] != 1 || reasons["Another"] != 1 {
			t.Errorf("%s: %v", name, reasons)
		}
	}
}

package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// behindAFaultyProxy reads from the server through a proxy that answers some calls itself.
func behindAFaultyProxy(t *testing.T, cp *controlplane.ControlPlane, answers func(http.ResponseWriter, *http.Request) bool) *cluster.Reader {
	t.Helper()
	target, err := url.Parse(cp.Config().Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answers(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	reader, err := cluster.New(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// TestAListFindsAKindByWhateverNameItIsServed: uninstall keeps a namespace by what such lists find in it.
func TestAListFindsAKindByWhateverNameItIsServed(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const crds, group = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "lists.example.org"
	put(t, cp, crds, `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: sparkclasses.`+group+`},
spec: {group: `+group+`, scope: Namespaced, names: {plural: sparkclasses, kind: SparkClass},
versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`)
	t.Cleanup(func() { remove(t, cp, crds+"/sparkclasses."+group) })
	put(t, cp, "/apis/"+group+"/v1/namespaces/"+ns+"/sparkclasses", "{apiVersion: "+group+"/v1, kind: SparkClass, metadata: {name: one}}")
	put(t, cp, "/apis/networking.k8s.io/v1/namespaces/"+ns+"/networkpolicies", "metadata: {name: all}\nspec: {podSelector: {}}")
	reader := behindAFaultyProxy(t, cp, func(w http.ResponseWriter, r *http.Request) bool {
		hidden := strings.HasSuffix(r.URL.Path, "/configmaps")
		if hidden {
			http.NotFound(w, r)
		}
		return hidden
	})
	for _, c := range []struct {
		apiVersion, kind string
		want             int
		gap              bool
	}{
		{group + "/v1", "SparkClass", 1, false},
		{"networking.k8s.io/v1", "NetworkPolicy", 1, false},
		{group + "/v1", "Nothing", 0, false},
		{group + "/v2", "SparkClass", 0, false},
		{"nothing.example.org/v1", "SparkClass", 0, false},
		{"v1", "ConfigMap", 0, true},
	} {
		seen := 0
		gap, err := reader.List(t.Context(), c.apiVersion, c.kind, cluster.Scope{Namespace: ns}, func([]byte) error { seen++; return nil })
		if err != nil || seen != c.want || (gap != nil) != c.gap {
			t.Errorf("%s %s: %d objects, gap %v, %v; want %d and a gap: %v", c.apiVersion, c.kind, seen, gap, err, c.want, c.gap)
		}
	}
}

// TestAListThatGrowsOldForEverEnds, whatever a server promises of the next mark.
func TestAListThatGrowsOldForEverEnds(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	for _, name := range []string{"a", "b", "c"} {
		put(t, cp, "/api/v1/namespaces/"+ns+"/configmaps", "metadata: {name: "+name+"}")
	}
	turns := 0
	reader := behindAFaultyProxy(t, cp, func(w http.ResponseWriter, r *http.Request) bool {
		query := r.URL.Query()
		if query.Get("continue") == "" {
			query.Set("limit", "1")
			r.URL.RawQuery = query.Encode()
			return false
		}
		if turns++; turns > 50 {
			http.Error(w, "asked for ever", http.StatusTeapot)
			return true
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusGone)
		_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"metadata":{"continue":"m%d"}}`, turns)
		return true
	})
	seen := 0
	gap, err := reader.List(t.Context(), "v1", "ConfigMap", cluster.Scope{Namespace: ns}, func([]byte) error { seen++; return nil })
	if err != nil || gap == nil || !apierrors.IsResourceExpired(gap.Err) || seen != 1 || turns != 3 {
		t.Errorf("%d objects after %d more calls, gap %v, %v", seen, turns, gap, err)
	}
}

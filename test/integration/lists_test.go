package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
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

// TestAListEndsWhereItsVisitorHasEnough, which is no error; at most one page is on its way then.
func TestAListEndsWhereItsVisitorHasEnough(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		put(t, cp, "/api/v1/namespaces/"+ns+"/configmaps", "metadata: {name: "+name+"}")
	}
	var pages atomic.Int64
	reader := behindAFaultyProxy(t, cp, func(_ http.ResponseWriter, r *http.Request) bool {
		query := r.URL.Query()
		query.Set("limit", "1")
		r.URL.RawQuery = query.Encode()
		pages.Add(1)
		return false
	})
	seen := 0
	gap, err := reader.List(t.Context(), "v1", "ConfigMap", cluster.Scope{Namespace: ns}, func([]byte) error {
		if seen++; seen == 2 {
			return cluster.ErrEnough
		}
		return nil
	})
	if err != nil || gap != nil || seen != 2 || pages.Load() > 5 {
		t.Errorf("%d objects of %d pages, gap %v, %v", seen, pages.Load(), gap, err)
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

// TestFieldsOfANewerServerAreReadFromJSON: where its protobuf holds a field that is not known here, the page is read once more as
// JSON; where it holds none it is read once.
func TestFieldsOfANewerServerAreReadFromJSON(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	pod := func(name, role string) {
		put(t, cp, "/api/v1/namespaces/"+ns+"/pods", "metadata: {name: "+name+", labels: {spark-role: "+role+"}}\nspec: {containers: [{name: c, image: apache/spark:3.5.6}]}")
	}
	pod("driver", "driver")
	transport, err := rest.TransportFor(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	read := func(newer bool) (asked []string, names int) {
		reader := behindAFaultyProxy(t, cp, func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/pods") {
				return false
			}
			accept := r.Header.Get("Accept")
			asked = append(asked, accept)
			if !newer || !strings.Contains(accept, runtime.ContentTypeProtobuf) {
				return false
			}
			again := r.Clone(r.Context())
			again.RequestURI, again.Host = "", ""
			target, _ := url.Parse(cp.Config().Host)
			again.URL.Scheme, again.URL.Host = target.Scheme, target.Host
			again.Header.Del("Accept-Encoding")
			answer, err := transport.RoundTrip(again)
			if err != nil {
				t.Error(err)
				return false
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err == nil {
				body, err = withAFieldOfItsOwn(body)
			}
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", runtime.ContentTypeProtobuf)
			_, _ = w.Write(body)
			return true
		})
		gaps, err := reader.Workloads(t.Context(), cluster.Scope{Namespace: ns}, func(objects []*cluster.Object) error {
			for _, o := range objects {
				raw, err := o.JSON()
				if err != nil {
					return err
				}
				if bytes.Contains(raw, []byte(`"driver"`)) && bytes.Contains(raw, []byte("apache/spark:3.5.6")) {
					names++
				}
			}
			return nil
		})
		if err != nil || len(gaps) > 0 {
			t.Errorf("%v, %v", gaps, err)
		}
		return asked, names
	}
	if asked, names := read(false); len(asked) != 1 || names != 1 {
		t.Errorf("of a server of the same version %d pods were read in %q", names, asked)
	}
	asked, names := read(true)
	if len(asked) != 2 || names != 1 || strings.Contains(asked[1], "protobuf") || !strings.Contains(asked[1], "json") {
		t.Errorf("of a newer server %d pods were read in %q", names, asked)
	}
}

// withAFieldOfItsOwn is a list of a server in protobuf, each object of it with a field that no version of Kubernetes has yet.
func withAFieldOfItsOwn(list []byte) ([]byte, error) {
	magic := []byte("k8s\x00")
	text, ok := bytes.CutPrefix(list, magic)
	if !ok {
		return nil, errors.New("the server gave no protobuf")
	}
	var envelope runtime.Unknown
	if err := envelope.Unmarshal(text); err != nil {
		return nil, err
	}
	const items, unknown = 2, 2047
	var changed []byte
	for rest := envelope.Raw; len(rest) > 0; {
		number, kind, size := protowire.ConsumeField(rest)
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		if number == items && kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(rest)
			item, _ := protowire.ConsumeBytes(rest[tag:])
			item = protowire.AppendString(protowire.AppendTag(bytes.Clone(item), unknown, protowire.BytesType), "new")
			changed = protowire.AppendBytes(protowire.AppendTag(changed, items, protowire.BytesType), item)
		} else {
			changed = append(changed, rest[:size]...)
		}
		rest = rest[size:]
	}
	envelope.Raw = changed
	out, err := envelope.Marshal()
	return append(magic, out...), err
}

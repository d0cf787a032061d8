package integration

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// secretCluster holds the three objects, and gives the kubeconfig of an account that may read them and nothing else.
func secretCluster(t *testing.T) (kubeconfig string) {
	t.Helper()
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	put(t, cp, "/apis/apps/v1/namespaces/"+ns+"/statefulsets", fixtures.SecretWorker)
	put(t, cp, "/api/v1/namespaces/"+ns+"/configmaps", fixtures.SecretConf)
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", fixtures.SecretDriver)
	return account(t, cp, ns, "reader", rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"statefulsets"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "configmaps"}})
}

// overheard gives a kubeconfig with the rights of a connection; asked hears of every call.
func overheard(t *testing.T, config *rest.Config, namespace string, asked func(*http.Request)) (kubeconfig string) {
	t.Helper()
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked(r)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"" + server.URL + "\"}}]\ncontexts: [{name: c, context: {cluster: c, namespace: " + namespace + "}}]\ncurrent-context: c\n"
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

// secretMark stands in every secret of this file.
const secretMark = "Ω"

func TestSecretsOfLiveObjectsAreMaskedUnlessAskedFor(t *testing.T) {
	path := secretCluster(t)
	for _, args := range []string{"fix --all -o diff", "fix --all -o yaml", "fix --all -o conf", "tune -o diff", "tune -o patch", "tune -o conf --try", "tune -o properties --try"} {
		words := strings.Fields(args)
		code, out, errs := runPlugin(t, path, words...)
		if code != 0 || out == "" || strings.Contains(out+errs, secretMark) {
			t.Errorf("%s: exit code %d\n%s\n%s", args, code, out, errs)
		}
		_, shown, note := runPlugin(t, path, append(words, "--show-secrets")...)
		if hidden := strings.Contains(shown, secretMark); hidden != strings.Contains(out, "(masked)") || hidden != strings.Contains(errs, "cannot be applied") || strings.Contains(note, "cannot be applied") || strings.Contains(shown, "(masked)") {
			t.Errorf("%s: it must be said, and only, that something was masked\n%s\n%s\nwith --show-secrets:\n%s\n%s", args, out, errs, shown, note)
		} else if !hidden && (args == "fix --all -o yaml" || args == "fix --all -o diff" || strings.HasSuffix(args, "--try")) {
			t.Errorf("%s: nothing to mask\n%s\n%s", args, out, errs)
		}
	}
}

func TestExplainMemoryNamesWhatItCouldNotRead(t *testing.T) {
	code, out, errs := runPlugin(t, secretCluster(t), "explain", "memory", "etl")
	if code != 0 || out == "" || strings.Count(errs, "not read: list deployments ") != 1 {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

// TestTuneReadsTheConfigurationOfTheOneThatIsNamed and no other's, besides the webhook's settings, which tell of images: the account may list pods and not read ConfigMaps.
func TestTuneReadsTheConfigurationOfTheOneThatIsNamed(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	for _, name := range []string{"one", "two"} {
		put(t, cp, "/api/v1/namespaces/"+ns+"/pods", strings.NewReplacer("etl", name, "spark-1", "spark-"+name).Replace(fixtures.SecretDriver))
	}
	config, err := clientcmd.BuildConfigFromFlags("", account(t, cp, ns, "lister", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}}))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var maps []string
	path := overheard(t, config, ns, func(r *http.Request) {
		if _, name, ok := strings.Cut(r.URL.Path, "/configmaps/"); ok {
			mu.Lock()
			defer mu.Unlock()
			maps = append(maps, name)
		}
	})
	for _, c := range []struct{ name, want string }{{"two", "spark-webhook two-conf"}, {"spark-one", "spark-webhook one-conf"}, {"", "spark-webhook one-conf"}} {
		maps = nil
		args := []string{"tune"}
		if c.name != "" {
			args = append(args, c.name)
		}
		if code, out, errs := runPlugin(t, path, args...); code != 0 || strings.Join(maps, " ") != c.want {
			t.Errorf("tune %s: read %q, want %s (a namespace that refuses is asked once); exit code %d\n%s\n%s", c.name, maps, c.want, code, out, errs)
		}
	}
}

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// certManagerCRDs serves the kinds of cert-manager as its own definitions say; cert-manager itself is not there.
func certManagerCRDs(t *testing.T, s *site) {
	t.Helper()
	// The module of the types that install uses: go.sum vouches for it.
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/cert-manager/cert-manager").Output()
	var module struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &module); err != nil || jsonErr != nil {
		t.Fatalf("download cert-manager: %v, %s", err, out)
	}
	const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	client := s.cp.Client().Discovery().RESTClient()
	for _, name := range []string{"certificates", "issuers"} {
		text, err := os.ReadFile(filepath.Join(module.Dir, "deploy", "crds", "cert-manager.io_"+name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Post().AbsPath(path).Body(raw).Do(t.Context()).Error(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := client.Delete().AbsPath(path, name+".cert-manager.io").Do(s.background()).Error(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, kind := range []string{"Certificate", "Issuer"} {
		within(t, 20*time.Second, kind+" is served", func() bool {
			return client.Get().AbsPath(cluster.Path("cert-manager.io/v1", kind, "default")).Do(t.Context()).Error() == nil
		})
	}
}

func TestCertManagerMakesTheCertificates(t *testing.T) {
	s := newSite(t)
	flags := []string{"install", "--image=example.org/w:1", "-n", s.namespace, "--certs=cert-manager", "--wait=false"}
	if out := s.run(2, flags...); !strings.Contains(out, "no kind Issuer of cert-manager") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("without cert-manager it says\n%s", out)
	}
	certManagerCRDs(t, s)
	s.run(0, flags...)
	if got := s.configuration().Annotations["cert-manager.io/inject-ca-from"]; got != s.namespace+"/"+manifests.ServiceName {
		t.Errorf("bundles are injected from %q", got)
	}
	client := s.cp.Client().Discovery().RESTClient()
	count := func(kind string) int {
		raw, err := client.Get().AbsPath(cluster.Path("cert-manager.io/v1", kind, s.namespace)).Do(t.Context()).Raw()
		var list struct {
			Items []metav1.PartialObjectMetadata
		}
		if err != nil || json.Unmarshal(raw, &list) != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	if count("Certificate") != 2 || count("Issuer") != 2 {
		t.Errorf("%d certificates, %d issuers", count("Certificate"), count("Issuer"))
	}
	nothingPruned(t, client, s.namespace)
	// Installing again keeps the way, --certs=self takes the objects away.
	if out := s.run(0, "install", "--wait=false"); !strings.Contains(out, "Nothing was changed") || !strings.Contains(out, "by cert-manager") {
		t.Errorf("again:\n%s", out)
	}
	s.run(0, "install", "--certs=self", "--wait=false")
	if count("Certificate")+count("Issuer") != 0 || s.configuration().Annotations["cert-manager.io/inject-ca-from"] != "" {
		t.Error("cert-manager's objects are left")
	}
}

// nothingPruned compares what the API server keeps with what was sent: its definitions know every field.
func nothingPruned(t *testing.T, client rest.Interface, namespace string) {
	t.Helper()
	for _, object := range manifests.Server(manifests.Options{Namespace: namespace, Image: "example.org/w:1", CertManager: true}) {
		kind := object.GetObjectKind().GroupVersionKind()
		if kind.Group != "cert-manager.io" {
			continue
		}
		sent, err := manifests.JSON(object)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := client.Get().AbsPath(cluster.Path(kind.GroupVersion().String(), kind.Kind, namespace), object.GetName()).Do(t.Context()).Raw()
		if err != nil {
			t.Fatal(err)
		}
		var a, b struct{ Spec map[string]any }
		if json.Unmarshal(sent, &a) != nil || json.Unmarshal(kept, &b) != nil || len(a.Spec) == 0 || !reflect.DeepEqual(a.Spec, b.Spec) {
			t.Errorf("%s %s: sent %v, kept %v", kind.Kind, object.GetName(), a.Spec, b.Spec)
		}
	}
}

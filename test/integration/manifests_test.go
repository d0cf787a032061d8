package integration

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

func TestServerManifestsAreAcceptedStrictly(t *testing.T) {
	cp := shared.Get(t)
	client, err := dynamic.NewForConfig(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range manifests.Server(manifests.ServerOptions{Namespace: cp.NewNamespace(t), Image: "example.org/w:1", CertSecret: "tls", ImagePullSecret: "pull", Profile: "safe"}) {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var head metav1.TypeMeta
		if err := json.Unmarshal(text, &head); err != nil {
			t.Fatal(err)
		}
		kind := schema.FromAPIVersionAndKind(head.APIVersion, head.Kind)
		plural := strings.ToLower(kind.Kind) + "s"
		var api dynamic.ResourceInterface = client.Resource(kind.GroupVersion().WithResource(plural))
		if o.GetNamespace() != "" {
			api = client.Resource(kind.GroupVersion().WithResource(plural)).Namespace(o.GetNamespace())
		}
		_, err = api.Patch(t.Context(), o.GetName(), types.ApplyPatchType, text, metav1.PatchOptions{FieldManager: manifests.FieldManager, FieldValidation: "Strict", DryRun: []string{"All"}})
		if err != nil {
			t.Errorf("%s: %v", kind.Kind, err)
		}
	}
}

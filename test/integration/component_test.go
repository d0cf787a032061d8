package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/scene/kustomization"
)

// TestALiveChangeAsAComponentIsUsedByAKustomization: in the way that the note says.
func TestALiveChangeAsAComponentIsUsedByAKustomization(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	code, out, errs := runPlugin(t, cp.Kubeconfig(), "fix", "statefulset/spark-worker", "-n", ns, "-o", "kustomize")
	if code != 0 || !strings.Contains(strings.Join(strings.Fields(errs), " "), "note: this is a Component: save it as kustomization.yaml in a folder, and in the kustomization that holds the objects add that folder under components") {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"kustomization.yaml": "resources: [worker.yaml]\nnamespace: " + ns + "\ncomponents: [fixed]\n", "fixed/kustomization.yaml": out, "worker.yaml": workerYAML} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	built, err := kustomization.Build(t.Context(), folder, 1<<20)
	if err != nil || !strings.Contains(string(built), "memory: 2560Mi") {
		t.Errorf("%v\n%s\n%s", err, built, out)
	}
}

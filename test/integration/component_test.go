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
	in := func(namespace string) string {
		return strings.Replace(workerYAML, "{name: spark-worker}", "{name: spark-worker, namespace: "+namespace+"}", 1)
	}
	for name, parent := range map[string]map[string]string{
		"gives the namespace":    {"kustomization.yaml": "resources: [worker.yaml]\nnamespace: " + ns + "\ncomponents: [fixed]\n", "worker.yaml": workerYAML},
		"is given by a base":     {"kustomization.yaml": "resources: [base]\ncomponents: [fixed]\n", "base/kustomization.yaml": "resources: [worker.yaml]\nnamespace: " + ns + "\n", "base/worker.yaml": workerYAML},
		"stands in the manifest": {"kustomization.yaml": "resources: [worker.yaml]\ncomponents: [fixed]\n", "worker.yaml": in(ns)},
		"has others beside it":   {"kustomization.yaml": "resources: [worker.yaml, before.yaml, behind.yaml]\ncomponents: [fixed]\n", "worker.yaml": in(ns), "before.yaml": in("a-" + ns), "behind.yaml": in(ns + "-z")},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			parent["fixed/kustomization.yaml"] = out
			for name, text := range parent {
				path := filepath.Join(folder, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			built, err := kustomization.Build(t.Context(), folder, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			changed := 0
			for object := range strings.SplitSeq(string(built), "\n---\n") {
				if strings.Contains(object, "memory: 2560Mi") {
					changed++
					if !strings.Contains(object+"\n", "  namespace: "+ns+"\n") {
						t.Errorf("the wrong object is changed:\n%s", object)
					}
				}
			}
			if changed != 1 {
				t.Errorf("%d objects are changed:\n%s\n%s", changed, built, out)
			}
		})
	}
}

package script

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// ran runs one command in the current folder.
func ran(args ...string) (out, note string, code int) {
	var o, n bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &o, ErrOut: &n}, sharedRules, "v0.0.0-test")
	root.SetArgs(args)
	code = plugin.Execute(context.Background(), root)
	return o.String(), n.String(), code
}

// objects are those of a file or, by kubectl's own kustomize, of a kustomization's folder; each as JSON, by kind and name.
func objects(t *testing.T, options resource.FilenameOptions) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := resource.NewLocalBuilder().Unstructured().Local().ContinueOnError().FilenameParam(false, &options).Flatten().Do().Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(info.Object)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(content)
		all[info.Object.GetObjectKind().GroupVersionKind().Kind+" "+info.Namespace+"/"+info.Name] = raw
		return err
	})
	if err != nil {
		t.Fatalf("%+v: %v", options, err)
	}
	return all
}

// patched applies the operations that -o patch printed to the objects that there were.
func patched(t *testing.T, before map[string][]byte, text string) map[string][]byte {
	t.Helper()
	var all []struct {
		Kind, Namespace, Name string
		Operations            jsonpatch.Patch
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	after := map[string][]byte{}
	for id, raw := range before {
		after[id] = raw
	}
	for _, one := range all {
		id := one.Kind + " " + one.Namespace + "/" + one.Name
		if after[id] == nil {
			t.Fatalf("there is no %s", id)
		}
		raw, err := one.Operations.Apply(after[id])
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		after[id] = raw
	}
	return after
}

// without drops annotations and labels that are null, as kustomize does.
func without(t *testing.T, all map[string][]byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for id, raw := range all {
		var object map[string]any
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatal(err)
		}
		meta, _ := object["metadata"].(map[string]any)
		for _, key := range []string{"annotations", "labels"} {
			if meta[key] == nil {
				delete(meta, key)
			}
		}
		out[id], _ = json.Marshal(object)
	}
	return out
}

func alike(t *testing.T, what string, got, want map[string][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d objects instead of %d", what, len(got), len(want))
	}
	for id, raw := range want {
		if same, err := patch.SameJSON(got[id], raw); err != nil || !same {
			t.Errorf("%s: %s is\n%s\ninstead of\n%s", what, id, got[id], raw)
		}
	}
}

// TestPatchesMakeTheObjectsThatWriteMakes: kubectl's own kustomize builds what fix -o kustomize, inject and tune print, and
// JSON patches applied to the objects as they were give the same; both are the objects that fix --write and inject make.
func TestPatchesMakeTheObjectsThatWriteMakes(t *testing.T) {
	files := slices.DeleteFunc(written(t, "faulty", "shaped", "handmade"), func(path string) bool {
		// What kustomize or kubectl themselves cannot read: settings, an escape that only JSON has, a Kustomization, a lone directive.
		return filepath.Ext(path) != ".yaml" || slices.Contains([]string{"json.yaml", "kustomize.yaml", "markers.yaml"}, filepath.Base(path))
	})
	texts := map[string][]byte{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = text
	}
	made := map[string]int{}
	for _, path := range files {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			t.Chdir(t.TempDir())
			const name = "jobs/app.yaml"
			put := func(name string, text []byte) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, command := range []string{"fix", "inject", "tune"} {
				put(name, texts[path])
				operations, _, code := ran(command, "-f", name, "-o", "patch")
				build, note, codeBuild := ran(command, "-f", name, "-o", "kustomize")
				if code != 0 || codeBuild != 0 || !strings.Contains(build, "resources:") {
					continue // nothing to change, or refused: what is refused is told by the scripts
				}
				made[command]++
				put("kustomization.yaml", []byte(build))
				if command == "fix" { // what it creates stands beside the file when it is built
					put("fixed/app.yaml", texts[path])
					if _, note, code := ran("fix", "-f", "fixed/app.yaml", "--write"); code != 0 {
						t.Fatal(code, note)
					}
					created, err := filepath.Glob("fixed/*.yaml")
					if err != nil || len(created) == 0 {
						t.Fatal(created, err)
					}
					for _, file := range created[1:] { // app.yaml comes first
						text, err := os.ReadFile(file)
						if err != nil {
							t.Fatal(err)
						}
						put("jobs/"+filepath.Base(file), text)
					}
				}
				before := objects(t, resource.FilenameOptions{Filenames: []string{name}})
				built := objects(t, resource.FilenameOptions{Kustomize: "."})
				want := patched(t, before, operations)
				all := want
				switch command {
				case "fix":
					want = objects(t, resource.FilenameOptions{Filenames: []string{"fixed/app.yaml"}})
					all = objects(t, resource.FilenameOptions{Filenames: []string{"fixed"}})
				case "inject":
					injected, note, code := ran("inject", "-f", name)
					if code != 0 {
						t.Fatal(code, note)
					}
					put("injected/app.yaml", []byte(injected))
					want = objects(t, resource.FilenameOptions{Filenames: []string{"injected/app.yaml"}})
					all = want
				}
				alike(t, command+" -o patch", patched(t, before, operations), want)
				alike(t, command+" -o kustomize ("+note+")", without(t, built), without(t, all))
			}
		})
	}
	for _, command := range []string{"fix", "inject", "tune"} {
		if made[command] < 10 {
			t.Errorf("only %d files were changed by %s", made[command], command)
		}
	}
}

// TestAPatchSelectsItsObjectAlone: neither one of the name in another namespace, nor one in whose name another letter stands for the dot.
func TestAPatchSelectsItsObjectAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	const app = `---
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: %s}
spec:
  type: Scala
  mode: cluster
  sparkVersion: 3.5.8
  image: apache/spark:3.5.8
  mainApplicationFile: local:///opt/app.jar
  driver: {cores: 1, memory: 2g}
  executor: {cores: 4, memory: 6g, instances: 2%s}
`
	text := ""
	for _, meta := range []string{"etl", "daily.etl"} {
		text += fmt.Sprintf(app, meta, ", memoryOverhead: 200m")
	}
	for _, meta := range []string{"etl, namespace: team", "daily-etl"} {
		text += fmt.Sprintf(app, meta, "")
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("apps.yaml", text)
	build, note, code := ran("fix", "apps.yaml", "SPK-P006", "-o", "kustomize")
	if code != 0 || strings.Count(build, "path: /spec/executor/memoryOverhead") != 2 {
		t.Fatalf("exit code %d: %s\n%s", code, note, build)
	}
	put("kustomization.yaml", build)
	built := objects(t, resource.FilenameOptions{Kustomize: "."})
	if _, note, code := ran("fix", "apps.yaml", "SPK-P006", "--write"); code != 0 {
		t.Fatal(note)
	}
	alike(t, build, built, objects(t, resource.FilenameOptions{Filenames: []string{"apps.yaml"}}))
}

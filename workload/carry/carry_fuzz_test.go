package carry

import (
	"os"
	"strconv"
	"testing"

	"k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// FuzzPredict: whatever a document says, its pods are predicted or not, every place of them has a place in the document,
// what stands exactly can be read there, and a wish is carried or refused without harm to the file.
func FuzzPredict(f *testing.F) {
	for _, name := range []string{"../launcher/testdata/places.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{editedText, ownerText, "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nspec: {driver: {sidecars: [null, {}], volumeMounts: [{}], env: {}, gpu: {quantity: x}, tolerations: 3}}\n",
		"apiVersion: spark.apache.org/v1\nkind: SparkCluster\nspec: {masterSpec: {statefulSetSpec: {template: {spec: {containers: [{}]}}}}}\n",
		"spark.kubernetes.driver.volumes.hostPath.a.mount.path /a\nspark.kubernetes.driver.volumes.x\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := source.Open("a.yaml", text)
		if err != nil {
			return
		}
		for _, d := range file.Docs {
			var orders []Order
			for _, s := range Pods(file, d) {
				pod, ok := launcher.Predict(d, s)
				if !ok {
					continue
				}
				var tree any
				if err := json.Unmarshal(pod.Raw, &tree); err != nil {
					t.Fatal(err)
				}
				leaves(tree, patch.Path{}, func(path patch.Path) {
					at, exact := pod.Place(path)
					if _, has := patch.Lookup(d.Raw, at); exact && !has && d.Raw != nil && s.BySubmit == nil && !d.Submits() {
						t.Errorf("%s stands at %s, where nothing is", path.Pointer(), at.Pointer())
					}
					d.LineOf(at)
				})
				orders = append(orders, Order{Slot: s, Container: pod.Identity.Container, Wishes: []Wish{
					{Name: "a", Path: patch.Path{"spec", "hostIPC"}, Value: []byte("false")},
					{Name: "b", Op: patch.Remove, Path: patch.Path{"spec", "volumes", "0"}},
					{Name: "c", Op: patch.Replace, Path: patch.Path{"spec", "containers", "0", "env", "0", "value"}, Value: []byte(`"x"`)},
				}})
			}
			if d.Raw == nil || d.Submits() || len(orders) == 0 {
				continue
			}
			if ops, _ := Object(file, d, orders, false); len(ops) > 0 {
				before := string(file.Bytes())
				if err := file.Edit(d, ops); err != nil && string(file.Bytes()) != before {
					t.Errorf("half edited: %v", err)
				}
				return
			}
		}
	})
}

// leaves calls back for every place of a tree.
func leaves(tree any, at patch.Path, use func(patch.Path)) {
	use(at)
	switch held := tree.(type) {
	case map[string]any:
		for key, value := range held {
			leaves(value, at.With(key), use)
		}
	case []any:
		for i, value := range held {
			leaves(value, at.With(strconv.Itoa(i)), use)
		}
	}
}

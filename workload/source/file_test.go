package source

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

func TestBytesOfAnUneditedFileAreItsOwn(t *testing.T) {
	for _, name := range all(t) {
		if f := open(t, name); !bytes.Equal(f.Bytes(), f.Raw) {
			t.Errorf("%s changed by opening it", name)
		}
	}
}

func TestBrokenInputIsOneErrorWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"yaml":        {"kind: Pod\n---\n# second\nkind: Pod\nspec: [a\n", "x.yaml:"},
		"tab":         {"kind: Pod\nspec:\n\tcontainers: []\n", "x.yaml:3"},
		"list":        {"kind: Pod\n---\n- a\n- b\n", "x.yaml:3: not a Kubernetes object"},
		"field type":  {"kind: Pod\nmetadata:\n  name: p\nspec:\n  containers: 7\n", `x.yaml:5: Pod "p": spec.containers is a number, and a list is expected`},
		"labels type": {"kind: Deployment\nmetadata:\n  labels: 7\n", "x.yaml:3: Deployment: metadata.labels is a number, and a mapping is expected"},
		"properties":  {"spark.a \\u12\n", "x.yaml:1: "},
	} {
		_, err := Open("x.yaml", []byte(c.raw))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", name, err, c.want)
		}
	}
}

func TestBrokenYAMLNamesTheLineOfTheFileNotOfItsPart(t *testing.T) {
	_, err := Open("x.yaml", []byte("kind: Pod\n---\nkind: Pod\nspec:\n  a: b\n c: d\n"))
	if err == nil || !(strings.HasPrefix(err.Error(), "x.yaml:5:") || strings.HasPrefix(err.Error(), "x.yaml:6:")) {
		t.Errorf("got %v", err)
	}
}

func TestBoundsAreErrorsThatNameTheLimit(t *testing.T) {
	if _, err := Open("big.yaml", make([]byte, document.MaxWhole+1)); err == nil || !strings.Contains(err.Error(), "big.yaml: larger than 8 MiB: split the file") {
		t.Errorf("got %v", err)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 9) + "*" + p + "]\n"
	}
	if _, err := Open("bomb.yaml", []byte(bomb)); err == nil {
		t.Error("a document that unfolds to a billion values was read")
	}
}

func TestEmptyDocumentsAreLeftOut(t *testing.T) {
	f, err := Open("x.yaml", []byte("# nothing\n---\n---\n%YAML 1.1\n---\nkind: Pod\nmetadata: {name: p}\n---\nnull\n"))
	if err != nil || len(f.Docs) != 1 || f.Docs[0].Line != 6 {
		t.Fatalf("%v, %d documents", err, len(f.Docs))
	}
}

func TestTypedListsGiveItemsTheirKind(t *testing.T) {
	f, err := Open("x.json", []byte(`{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"e","labels":{"spark-role":"executor"}},"spec":{"containers":[{"name":"c"}]}}]}`))
	if err != nil || len(f.Docs) != 1 {
		t.Fatal(err, f)
	}
	if d := f.Docs[0]; d.Kind != "Pod" || d.APIVersion != "v1" || len(d.Slots) != 1 || d.At.Pointer() != "/items/0" {
		t.Errorf("got %+v", d)
	}
}

func TestAdmissionReviewsHoldTheirObject(t *testing.T) {
	f, err := Open("review.json", []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"namespace":"n","object":{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"spark-role":"executor"}},"spec":{"containers":[{"name":"c"}]}}}}`))
	if err != nil || len(f.Docs) != 1 {
		t.Fatal(err, f)
	}
	if d := f.Docs[0]; d.Namespace != "n" || len(d.Slots) != 1 || d.At.Pointer() != "/request/object" {
		t.Errorf("got %+v", d)
	}
}

func TestPodTemplateFilesForSubmitTellTheirRoleByName(t *testing.T) {
	raw := []byte("spec:\n  containers:\n  - name: helper\n  - name: spark-kubernetes-executor\n")
	f, err := Open("conf/executor-pod-template.yaml", raw)
	if err != nil || len(f.Docs[0].Slots) != 1 || f.Docs[0].Slots[0].Identity.Container != 1 {
		t.Fatalf("%v %+v", err, f.Docs)
	}
	if f, _ = Open("conf/executor-pod.yaml", raw); len(f.Docs[0].Slots) != 0 {
		t.Error("a pod was taken for an executor by half of a name")
	}
}

func FuzzOpen(f *testing.F) {
	all, err := fixtures.Manifests()
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range all {
		f.Add(path.Base(m.Name), m.Text)
	}
	f.Add("x.json", []byte(`{"kind":"List","items":[{"kind":"List","items":[null]}]}`))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		file, err := Open(name, raw)
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(file.Bytes(), raw) {
			t.Fatal("opening changed the file")
		}
		workload.Group(file.Docs)
	})
}

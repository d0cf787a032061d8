package launcher_test

import (
	"os"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestPlaces: a line of testdata/places.yaml with "# <- role path" behind it is where the object holds that path of the role's
// predicted pod, which has the value that stands behind "=".
func TestPlaces(t *testing.T) {
	text, err := os.ReadFile("testdata/places.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open("places.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	seen := 0
	for n, line := range lines {
		_, mark, marked := strings.Cut(line, "# <- ")
		if !marked {
			continue
		}
		for _, one := range strings.Split(mark, "; ") {
			role, rest, _ := strings.Cut(one, " ")
			pointer, want, valued := strings.Cut(rest, " = ")
			path, err := patch.ParsePointer(pointer)
			if err != nil {
				t.Fatal(err)
			}
			d, s := slotAt(f, n+1, spark.Role(role))
			if s == nil {
				t.Fatalf("line %d: no slot of %s", n+1, role)
			}
			pod, ok := launcher.Predict(d, s)
			if !ok {
				t.Fatalf("line %d: not predicted", n+1)
			}
			seen++
			at, exact := pod.Place(path)
			if !exact || d.LineOf(at) != n+1 {
				t.Errorf("line %d: %s of the %s is at %s (exactly: %v, line %d)", n+1, pointer, role, at.Field(), exact, d.LineOf(at))
			}
			held, has := patch.Lookup(pod.Raw, path)
			if !has || valued && strings.Trim(string(held), `"`) != want {
				t.Errorf("line %d: %s of the %s is %s, want %s", n+1, pointer, role, held, want)
			}
		}
	}
	if seen < 70 {
		t.Errorf("only %d places were tried", seen)
	}
}

// TestPlacesOfWhatTheObjectLacks: what is missing would stand in the template, or beside what is there of the operator's own
// fields; what Spark adds stands nowhere.
func TestPlacesOfWhatTheObjectLacks(t *testing.T) {
	f := opened(t, ownerText+"    podSecurityContext: {fsGroup: 185}\n    securityContext: {privileged: false}\n")
	d := f.Docs[0]
	for _, c := range []struct {
		slot        int
		path, place string
	}{
		{0, "/spec/containers/0/securityContext/runAsUser", "/spec/driver/template/spec/containers/0/securityContext/runAsUser"},
		{0, "/spec/enableServiceLinks", "/spec/driver/template/spec/enableServiceLinks"},
		{0, "/spec/volumes/0", "/spec/driver"},
		{0, "/metadata/labels/spark-role", "/spec/driver"},
		{1, "/spec/containers/0/securityContext/runAsUser", "/spec/executor/securityContext/runAsUser"},
		{1, "/spec/securityContext/runAsUser", "/spec/executor/podSecurityContext/runAsUser"},
	} {
		pod, ok := launcher.Predict(d, &d.Slots[c.slot])
		path, err := patch.ParsePointer(c.path)
		if err != nil || !ok {
			t.Fatal(err, ok)
		}
		if at, exact := pod.Place(path); exact || at.Pointer() != c.place {
			t.Errorf("%s is at %s (exactly: %v), want %s", c.path, at.Pointer(), exact, c.place)
		}
	}
}

// TestPlacesOfAConfiguration: a setting is where its pods' fields are, and the key of a pod template is where they would be.
func TestPlacesOfAConfiguration(t *testing.T) {
	const text = "spark.kubernetes.container.image apache/spark:3.5.6\nspark.executor.memory 2g\n"
	for name, f := range map[string]*source.File{"spark-defaults.conf": nil, "map.yaml": nil} {
		whole := text
		at := patch.Path{}
		if name == "map.yaml" {
			whole = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  spark-defaults.conf: |\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
			at = patch.Path{"data", workload.KeyDefaults}
		}
		var err error
		if f, err = source.Open(name, []byte(whole)); err != nil {
			t.Fatal(err)
		}
		for _, s := range carry.Pods(f, f.Docs[0]) {
			pod, ok := launcher.Predict(f.Docs[0], s)
			if !ok || len(pod.Unknown) != 1 || len(pod.Unknown[0].Path) != 0 {
				t.Fatalf("%s %s: %v %+v", name, s.Role, ok, pod)
			}
			if place, exact := pod.Place(patch.Path{"spec", "containers", "0", "image"}); !exact || place.Pointer() != at.With("spark.kubernetes.container.image").Pointer() {
				t.Errorf("%s %s: the image is at %v, %v", name, s.Role, place, exact)
			}
			if place, exact := pod.Place(patch.Path{"spec", "containers", "0", "tty"}); exact || place.Pointer() != at.With("spark.kubernetes."+string(s.Role)+".podTemplateFile").Pointer() {
				t.Errorf("%s %s: what it lacks is at %v, %v", name, s.Role, place, exact)
			}
		}
	}
}

// TestWhatOfAPodCannotBeTold.
func TestWhatOfAPodCannotBeTold(t *testing.T) {
	const app = "apiVersion: spark.apache.org/v1\nkind: SparkApplication\nmetadata: {name: a}\nspec:\n  sparkConf: {spark.kubernetes.container.image: apache/spark:4.3.0"
	const job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec:\n      containers:\n      - name: s\n        image: apache/spark:4.3.0\n        args: [/opt/spark/bin/spark-submit, --master, \"k8s://x\", --deploy-mode, cluster, --conf, spark.kubernetes.container.image=apache/spark:4.3.0"
	for _, c := range []struct {
		name, text string
		role       spark.Role
		unknown    string
	}{
		{"Apache's driver", app + "}", spark.Driver, "/spec/containers/0/securityContext/allowPrivilegeEscalation"},
		{"Apache's executor", app + "}", spark.Executor, ""},
		{"a template of Apache's that is not there", app + ", spark.kubernetes.executor.podTemplateFile: /x.yaml}", spark.Executor, "whole"},
		{"a job that submits", job + ", a.jar]\n", spark.Driver, ""},
		{"a job that submits with a template", job + ", --conf, spark.kubernetes.driver.podTemplateFile=/x.yaml, a.jar]\n", spark.Driver, "whole"},
		{"a job that submits with a file", job + ", --properties-file, /x.conf, a.jar]\n", spark.Driver, "whole"},
	} {
		f := opened(t, c.text)
		d, s := slotAt(f, 1, c.role)
		if s == nil {
			t.Fatalf("%s: no slot", c.name)
		}
		pod, ok := launcher.Predict(d, s)
		if !ok {
			t.Fatalf("%s: not predicted", c.name)
		}
		got := ""
		for _, u := range pod.Unknown {
			if got += u.Path.Pointer(); len(u.Path) == 0 {
				got = "whole"
			}
		}
		if got != c.unknown {
			t.Errorf("%s: unknown is %q, want %q", c.name, got, c.unknown)
		}
	}
}

// slotAt is the slot of a role of the document in which a line stands.
func slotAt(f *source.File, line int, role spark.Role) (d *workload.Document, s *workload.Slot) {
	for _, doc := range f.Docs {
		if doc.Line > line {
			break
		}
		d, s = doc, nil
		for i := range doc.Slots {
			if doc.Slots[i].Role == role {
				s = &doc.Slots[i]
			}
		}
		for _, own := range carry.Pods(f, doc) {
			if s == nil && own.Role == role {
				s = own
			}
		}
	}
	return d, s
}

const ownerText = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: a}
spec:
  sparkVersion: 3.5.6
  image: apache/spark:3.5.6
  driver: {}
  executor:
    javaOptions: -Da=b
`

func opened(t *testing.T, text string) *source.File {
	t.Helper()
	f, err := source.Open("app.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

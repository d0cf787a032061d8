package source

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

const workerSpec = `{"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"worker","image":"apache/spark:3.5.6","command":["/opt/spark/sbin/start-worker.sh"]}]}}`

// nested puts JSON below a path of object keys.
func nested(at patch.Path, value string) string {
	for i := len(at) - 1; i >= 0; i-- {
		value = fmt.Sprintf("{%q:%s}", at[i], value)
	}
	return value
}

// manifest is an object of a kind with the worker's template at a path.
func manifest(apiVersion, kind string, at patch.Path) string {
	object := map[string]any{}
	if err := json.Unmarshal([]byte(nested(at, workerSpec)), &object); err != nil {
		panic(err)
	}
	meta, _ := object["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["name"] = "it"
	object["apiVersion"], object["kind"], object["metadata"] = apiVersion, kind, meta
	raw, _ := json.Marshal(object)
	return string(raw)
}

// holders are the kinds that make pods, and where each holds their template.
var holders = []struct {
	apiVersion, kind string
	at               patch.Path
}{
	{"v1", "Pod", patch.Path{}},
	{"v1", "PodTemplate", patch.Path{"template"}},
	{"v1", "ReplicationController", patch.Path{"spec", "template"}},
	{"apps/v1", "Deployment", patch.Path{"spec", "template"}},
	{"apps/v1", "StatefulSet", patch.Path{"spec", "template"}},
	{"apps/v1", "DaemonSet", patch.Path{"spec", "template"}},
	{"apps/v1", "ReplicaSet", patch.Path{"spec", "template"}},
	{"batch/v1", "Job", patch.Path{"spec", "template"}},
	{"batch/v1", "CronJob", patch.Path{"spec", "jobTemplate", "spec", "template"}},
}

func TestEveryKindThatMakesPodsHoldsItsTemplate(t *testing.T) {
	for _, h := range holders {
		f, err := Open("it.json", []byte(manifest(h.apiVersion, h.kind, h.at)))
		if err != nil {
			t.Errorf("%s: %v", h.kind, err)
			continue
		}
		if len(f.Docs) != 1 || len(f.Docs[0].Slots) != 1 {
			t.Errorf("%s: %d documents, %+v", h.kind, len(f.Docs), f.Docs)
			continue
		}
		s := f.Docs[0].Slots[0]
		if s.Role != spark.Worker || !slices.Equal(s.At, h.at) || s.Missing || !s.Identity.Certain || s.Template.Spec.Containers[0].Name != "worker" {
			t.Errorf("%s: %+v", h.kind, s)
		}
		if err := f.Edit(f.Docs[0], []patch.Op{add(s.At.With("spec", "terminationGracePeriodSeconds"), "7")}); err != nil {
			t.Errorf("%s: %v", h.kind, err)
		}
		if got := f.Docs[0].Slots[0].Template.Spec.TerminationGracePeriodSeconds; got == nil || *got != 7 {
			t.Errorf("%s: the edit did not reach its template", h.kind)
		}
	}
}

// TestEveryFormOfAFileHoldsItsDocuments: JSON, YAML, many documents, lists of both sorts, lists in lists, and a review.
func TestEveryFormOfAFileHoldsItsDocuments(t *testing.T) {
	var objects, documents []string
	for _, h := range holders {
		text := manifest(h.apiVersion, h.kind, h.at)
		objects = append(objects, text)
		yaml, err := sigsyaml.JSONToYAML([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(yaml))
	}
	list := `{"apiVersion":"v1","kind":"List","items":[` + strings.Join(objects, ",") + `]}`
	inList, err := sigsyaml.JSONToYAML([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	typed := strings.ReplaceAll(objects[3], `"apiVersion":"apps/v1","kind":"Deployment",`, "")
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"json list":      {list, len(holders)},
		"yaml list":      {string(inList), len(holders)},
		"list of lists":  {`{"apiVersion":"v1","kind":"List","items":[` + list + `,` + list + `]}`, 2 * len(holders)},
		"typed list":     {`{"apiVersion":"apps/v1","kind":"DeploymentList","items":[` + typed + `,` + typed + `]}`, 2},
		"documents":      {strings.Join(documents, "---\n"), len(holders)},
		"with blank":     {"---\n# nothing\n---\n" + documents[0] + "...\n---\n" + documents[1], 2},
		"windows":        {strings.ReplaceAll(strings.Join(documents, "---\n"), "\n", "\r\n"), len(holders)},
		"json documents": {objects[0] + "\n---\n" + objects[1], 2},
		"review":         {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"namespace":"n","object":` + objects[0] + `}}`, 1},
	} {
		f, err := Open(name, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := 0
		for _, d := range f.Docs {
			found += len(d.Slots)
			for i := range d.Slots {
				op := add(d.Slots[i].At.With("spec", "terminationGracePeriodSeconds"), "7")
				if err := f.Edit(d, []patch.Op{op}); err != nil {
					t.Errorf("%s: %s: %v", name, d.Kind, err)
				} else if got := d.Slots[i].Template.Spec.TerminationGracePeriodSeconds; got == nil || *got != 7 {
					t.Errorf("%s: %s: the edit did not reach its template", name, d.Kind)
				}
			}
		}
		if found != c.want {
			t.Errorf("%s: %d templates, want %d", name, found, c.want)
		}
	}
}

// TestTemplateFilesAreKnownByTheirNames: nothing in them tells the role, and a plain Pod's file must not be taken for one.
func TestTemplateFilesAreKnownByTheirNames(t *testing.T) {
	const bare = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: main\n    image: apache/spark:3.5.6\n"
	for name, want := range map[string]spark.Role{
		"driver-pod-template.yaml": spark.Driver, "executor.template.yml": spark.Executor, "templates/Driver-Template.json": spark.Driver,
		"template.yaml": "", "driver.yaml": "", "driver-executor-template.yaml": "",
	} {
		for _, text := range []string{bare, strings.TrimPrefix(bare, "apiVersion: v1\nkind: Pod\n")} {
			f, err := Open(name, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got := spark.Role("")
			if len(f.Docs[0].Slots) > 0 {
				got = f.Docs[0].Slots[0].Role
			}
			if got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	maps := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  spark-defaults.conf: |\n    spark.executor.memory 2g\n  executor.yaml: |\n    " +
		strings.ReplaceAll(strings.TrimSuffix(bare, "\n"), "\n", "\n    ") + "\n  notes.txt: containers\n"
	f, err := Open("cm.yaml", []byte(maps))
	if err != nil {
		t.Fatal(err)
	}
	d := f.Docs[0]
	if len(d.Slots) != 1 || d.Slots[0].Role != spark.Executor || !d.Slots[0].Embedded || d.Conf["spark.executor.memory"].Value != "2g" {
		t.Errorf("%+v %v", d.Slots, d.Conf)
	}
}

// TestOwnersHoldASlotForEveryPod, with a template or without one.
func TestOwnersHoldASlotForEveryPod(t *testing.T) {
	worker := strings.ReplaceAll(workerSpec, `"name":"worker"`, `"name":"NAME"`)
	names := map[spark.Role]string{spark.Driver: "spark-kubernetes-driver", spark.Executor: "spark-kubernetes-executor"}
	for _, c := range []struct {
		apiVersion, kind string
		slots            map[spark.Role]patch.Path
		names            map[spark.Role]string
	}{
		{"sparkoperator.k8s.io/v1beta2", "SparkApplication", map[spark.Role]patch.Path{spark.Driver: {"spec", "driver", "template"}, spark.Executor: {"spec", "executor", "template"}}, names},
		{"sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication", map[spark.Role]patch.Path{spark.Driver: {"spec", "template", "driver", "template"}, spark.Executor: {"spec", "template", "executor", "template"}}, names},
		{"sparkoperator.k8s.io/v1alpha1", "SparkConnect", map[spark.Role]patch.Path{spark.Connect: {"spec", "server", "template"}, spark.Executor: {"spec", "executor", "template"}},
			map[spark.Role]string{spark.Connect: "spark-kubernetes-driver", spark.Executor: "spark-kubernetes-executor"}},
		{"spark.apache.org/v1", "SparkApplication", map[spark.Role]patch.Path{spark.Driver: {"spec", "driverSpec", "podTemplateSpec"}, spark.Executor: {"spec", "executorSpec", "podTemplateSpec"}}, names},
		{"spark.apache.org/v1", "SparkCluster", map[spark.Role]patch.Path{spark.Master: {"spec", "masterSpec", "statefulSetSpec", "template"}, spark.Worker: {"spec", "workerSpec", "statefulSetSpec", "template"}},
			map[spark.Role]string{spark.Master: "master", spark.Worker: "worker"}},
	} {
		for role, at := range c.slots {
			for _, held := range []bool{false, true} {
				text := nested(patch.Path{"spec", "sparkConf"}, "{}")
				if held {
					text = nested(at, strings.ReplaceAll(worker, "NAME", c.names[role]))
				}
				text = fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":"it"},%s`, c.apiVersion, c.kind, text[1:])
				d, err := launcher.FromObject([]byte(text))
				if err != nil {
					t.Errorf("%s %s: %v", c.kind, role, err)
					continue
				}
				i := slices.IndexFunc(d.Slots, func(s workload.Slot) bool { return s.Role == role })
				if len(d.Slots) != 2 || i < 0 {
					t.Errorf("%s %s: %+v", c.kind, role, d.Slots)
					continue
				}
				s := d.Slots[i]
				if !slices.Equal(s.At, at) || s.Missing == held || (s.Template != nil) != held || s.ContainerName != c.names[role] || held != (s.Identity.Container == 0) {
					t.Errorf("%s %s, held %v: %+v", c.kind, role, held, s)
				}
				pod, ok := launcher.Predict(d, &s)
				if !ok || !pod.Identity.Certain || pod.Template.Spec.Containers[pod.Identity.Container].Name != c.names[role] {
					t.Errorf("%s %s, held %v: predicted %v %+v", c.kind, role, held, ok, pod)
				}
			}
		}
	}
}

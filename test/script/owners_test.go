package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

func rules(t *testing.T) *rule.Set {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// admit is the webhook's decision about a pod.
func admit(t *testing.T, set *rule.Set, raw []byte, namespace rule.Marks, profile rule.Profile) rule.Admitted {
	t.Helper()
	pod := &corev1.PodTemplateSpec{}
	if err := json.Unmarshal(raw, pod); err != nil {
		t.Fatal(err)
	}
	out, problems, err := set.AdmitPod(raw, pod, namespace, rule.Options{Profile: profile})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return out
}

func properties(t *testing.T, settings map[string]string) *source.File {
	t.Helper()
	conf := spark.Conf{}
	for key, value := range settings {
		conf[key] = spark.Setting{Value: value}
	}
	f, err := source.Open("spark-defaults.conf", spark.FormatProperties(conf))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func object(t *testing.T, review []byte) []byte {
	t.Helper()
	var held struct {
		Request struct {
			Object json.RawMessage `json:"object"`
		} `json:"request"`
	}
	if err := json.Unmarshal(review, &held); err != nil {
		t.Fatal(err)
	}
	return held.Request.Object
}

// TestAPredictedPodIsDecidedAboutAsTheRealOne: what real Spark made of a configuration, and what is predicted of it, get
// the same edits and the same refusals. Not predicted are pods of a template, a profile or a controller that the
// configuration alone does not show.
func TestAPredictedPodIsDecidedAboutAsTheRealOne(t *testing.T) {
	set := rules(t)
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range all {
		if strings.HasSuffix(f.Case, "-template") || strings.HasSuffix(f.Case, "-statefulset") || f.Expect.ResourceProfile != nil {
			continue
		}
		file := properties(t, f.Expect.Conf)
		for _, slot := range carry.Pods(file, file.Docs[0]) {
			if string(slot.Role) != f.Expect.Role {
				continue
			}
			for _, profile := range rule.Profiles() {
				pod, ok := launcher.Predict(file.Docs[0], slot)
				if !ok {
					t.Fatalf("%s: not predicted", f.Name)
				}
				id := pod.Identity
				if !id.Certain || id.Role != slot.Role {
					t.Errorf("%s: %+v", f.Name, id)
				}
				got, want := admit(t, set, pod.Raw, rule.Marks{}, profile), admit(t, set, object(t, f.Review), rule.Marks{}, profile)
				a, _ := rule.ReadReport(got.Report)
				b, _ := rule.ReadReport(want.Report)
				// The API server has filled in enableServiceLinks of the real one.
				a.Applied = slices.DeleteFunc(a.Applied, func(code string) bool { return code == "SPK-P053/links" })
				if !slices.Equal(a.Applied, b.Applied) {
					t.Errorf("%s %s: applied %v, to the real one %v", f.Name, profile, a.Applied, b.Applied)
				}
				if !maps.Equal(a.Refused, b.Refused) {
					t.Errorf("%s %s: refused %v, of the real one %v", f.Name, profile, a.Refused, b.Refused)
				}
				compared++
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d pods were compared", compared)
	}
}

// TestPodsThatRealSparkMadeOfAnInjectedConfigurationGetNoEdit: real spark-submit was given what inject made of a
// configuration (test/capture), and the webhook has nothing to do for the pods, not even to their report, but for the
// revision of the rules that it names. Rules that came later are left out: they were not there to be carried.
func TestPodsThatRealSparkMadeOfAnInjectedConfigurationGetNoEdit(t *testing.T) {
	set := rules(t)
	all, err := fixtures.Injected()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range all {
		seen++
		raw := object(t, f.Review)
		pod := &corev1.Pod{}
		if err := json.Unmarshal(raw, pod); err != nil {
			t.Fatal(err)
		}
		report, err := rule.ReadReport(pod.Annotations[rule.ReportAnnotation])
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if len(report.Applied) < 5 || !slices.Contains(report.Applied, "SPK-S011/seccomp") {
			t.Errorf("%s: the pod arrived with %v", f.Name, report.Applied)
		}
		known := map[string]bool{}
		for _, code := range report.Applied {
			known[code] = true
		}
		for code := range report.Refused {
			known[code] = true
		}
		var later []string
		for _, r := range set.Rules() {
			for i := range r.Parts {
				if code := r.Code + "/" + r.Parts[i].Name; !known[code] && !known[r.Code] {
					later = append(later, code)
				}
			}
		}
		namespace := rule.Marks{Annotations: map[string]string{rule.Prefix + "skip": strings.Join(later, ",")}}
		out := admit(t, set, raw, namespace, rule.Standard)
		if report.Revision == set.Revision && len(out.Ops) > 0 || len(out.Edits) > 0 {
			t.Errorf("%s: %d edits: %s", f.Name, len(out.Ops), pretty(out))
		}
		again, err := rule.ReadReport(out.Report)
		if again.Revision = report.Revision; err != nil || !reflect.DeepEqual(again, report) {
			t.Errorf("%s: the report was %+v and would be %+v", f.Name, report, again)
		}
	}
	if seen != 4 {
		t.Errorf("%d captured pods of injected configurations, want 4", seen)
	}
}

// TestPodsOfAnInjectedOwnerGetNoEdit over every owner of the samples: the pod that its operator, or spark-submit, makes of
// what inject gave back gets no operation from the webhook, which knows nothing of the owner.
func TestPodsOfAnInjectedOwnerGetNoEdit(t *testing.T) {
	set := rules(t)
	pods := 0
	owners, err := filepath.Glob("testdata/owners/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(written(t, "handmade", "faulty", "corrected"), owners...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, profile := range rule.Profiles() {
			f, err := source.Open(path, edit(t, path, text, "inject", "--profile", string(profile)))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Docs {
				for i := range d.Slots {
					if d.Slots[i].Submission() {
						continue // inject leaves it to the webhook, and says so
					}
					pod, ok := launcher.Predict(d, &d.Slots[i])
					if !ok || strings.HasSuffix(path, "-old.yaml") || strings.HasSuffix(path, "-null.yaml") || d.Kind == "SparkConnect" && d.Slots[i].Role.Job() {
						continue // what was refused there, its pods get
					}
					pods++
					if pod.Template.Annotations[rule.ReportAnnotation] == "" && len(admit(t, set, pod.Raw, rule.Marks{}, profile).Edits) == 0 {
						continue // there was nothing to carry: the pod gets the report that says so
					}
					if out := admit(t, set, pod.Raw, rule.Marks{}, profile); len(out.Ops) > 0 {
						t.Errorf("%s: %s %s, %s, %s: %d edits: %s", path, d.Kind, d.Name, d.Slots[i].Role, profile, len(out.Ops), pretty(out))
					}
				}
			}
		}
	}
	if pods < 50 {
		t.Errorf("only %d pods", pods)
	}
}

func pretty(a rule.Admitted) string {
	raw, _ := json.MarshalIndent(a.Ops, "", " ")
	return string(raw)
}

// TestAResourceWithoutSpecIsLeftAlone: it makes no pods, and inject and uninject give its bytes back.
func TestAResourceWithoutSpecIsLeftAlone(t *testing.T) {
	for _, spec := range []string{"", "spec:\n", "status: {applicationState: {state: COMPLETED}}\n"} {
		for _, kind := range []string{"sparkoperator.k8s.io/v1beta2\nkind: SparkApplication", "spark.apache.org/v1\nkind: SparkCluster"} {
			text := "apiVersion: " + kind + "\nmetadata:\n  name: a\n" + spec
			path := filepath.Join(t.TempDir(), "a.yaml")
			once := edit(t, path, []byte(text), "inject")
			if string(once) != text {
				t.Errorf("injected:\n%s", once)
			}
			if again := edit(t, path, once, "uninject"); string(again) != text {
				t.Errorf("taken back:\n%s", again)
			}
		}
	}
}

// TestAPredictedPodIsTheRealOne: what is predicted of a configuration's pod, real Spark of every line has made so. Lists of
// what has a name are compared by name; ids, and what hangs on the machine where spark-submit ran, are not predicted.
func TestAPredictedPodIsTheRealOne(t *testing.T) {
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range all {
		// A template, a profile or a controller is not shown by the configuration alone, nor that a driver runs Python.
		if strings.HasSuffix(f.Case, "-template") || strings.HasSuffix(f.Case, "-statefulset") || f.Expect.ResourceProfile != nil || strings.HasPrefix(f.Case, "driver-python") {
			continue
		}
		file := properties(t, f.Expect.Conf)
		for _, slot := range carry.Pods(file, file.Docs[0]) {
			pod, ok := launcher.Predict(file.Docs[0], slot)
			if !ok || string(slot.Role) != f.Expect.Role {
				continue
			}
			var predicted, made any
			if err := errors.Join(json.Unmarshal(pod.Raw, &predicted), json.Unmarshal(object(t, f.Review), &made)); err != nil {
				t.Fatal(err)
			}
			differences("", predicted, made, func(at string) {
				for _, known := range []string{"/metadata/creationTimestamp", "/args", "/env/SPARK_JAVA_OPT_", "/volumes/spark-conf-volume-", "persistentVolumeClaim/claimName", "/metadata/labels/spark-version"} {
					if strings.Contains(at, known) {
						return
					}
				}
				t.Errorf("%s: %s is not what Spark made", f.Name, at)
			})
			compared++
		}
	}
	if compared < 50 {
		t.Errorf("only %d pods were compared", compared)
	}
}

// differences calls back for every place at which a tree says anything else than another, or says more.
func differences(at string, a, b any, found func(at string)) {
	switch held := a.(type) {
	case map[string]any:
		other, _ := b.(map[string]any)
		for key, value := range held {
			if value == nil {
				continue
			}
			differences(at+"/"+key, value, other[key], found)
		}
	case []any:
		other, _ := b.([]any)
		for i, value := range held {
			name, known := named(value)
			j := i
			if known {
				j = slices.IndexFunc(other, func(o any) bool { n, _ := named(o); return n == name })
			} else {
				name = strconv.Itoa(i)
			}
			if j < 0 || j >= len(other) {
				found(at + "/" + name + "/")
				continue
			}
			differences(at+"/"+name, value, other[j], found)
		}
	default:
		if !reflect.DeepEqual(a, b) {
			found(fmt.Sprintf("%s (%v, made %v)", at, a, b))
		}
	}
}

func named(v any) (name string, ok bool) {
	m, _ := v.(map[string]any)
	name, ok = m["name"].(string)
	return name, ok
}

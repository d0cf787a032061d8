package rulebook

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// captured reads the pods that real Spark made, as the API server sent them to a webhook.
func captured(t testing.TB) map[string][]byte {
	t.Helper()
	all, err := fixtures.All()
	if err != nil || len(all) < 20 {
		t.Fatalf("%d fixtures, %v", len(all), err)
	}
	pods := map[string][]byte{}
	for _, f := range all {
		var review struct {
			Request struct {
				Object json.RawMessage `json:"object"`
			} `json:"request"`
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		pods[f.Name] = review.Request.Object
	}
	return pods
}

func TestLawsOverEveryCapturedPod(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range captured(t) {
		for _, profile := range rule.Profiles() {
			t.Run(name+"/"+string(profile), func(t *testing.T) { checkLaws(t, set, raw, profile) })
		}
	}
}

// TestLawsOverPodsOfKubeflowsOperator holds for pods that another webhook has edited before.
func TestLawsOverPodsOfKubeflowsOperator(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	pods, err := fixtures.Kubeflow()
	if err != nil || len(pods) < 36 {
		t.Fatalf("%d pods, %v", len(pods), err)
	}
	for _, p := range pods {
		for _, profile := range rule.Profiles() {
			t.Run(p.Name+"/"+string(profile), func(t *testing.T) { checkLaws(t, set, p.Pod, profile) })
		}
	}
}

// TestCapturedPodsGetWhatTheTableSays holds one line a pod and profile: what is applied, what is refused and why.
func TestCapturedPodsGetWhatTheTableSays(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	pods := captured(t)
	var names []string
	for name := range pods {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		for _, profile := range rule.Profiles() {
			out, _, err := set.AdmitPod(pods[name], decode(t, pods[name]), rule.Marks{}, rule.Options{Profile: profile})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			report, err := rule.ReadReport(out.Report)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var refused []string
			for code, reason := range report.Refused {
				refused = append(refused, code+"="+string(reason))
			}
			slices.Sort(refused)
			fmt.Fprintf(&b, "%s %s: %s | %s\n", strings.TrimPrefix(name, "native/"), profile, strings.Join(report.Applied, " "), strings.Join(refused, " "))
		}
	}
	compare(t, "testdata/captured.txt", b.String())
}

// TestFindingsOnCapturedPodsAreThePlantedOnes: what Spark makes by itself has neither errors nor warnings beyond
// hardening, and, where its ConfigMap is known, authentication, which is off by default. Each fault that a capture's
// configuration holds is found, and every driver of a line that is no longer maintained is told so.
func TestFindingsOnCapturedPodsAreThePlantedOnes(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{"executor-small-overhead": "SPK-P006", "driver-small-overhead": "SPK-P006", "executor-pvc": "SPK-P052"}
	old := map[string]bool{"3.3.4": true, "3.4.4": true}
	exempt := []string{"SPK-S011", "SPK-S016"}
	seen := map[string]bool{}
	for name, raw := range captured(t) {
		in, _ := rule.Subject(raw, decode(t, raw), rule.Marks{}, rule.Options{})
		if in.Identity.Role != spark.Executor { // executors are given theirs by the driver
			in.Conf = capturedConf(t, name)
		}
		version, kind := path.Base(path.Dir(name)), path.Base(name)
		told := false
		for _, f := range set.Diagnose(in).Findings {
			if f.Code == "SPK-S028" && old[version] && in.Identity.Role == spark.Driver {
				told = true
				continue
			}
			if f.Level == rule.Advice || slices.Contains(exempt, f.Code) {
				continue
			}
			if planted[kind] != f.Code {
				t.Errorf("%s: %s: %s", name, f.Code, f.Message)
			}
			seen[kind] = true
		}
		if !told && old[version] && in.Identity.Role == spark.Driver {
			t.Errorf("%s: nothing of its version", name)
		}
	}
	for kind, code := range planted {
		if !seen[kind] {
			t.Errorf("%s was not found in any %s", code, kind)
		}
	}
}

// capturedConf is what the driver's ConfigMap held when a pod was captured; nil where none was made yet.
func capturedConf(t testing.TB, name string) spark.Conf {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "test", "fixtures", filepath.FromSlash(name), "companions.yaml"))
	if err != nil {
		return nil
	}
	for _, document := range strings.Split(string(text), "\n---\n") {
		var object struct {
			Kind string            `json:"kind"`
			Data map[string]string `json:"data"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if properties, holds := object.Data["spark.properties"]; holds {
			conf, err := spark.ParseProperties([]byte(properties))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return conf
		}
	}
	return nil
}

package rulebook

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
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
	const path = "testdata/captured.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is not what the rules do (see the difference with -update):\n%s", path, b.String())
	}
}

// TestFindingsOnCapturedPodsAreThePlantedOnes: what Spark makes by itself has neither errors nor warnings beyond
// hardening, and each fault that a capture's configuration holds is found.
func TestFindingsOnCapturedPodsAreThePlantedOnes(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{"executor-small-overhead": "SPK-P006"}
	seen := map[string]bool{}
	for name, raw := range captured(t) {
		in, _ := rule.Subject(raw, decode(t, raw), rule.Marks{}, rule.Options{})
		kind := name[strings.LastIndex(name, "/")+1:]
		for _, f := range set.Diagnose(in).Findings {
			if f.Level == rule.Advice || f.Code == "SPK-S011" {
				continue
			}
			if planted[kind] != f.Code {
				t.Errorf("%s: %s: %s", name, f.Code, f.Message)
			}
			seen[kind] = true
		}
	}
	for kind, code := range planted {
		if !seen[kind] {
			t.Errorf("%s was not found in any %s", code, kind)
		}
	}
}

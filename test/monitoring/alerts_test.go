// Package monitoring tries dashboards and alerts in a real Prometheus, with what real Spark answered to a scrape.
package monitoring

import (
	"cmp"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/manifests/alerts"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

var built struct {
	once  sync.Once
	paths map[string]string
	err   error
}

// program is the path of Prometheus or promtool, which the first test builds.
func program(t *testing.T, name string) string {
	t.Helper()
	built.once.Do(func() { built.paths, built.err = controlplane.Collector(t.Context(), os.Stderr) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.paths[name]
}

func ruleFiles(t *testing.T) (names, paths []string) {
	t.Helper()
	files, err := alerts.Files()
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files of rules: %v", len(files), err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		names, paths = append(names, name), append(paths, filepath.Join("..", "..", "manifests", "alerts", name))
	}
	return names, paths
}

func allRules(t *testing.T) (out []alerts.Rule) {
	t.Helper()
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		out = append(out, g.Rules...)
	}
	return out
}

// TestAlertsAreRules: promtool accepts each file, with its lint on.
func TestAlertsAreRules(t *testing.T) {
	_, paths := ruleFiles(t)
	out, err := exec.CommandContext(t.Context(), program(t, controlplane.Promtool), append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, paths...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestAlertsFire: promtool evaluates each rule over series that make it fire, and over others that must not.
func TestAlertsFire(t *testing.T) {
	names, _ := ruleFiles(t)
	var tests []string
	for _, name := range names {
		tests = append(tests, filepath.Join("testdata", "alerts", name))
	}
	out, err := exec.CommandContext(t.Context(), program(t, controlplane.Promtool), append([]string{"test", "rules"}, tests...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestEveryAlertIsTried: of each alert one test expects that it fires, and one that it does not.
func TestEveryAlertIsTried(t *testing.T) {
	names, _ := ruleFiles(t)
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", "alerts", name))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				Expressions []struct {
					Expr    string `json:"expr"`
					Samples []any  `json:"exp_samples"`
				} `json:"promql_expr_test"`
			} `json:"tests"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			for _, e := range test.Expressions {
				if len(e.Samples) == 0 {
					quiet[alertOf(e.Expr)] = true
				}
				for _, s := range e.Samples {
					labels, _ := s.(map[string]any)["labels"].(string)
					fires[alertOf(labels)] = true
				}
			}
		}
		if quiet[""] { // no alert of the file fires
			for _, r := range rulesOf(t, name) {
				quiet[r.Alert] = true
			}
			delete(quiet, "")
		}
	}
	for _, r := range allRules(t) {
		if !fires[r.Alert] || !quiet[r.Alert] {
			t.Errorf("%s: a test expects that it fires: %v; that it does not: %v", r.Alert, fires[r.Alert], quiet[r.Alert])
		}
	}
}

func rulesOf(t *testing.T, name string) (out []alerts.Rule) {
	t.Helper()
	files, err := alerts.Files()
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []alerts.Group }
	if err := yaml.Unmarshal(files[name], &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

func alertOf(selector string) string {
	if m := regexp.MustCompile(`alertname="(\w+)"`).FindStringSubmatch(selector); m != nil {
		return m[1]
	}
	return ""
}

// TestAlertsSayWhatToDo: each has a severity, a summary, a description, and a command that exists, with a code that explain knows.
func TestAlertsSayWhatToDo(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"injection": true} // a topic of explain
	for _, r := range set.Rules() {
		known[r.Code] = true
	}
	page, err := os.ReadFile("../../manifests/alerts/README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range allRules(t) {
		if seen[r.Alert] {
			t.Errorf("%s stands there twice", r.Alert)
		}
		seen[r.Alert] = true
		if !slices.Contains([]string{"warning", "critical"}, r.Labels["severity"]) {
			t.Errorf("%s: severity %q", r.Alert, r.Labels["severity"])
		}
		for _, key := range []string{"summary", "description"} {
			if r.Annotations[key] == "" {
				t.Errorf("%s has no %s", r.Alert, key)
			}
		}
		m := regexp.MustCompile(`^kubectl spark explain (\S+); then: kubectl spark (doctor|status)\b`).FindStringSubmatch(r.Annotations["runbook"])
		if m == nil || !known[m[1]] {
			t.Errorf("%s: runbook %q", r.Alert, r.Annotations["runbook"])
		} else if row := regexp.MustCompile("(?m)^\\| `" + r.Alert + "` .* " + cmp.Or(r.For, "at once") + " \\| " + r.Labels["severity"] + " .* " + m[1] + " \\|$"); !row.Match(page) {
			t.Errorf("manifests/alerts/README.md has no row %s", row)
		}
		if strings.Contains(r.Expr, "_Number") {
			t.Errorf("%s: Spark writes each gauge twice, and _Number is the one to drop", r.Alert)
		}
	}
}

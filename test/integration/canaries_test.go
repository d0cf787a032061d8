package integration

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// collections are where objects of canaries are put.
var collections = map[string]string{"StatefulSet": "/apis/apps/v1/namespaces/%s/statefulsets", "ConfigMap": "/api/v1/namespaces/%s/configmaps", "Pod": "/api/v1/namespaces/%s/pods", "Secret": "/api/v1/namespaces/%s/secrets"}

// TestNoSecretOfALiveObjectIsShown: in any format of any command, also of what kubectl apply keeps of an object, and of an
// object that an annotation holds encoded. What --show-secrets prints tells that they are there.
func TestNoSecretOfALiveObjectIsShown(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	seed := rand.Uint32()
	t.Logf("the seed is %d", seed)
	all := fixtures.Canaries(fixtures.Worded(seed))
	files := fixtures.CanaryFiles(all)
	for _, text := range strings.Split(files["worker.yaml"]+"---\n"+files["driver.yaml"], "\n---\n") {
		var object struct{ Kind string }
		text = strings.Replace(text, ", namespace: lab", "", 1)
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		put(t, cp, fmt.Sprintf(collections[object.Kind], ns), text)
	}
	commands := [][]string{{"fix", "--all"}, {"tune"}, {"tune", "-o", "json"}, {"tune", "-o", "yaml"}, {"tune", "-o", "wide"}, {"explain", "memory", "etl"}, {"explain", "memory", "etl", "-o", "json"},
		{"explain", "pod", "etl-driver"}, {"explain", "pod", "etl"}, {"status"},
		{"fix", "--all", "--apply", "--dry-run=server", "--allow-restart", "--record=none"}, {"tune", "--try", "--apply", "--dry-run=server", "--allow-restart", "--record=none"}}
	for _, format := range append(report.Formats(), printers.Samples()...) {
		commands = append(commands, []string{"doctor", "--all", "-o", format})
		if format != "markdown" {
			commands = append(commands, []string{"tune", "-o", format}, []string{"status", "-o", strings.Replace(format, "table", "", 1)})
		}
	}
	shown := 0
	for _, format := range []string{"diff", "yaml", "conf", "patch", "kustomize", "properties"} {
		if format != "properties" {
			commands = append(commands, []string{"fix", "--all", "-o", format})
		}
		if format != "yaml" && format != "kustomize" {
			commands = append(commands, []string{"tune", "--try", "-o", format})
		}
	}
	for _, words := range commands {
		words = append(words, "-n", ns)
		code, out, errs := runPlugin(t, cp.Kubeconfig(), words...)
		if code == plugin.ExitFailed {
			t.Errorf("%s fails, and shows nothing that could be looked at: %s", strings.Join(words, " "), errs)
		}
		text := strings.Join(strings.Fields(out+errs), "")
		if text == "" {
			t.Errorf("%s prints nothing", strings.Join(words, " "))
		}
		for _, c := range all {
			if at := strings.Index(text, c.Needle); at >= 0 {
				t.Errorf("%s shows %s=%q: ...%.120s", strings.Join(words, " "), c.Name, c.Value, text[max(0, at-90):])
			}
		}
		if slices.Contains([]string{"fix", "tune"}, words[0]) {
			_, out, _ = runPlugin(t, cp.Kubeconfig(), append(words, "--show-secrets")...)
			for _, c := range all {
				shown += strings.Count(out, c.Needle)
			}
		}
	}
	if shown < 20 {
		t.Errorf("--show-secrets shows %d", shown)
	}
}

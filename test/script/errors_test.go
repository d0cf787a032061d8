package script

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// TestErrorsSayWhatToDo: each of the usual mistakes is one line with what is wrong and what to do about it.
func TestErrorsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"jobs/app.yaml":   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"text/readme.md":  "no manifest\n",
		"nested/a/b.yaml": "kind: Pod\n",
		"bad.yaml":        "apiVersion: v1\nkind: Pod\n  metadata: {}\n",
		"bad.json":        "{\"kind\":\n",
		"wrong.yaml":      "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {spark-role: driver}}\nspec: []\n",
		"broken.config":   "x: [",
		"kubeconfig":      strings.Replace(kubeconfig, "http://%s", "http://127.0.0.1:1", 1),
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("KUBECONFIG", filepath.Join(dir, "kubeconfig"))
	files := []string{"doctor", "fix", "tune", "inject", "uninject", "explain memory"}
	live := []string{"doctor", "fix", "tune", "explain memory x", "explain pod x", "status", "uninstall"}
	reads := []string{"doctor", "fix", "tune"}
	rules := []string{"doctor -f jobs", "fix -f jobs", "inject -f jobs"}
	for _, c := range []struct {
		name, with string
		commands   []string
		state, do  string
	}{
		{"file that does not exist", "-f jobs/nothing-like-it.yaml", files, `cannot read "jobs/nothing-like-it.yaml": no such file or directory`, "check the path"},
		{"file with a slip in its name", "-f jobs/ap.yaml", files, `cannot read "jobs/ap.yaml"`, "did you mean app.yaml?"},
		{"name that is empty", "--filename=", files, "--filename is empty, so no file is named", "give a file or a folder"},
		{"pattern that matches nothing", "-f none-*.yaml", files, `no file matches "none-*.yaml"`, "check the pattern"},
		{"folder without manifests", "-f text", files, `directory "text" holds no .yaml`, "give another one"},
		{"folder of folders", "-f nested", files, `directory "nested" holds no .yaml`, "subdirectories are read with -R"},
		{"kustomization that does not exist", "-k nothing", []string{"doctor", "fix", "tune", "inject", "explain memory"}, `there is no folder "nothing"`, "give one that holds a kustomization.yaml"},
		{"bad YAML", "-f bad.yaml", files, "bad.yaml:3: not valid YAML", "correct this line or the one above it"},
		{"bad JSON", "-f bad.json", files, "bad.json:1: not valid JSON", "correct this line or the one above it"},
		{"wrong type", "-f wrong.yaml", files, `wrong.yaml:4: Pod "x": spec is a list`, "a mapping is expected"},
		{"address that does not answer", "-f http://127.0.0.1:1/a.yaml", files, `cannot read "http://127.0.0.1:1/a.yaml": dial tcp`, "check the address"},
		{"server that does not answer", "", live, "the server at http://127.0.0.1:1 did not answer", ": check the network and --context"},
		{"unknown context", "--context=d", live, `--context="d": the kubeconfig has no such context`, "kubectl config get-contexts lists them"},
		{"kubeconfig that does not exist", "--kubeconfig=nowhere", live, "cannot read the kubeconfig: stat nowhere", "check --kubeconfig and KUBECONFIG"},
		{"kubeconfig that is not one", "--kubeconfig=broken.config", live, "cannot read the kubeconfig: ", "check --kubeconfig and KUBECONFIG"},
		{"bad timeout", "--request-timeout=soon", live, `--request-timeout="soon": must be`, "30s or 2m"},
		{"bad labels", "-l=a==b=c", reads, `--selector="a==b=c"`, "write KEY=VALUE"},
		{"names and all namespaces", "x -A", reads, "names cannot be given together with -A or -l", "leave out one of them"},
		{"bad value", "--level=loud", rules[:2], `--level="loud": must be one of`, "error, warning, suggestion"},
		{"bad profile", "--profile=strict", rules, `--profile="strict": must be one of`, "safe, standard, restricted"},
		{"bad format", "-o text", []string{"doctor -f jobs", "fix -f jobs", "tune -f jobs", "inject -f jobs", "status"}, `--output="text": must be one of`, "yaml"},
		{"unknown flag", "--profil=safe", append([]string{"explain", "uninject", "completion bash"}, rules...), "unknown flag: --profil", "--help"},
		{"unknown code", "--only=SPK-P999", rules[:2], `there is no rule "SPK-P999"`, "kubectl spark explain lists them; did you mean"},
		{"unknown code", "SPK-P999", []string{"explain"}, `there is no rule "SPK-P999"`, "kubectl spark explain lists them; did you mean"},
		{"unknown part", "SPK-S011/nothing", []string{"explain"}, `SPK-S011 has no part "nothing"`, "kubectl spark explain SPK-S011 lists its parts"},
		{"table alone", "injection -o json", []string{"explain"}, "explain injection is a table", "leave out -o"},
		{"nothing to read", "", []string{"inject", "uninject", "explain memory"}, "no input", "give "},
		{"no namespace in its file", "-f jobs --namespace-file=jobs/app.yaml", []string{"doctor", "inject"}, `--namespace-file="jobs/app.yaml"`, "must hold one Namespace"},
		{"folder that does not exist", "--dir=nowhere", []string{"completion install"}, "cannot place nowhere", "choose a folder"},
		{"unknown command", "docter", []string{""}, `there is no command "docter"`, "did you mean doctor?"},
	} {
		for _, command := range c.commands {
			args := append(strings.Fields(command), strings.Fields(c.with)...)
			var out, errs strings.Builder
			root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errs}, sharedRules, "v0.0.0-test")
			root.SetArgs(args)
			code := plugin.Execute(context.Background(), root)
			text := errs.String()
			if code != plugin.ExitFailed || out.Len() > 0 || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "error: ") {
				t.Errorf("%s: %q: exit code %d, output %q, error %q", c.name, args, code, out.String(), text)
			}
			if state, do := strings.Index(text, c.state), strings.Index(text, c.do); state < 0 || do < state {
				t.Errorf("%s: %q: %swant %q, then %q", c.name, args, text, c.state, c.do)
			}
		}
	}
}

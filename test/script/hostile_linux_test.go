package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"
)

// TestNoCommandDrivesATerminal: what a file holds reaches a terminal without escapes and without runes that turn its direction.
func TestNoCommandDrivesATerminal(t *testing.T) {
	const hostile = "\x1b[31m\x1b]0;title\x07 \u202e\u009b31m"
	pod := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {spark-role: driver, spark-app-selector: s}\n  annotations: {note: \"a\\e[31m\\u202eb\"}\n  # comment \u202e turned\nspec:\n  containers:\n  - {name: spark-kubernetes-driver, image: apache/spark:4.1.1, args: [driver]}\n"
	t.Setenv("NO_COLOR", "1")
	dir := t.TempDir()
	files := map[string]string{"spark-defaults.conf": "spark.executor.memory 4g\nspark.executor.memoryOverhead 1m\nspark.app.name " + hostile + "\n", "pod.yaml": pod,
		"pod.json": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"spark-role":"driver","spark-app-selector":"s"},"annotations":{"note":"a` + "\u202e" + `b"}},"spec":{"containers":[{"name":"spark-kubernetes-driver","image":"apache/spark:4.1.1"}]}}`}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		injected, _ := lawRun(t, nil, []string{"inject"}, path)
		if err := os.WriteFile(filepath.Join(dir, "injected-"+name), []byte(injected), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := 0
	for name := range files {
		for _, words := range [][]string{{"inject"}, {"inject", "-o", "yaml"}, {"inject", "-o", "json"}, {"inject", "-o", "patch"}, {"uninject"}, {"uninject", "-o", "yaml"},
			{"fix", "--all"}, {"fix", "--all", "-o", "yaml"}, {"fix", "--all", "-o", "conf"}, {"fix", "--all", "-o", "patch"}, {"fix", "--all", "-o", "kustomize"}, {"tune", "--try"}, {"doctor", "--all", "--color=never"}} {
			path := filepath.Join(dir, name)
			if words[0] == "uninject" {
				path = filepath.Join(dir, "injected-"+name)
			}
			out, errs := lawRun(t, openTerminal(t), words, path)
			text := strings.NewReplacer("\r\n", "\n", "\t", " ").Replace(out) + errs
			shown += strings.Count(text, "\uFFFD")
			if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) }); at >= 0 {
				t.Errorf("%s of %s: %q", strings.Join(words, " "), name, text[max(0, at-60):min(len(text), at+20)])
			}
		}
	}
	if shown < 10 {
		t.Errorf("only %d were replaced", shown)
	}
}

// TestWhatIsAppliedKeepsEachRune: a patch holds runes that turn a terminal's direction as escapes, in a pipe and on a terminal.
func TestWhatIsAppliedKeepsEachRune(t *testing.T) {
	const turned = "a\u202eb\u009bc\u2066d\u200fe\u061cf"
	dir := t.TempDir()
	t.Chdir(dir)
	text := "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: orders}\nspec:\n  type: Scala\n  mode: cluster\n  image: apache/spark:4.0.1\n  sparkVersion: 4.0.1\n  mainClass: org.example.Orders\n" +
		"  driver: {javaOptions: -Xss2m}\n  sparkConf: {spark.driver.extraJavaOptions: " + strconv.QuoteToASCII("-Da="+turned) + "}\n"
	if err := os.WriteFile("app.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"fix", "SPK-P046", "-o", "patch"}, {"fix", "SPK-P046", "-o", "kustomize"}, {"inject", "-o", "json"}} {
		out, errs := lawRun(t, nil, words, "app.yaml")
		if at := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); at >= 0 || !strings.Contains(out, `\u202e`) {
			t.Errorf("%s: %q %s", strings.Join(words, " "), out, errs)
		}
		if shown, _ := lawRun(t, openTerminal(t), words, "app.yaml"); strings.ReplaceAll(shown, "\r\n", "\n") != out {
			t.Errorf("%s on a terminal: %q", strings.Join(words, " "), shown)
		}
		var value any
		var kustomization struct{ Patches []struct{ Patch string } }
		if words[len(words)-1] == "kustomize" {
			if err := yaml.Unmarshal([]byte(out), &kustomization); err != nil || len(kustomization.Patches) != 1 {
				t.Fatal(err, out)
			}
			out = kustomization.Patches[0].Patch
		}
		if err := yaml.Unmarshal([]byte(out), &value); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprint(value), turned) {
			t.Errorf("%s: runes are lost: %q", strings.Join(words, " "), out)
		}
	}
}

// TestBarePodsOfOneApplicationAreFixedInOneRun: each is its own object, and a second run has nothing to do.
func TestBarePodsOfOneApplicationAreFixedInOneRun(t *testing.T) {
	pod := func(name, role string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n  labels: {spark-role: " + role + ", spark-app-selector: s, spark-app-name: a}\nspec:\n  containers:\n  - name: spark-kubernetes-" + role +
			"\n    image: apache/spark:4.1.1\n    args: [" + role + "]\n    resources: {limits: {memory: 1Gi}}\n"
	}
	path := filepath.Join(t.TempDir(), "pods.yaml")
	text := strings.Join([]string{pod("a-driver", "driver"), pod("a-exec-1", "executor"), pod("a-exec-2", "executor"), pod("a-exec-3", "executor")}, "---\n")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs := lawRun(t, nil, []string{"fix", "--all", "--write"}, path)
	fixed, err := os.ReadFile(path)
	if n := strings.Count(string(fixed), "runAsNonRoot: true"); err != nil || n != 4 {
		t.Errorf("%d of 4 pods are fixed, %v\n%s", n, err, errs)
	}
	if _, errs := lawRun(t, nil, []string{"fix", "--all", "--write"}, path); !strings.Contains(errs, "nothing was fixed") {
		t.Errorf("a second run: %s", errs)
	}
	if again, _ := os.ReadFile(path); string(again) != string(fixed) {
		t.Error("a second run changed the file")
	}
}

// TestFixTellsNoSuccessBeforeItHappened: where a file cannot be written, the error is all that it says.
func TestFixTellsNoSuccessBeforeItHappened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spark-defaults.conf")
	if err := os.WriteFile(path, []byte("spark.executor.memory 8g\nspark.executor.memoryOverhead 1m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, path+".other"); err != nil {
		t.Fatal(err)
	}
	if out, errs := lawRun(t, nil, []string{"fix", "--all", "--write"}, path); out != "" || !strings.HasPrefix(errs, "error: cannot write ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("%q %q", out, errs)
	}
}

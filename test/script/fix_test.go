package script

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// fix writes a text to a file, runs fix --write on it and gives the file back, with what was said.
func fix(t *testing.T, path string, text []byte) (after []byte, said string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs([]string{"fix", "--all", "-f", name, "--write"})
	if code := plugin.Execute(context.Background(), root); code != 0 || out.Len() > 0 {
		t.Fatalf("%s: exit code %d: %s%s", path, code, note.String(), out.String())
	}
	after, err := withCreated(name)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".kubectl-spark-*")); err != nil || len(left) > 0 {
		t.Errorf("%s: %v stay behind, %v", path, left, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
	}
	return after, note.String()
}

// TestRulesAreMadeOnceForACommand: fix asks for them where it plans and where it counts.
func TestRulesAreMadeOnceForACommand(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pod.yaml")
	if err := os.WriteFile(name, []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {spark-role: driver}}\nspec: {containers: [{name: spark-kubernetes-driver, image: apache/spark:4.1.1}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	made := 0
	var out, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, func() (*rule.Set, error) {
		made++
		return rulebook.New()
	}, "v0.0.0-test")
	root.SetArgs([]string{"fix", "-f", name})
	if code := plugin.Execute(context.Background(), root); code != 0 || made != 1 {
		t.Errorf("exit code %d, and the rules were made %d times\n%s%s", code, made, out.String(), note.String())
	}
}

// standing lists the codes that doctor finds. Pods that somebody makes are evidence of what was, until they are made anew: of
// a custom resource's, and of settings that spark-submit turned into limits.
func standing(t *testing.T, path string, made bool) (codes []string) {
	t.Helper()
	r, _ := doctor(t, path)
	for _, f := range r.Findings {
		if f.Subject.Kind != "Pod" || !made && !strings.Contains(f.Path, "resources.limits") {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// codesOf lists the codes that lines with the given first word name.
func codesOf(said, word string) map[string]bool {
	codes := map[string]bool{}
	for _, line := range strings.Split(said, "\n") {
		if !strings.HasPrefix(line, word+" ") {
			continue
		}
		if at := strings.Index(line, "SPK-"); at >= 0 {
			codes[line[at:at+len("SPK-X000")]] = true
		}
	}
	return codes
}

// TestWhatFixSaysItMendedDoctorNoLongerFinds holds every faulty sample, with both line ends: a code that fix mended
// everywhere is gone, a second run changes nothing, comments stay, and nobody's other finding appears.
func TestWhatFixSaysItMendedDoctorNoLongerFinds(t *testing.T) {
	mended := 0
	for _, path := range written(t, "faulty") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := found(t, path)
		made := bytes.Contains(text, []byte("kind: SparkApplication")) // pods of the file are made anew from it
		for _, ends := range []string{"\n", "\r\n"} {
			after, said := fix(t, path, bytes.ReplaceAll(text, []byte("\n"), []byte(ends)))
			fixed := filepath.Join(t.TempDir(), filepath.Base(path))
			if err := os.WriteFile(fixed, after, 0o600); err != nil {
				t.Fatal(err)
			}
			still := standing(t, fixed, made)
			left := codesOf(said, "manual")
			for code := range codesOf(said, "partly") {
				left[code] = true
			}
			for code := range codesOf(said, "fixed") {
				mended++
				for _, s := range still {
					if s == code && !left[code] {
						t.Errorf("%s: fix says that it mended %s, and doctor still finds it", path, code)
					}
				}
			}
			for _, s := range still {
				// Encryption that could not start is in force now, and its cipher is told.
				if !strings.Contains(strings.Join(before, " "), s) && !(s == "SPK-S018" && strings.Contains(said, "SPK-S019")) {
					t.Errorf("%s: mending brought %s", path, s)
				}
			}
			if again, _ := fix(t, path, after); !bytes.Equal(again, after) {
				t.Errorf("%s: twice is not once", path)
			}
			for _, line := range bytes.Split(text, []byte("\n")) {
				if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) && !bytes.Contains(after, line) {
					t.Errorf("%s: the comment %q is gone", path, line)
				}
			}
			if ends == "\r\n" && bytes.Count(after, []byte("\n")) != bytes.Count(after, []byte("\r\n")) {
				t.Errorf("%s: line ends are mixed", path)
			}
		}
	}
	if mended < 20 {
		t.Errorf("%d codes were mended in all samples", mended)
	}
}

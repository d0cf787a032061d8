package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestANewRuleBuildsAndPassesItsCases: in a copy of the rulebook, which a test program of the whole is built over.
func TestANewRuleBuildsAndPassesItsCases(t *testing.T) {
	root := t.TempDir()
	book := filepath.Join(root, "rulebook")
	if err := os.CopyFS(book, os.DirFS("../../rulebook")); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, args := range [][]string{{"rule", "SPK-P998", "local-dirs-of-nodes"}, {"rule", "SPK-I998", "heavy"}} {
		if err := run(root, args, &said); err != nil {
			t.Fatal(err)
		}
	}
	home, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for line := range strings.Lines(said.String()) {
		if name := strings.TrimSpace(line); strings.HasSuffix(name, ".go") {
			at, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			replace[filepath.Join(home, at)] = name
		}
	}
	if len(replace) != 4 {
		t.Fatalf("Go files written: %v", replace)
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay, program := filepath.Join(root, "overlay.json"), filepath.Join(root, "rulebook.test")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", program, "./rulebook")
	build.Dir = home
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// The cases name the rules, so that one which is not listed would not be missed.
	if err := os.WriteFile(filepath.Join(book, "testdata", "spk_p998.txtar"), []byte("no case\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tests string
		fails string
	}{
		{"^TestEveryRuleOfTheFolderIsInAll$", ""},
		{"^TestEveryRuleDoesWhatItsCasesSay$", "SPK-P998: 0 cases with a finding and 0 without"},
	} {
		tests := exec.Command(program, "-test.run", c.tests)
		tests.Dir = book
		out, err := tests.CombinedOutput()
		if (err != nil) != (c.fails != "") || !strings.Contains(string(out), c.fails) || strings.Contains(string(out), "I998") {
			t.Errorf("%s: %v\n%s", c.tests, err, out)
		}
	}
	one := scaffold{code: "SPK-P998", name: "local-dirs-of-nodes", area: "performance"}
	if err := os.WriteFile(filepath.Join(book, "testdata", "spk_p998.txtar"), []byte(one.cases()), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := exec.Command(program, "-test.run", "^TestEveryRuleDoesWhatItsCasesSay$")
	tests.Dir = book
	if out, err := tests.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWhatIsNoNewRuleIsRefusedAndNothingIsWritten(t *testing.T) {
	root := t.TempDir()
	book := filepath.Join(root, "rulebook")
	for _, folder := range []string{"image", "testdata"} {
		if err := os.CopyFS(filepath.Join(book, folder), os.DirFS("../../rulebook/"+folder)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(book, "testdata", "spk_i998.txtar"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := size(t, root)
	for want, args := range map[string]string{
		"usage":                       "rule SPK-I997",
		"usage: go run":               "launcher SPK-I997 heavy",
		`code "SPK-X001"`:             "rule SPK-X001 heavy",
		`name "Heavy"`:                "rule SPK-I997 Heavy",
		"SPK-I002 is taken":           "rule SPK-I002 heavy",
		"movingTag() is there":        "rule SPK-I997 moving-tag",
		"performance":                 "rule SPK-P997 heavy", // no such folder in the copy
		"spk_i998.txtar: file exists": "rule SPK-I998 heavy",
	} {
		if err := run(root, strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	if after := size(t, root); after != before {
		t.Errorf("%d bytes were %d", after, before)
	}
}

func size(t *testing.T, root string) (sum int64) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		sum += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

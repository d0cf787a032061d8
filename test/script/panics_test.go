package script

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// everyCommand are the commands that take files, with each form of their output that is made by code of its own.
var everyCommand = []string{
	"doctor --all", "doctor -o markdown", "fix --all", "fix --all -o patch", "fix --all -o conf", "fix --all -o kustomize", "fix --all -o helm-values",
	"tune --try", "tune -o json", "tune -o patch", "inject", "inject -o json", "inject -o patch", "uninject", "explain memory",
}

// TestNoCommandPanics: every command runs over a Dockerfile, over each file of examples, and over its folders.
func TestNoCommandPanics(t *testing.T) {
	folder := t.TempDir()
	text := "FROM apache/spark:3.5.3\nUSER root\nRUN pip install pandas\nENV AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	inputs := []string{filepath.Join(folder, "Dockerfile")}
	if err := os.WriteFile(inputs[0], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir("../../examples", func(path string, one fs.DirEntry, err error) error {
		if err == nil && (one.IsDir() || filepath.Ext(path) != ".go") {
			inputs = append(inputs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[int]int{}
	for _, input := range inputs {
		for _, words := range everyCommand {
			args := append(strings.Fields(words), "-f", input)
			s, panicked := guarded(args)
			if panicked != "" {
				t.Errorf("kubectl spark %s: %s", strings.Join(args, " "), panicked)
			}
			if strings.Contains(s.errs, "unknown flag") || strings.Contains(s.errs, "unknown command") {
				t.Errorf("kubectl spark %s: %s", strings.Join(args, " "), s.errs)
			}
			outcomes[s.code]++
		}
	}
	if len(inputs) < 60 || outcomes[0] < 400 {
		t.Errorf("%d inputs, exit codes %v", len(inputs), outcomes)
	}
}

// guarded runs a command, and gives what it panicked with and where; "": it did not.
func guarded(args []string) (s said, panicked string) {
	defer func() {
		if p := recover(); p != nil {
			panicked = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return command("", args...), ""
}

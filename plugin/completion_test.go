package plugin

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// TestTheFolderOfThePlugin is that of the name by which it was run, on the PATH where a shell found it there.
func TestTheFolderOfThePlugin(t *testing.T) {
	name := os.Args[0]
	defer func() { os.Args[0] = name }()
	found, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{"go": filepath.Dir(found), filepath.Join("some", "where", "kubectl-spark"): filepath.Join("some", "where")} {
		os.Args[0] = given
		want, err := filepath.Abs(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pluginFolder(); err != nil || got != want {
			t.Errorf("%s: %s, not %s, %v", given, got, want, err)
		}
	}
	os.Args[0] = "no-such-program-of-the-path"
	if got, err := pluginFolder(); err == nil {
		t.Errorf("%s", got)
	}
}

// TestAShellIsOfferedTheValuesOfFlags: of those that a command declares by itself, with others, and of the connection's.
func TestAShellIsOfferedTheValuesOfFlags(t *testing.T) {
	for line, want := range map[string]string{"doctor --output ": "json", "doctor --only SPK-P0": "SPK-P006", "fix --level ": "warning", "fix --dry-run ": "server", "inject -o ": "kustomize", "status -o ": "wide",
		"explain memory x -o ": "json", "tune --goal ": "packing", "tune --only ": "spark.executor.memory", "tune --event-log s3": "s3a://", "tune --image ": ":4", "doctor --context ": ":4"} {
		var out, errs bytes.Buffer
		root := New(genericiooptions.IOStreams{In: &out, Out: &out, ErrOut: &errs}, rulebook.New, "test")
		root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, strings.Split(line, " ")...))
		if code := Execute(t.Context(), root); code != ExitDone || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit code %d, no %s among %q, %q", line, code, want, out.String(), errs.String())
		}
	}
}

// TestACommandThatEndedIsLetGo: who runs many in one process does not hold them all.
func TestACommandThatEndedIsLetGo(t *testing.T) {
	root := New(genericiooptions.NewTestIOStreamsDiscard(), rulebook.New, "test")
	root.SetArgs([]string{"fix", "--help"})
	if code := Execute(t.Context(), root); code != ExitDone {
		t.Fatalf("exit code %d", code)
	}
	fix, _, err := root.Find([]string{"fix"})
	if err != nil {
		t.Fatal(err)
	}
	command, value := weak.Make(fix), weak.Make(fix.Flag("only"))
	root, fix = nil, nil
	runtime.GC()
	runtime.GC()
	if command.Value() != nil || value.Value() != nil {
		t.Error("something still holds the command, or one of its flags")
	}
}

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWithoutRootNothingPasses: who asks for a node and cannot have one is told what is missing, by an exit code that is no success.
func TestWithoutRootNothingPasses(t *testing.T) {
	program := filepath.Join(t.TempDir(), "e2e.test")
	data, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = errors.Join(os.WriteFile(program, data, 0o755), os.Chmod(filepath.Dir(filepath.Dir(program)), 0o755)) // others may not run what go test has built
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir, cmd.Env = "/", []string{askedEnv + "=1", "PATH=" + os.Getenv("PATH")}
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "SKIPPED, nothing was tested: needs root") {
		t.Errorf("%v: %s", err, out)
	}
}

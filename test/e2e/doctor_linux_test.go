package e2e

import (
	"encoding/json"
	"errors"
	"os/exec"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// doctor is what doctor says of a namespace to a user with the rights of view.
func doctor(t *testing.T, namespace string) (r report.Report) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "kubectl", "spark", "doctor", "-n", namespace, "--as", viewer, "-o", "json", "--fail-on=never").Output()
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("doctor: %v\n%s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("doctor: %v\n%s", err, last(string(out)))
	}
	return r
}

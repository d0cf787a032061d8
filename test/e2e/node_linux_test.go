package e2e

import (
	"os/exec"
	"testing"
)

func TestNode(t *testing.T) {
	onNode(t)
	out, err := exec.CommandContext(t.Context(), "kubectl", "get", "nodes,pods", "-A", "-o", "wide").CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAWorkflowsPodIsFixedByHand: what is found in the pod of a workflow's template names its place and no command, for fix
// edits its settings alone.
func TestAWorkflowsPodIsFixedByHand(t *testing.T) {
	text := []byte(`apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: client, namespace: data}
spec:
  templates:
  - name: run
    container:
      image: apache/spark:4.0.1
      command: [/opt/spark/bin/spark-submit]
      args: [--master, "k8s://h", --deploy-mode, client, --class, a.B, --conf, spark.driver.memroy=2g, "local:///x.jar"]
      securityContext: {privileged: true}
`)
	path := filepath.Join(t.TempDir(), "workflow.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r, _ := doctor(t, path)
	commands := map[string]string{}
	for _, f := range r.Findings {
		if f.Fix != nil {
			commands[f.Code] = f.Fix.Command
		}
	}
	if c, found := commands["SPK-S012"]; !found || c != "" || commands["SPK-P002"] == "" {
		t.Errorf("commands %q", commands)
	}
	if _, _, said, _ := run(t, "workflow.yaml", text, "fix"); !strings.Contains(said, "the workflow's template makes the pod") || !strings.Contains(said, "fixed   data/client, driver: SPK-P002") {
		t.Error(said)
	}
}

package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// versionsOf are the versions of the modules that a folder of test/tools builds with.
func versionsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "test", "tools", folder, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	required, replaced := map[string]string{}, map[string]string{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 5 && f[0] == "replace":
			replaced[f[1]] = f[4]
		case len(f) >= 2 && strings.HasPrefix(f[1], "v"):
			required[f[0]] = f[1]
		}
	}
	for name := range required {
		if version, is := replaced[name]; is {
			required[name] = version
		}
	}
	return required
}

// TestTheNodesProgramsShareWhatTheControlPlaneIsBuiltFrom: with one version of each module in both, Go compiles their packages once.
func TestTheNodesProgramsShareWhatTheControlPlaneIsBuiltFrom(t *testing.T) {
	controlPlane, shared := versionsOf(t, "k8s"), 0
	for name, version := range versionsOf(t, "node") {
		other, both := controlPlane[name]
		if !both {
			continue
		}
		shared++
		if version != other {
			t.Errorf("%s is %s for the node and %s for the control plane", name, version, other)
		}
	}
	if shared < 80 {
		t.Errorf("only %d modules are in both", shared)
	}
}

package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// versionsOf are the versions of the modules that a folder of the checkout builds with.
func versionsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, folder, "go.mod"))
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

// logrus is compiled in a second, and little is built upon it: a newer one in the plugin is not worth building all programs anew.
const logrus = "github.com/sirupsen/logrus"

// TestProgramsShareWhatTheyAreBuiltFrom: with one version of each module in all of them, Go compiles their packages once.
func TestProgramsShareWhatTheyAreBuiltFrom(t *testing.T) {
	const controlPlane = "test/tools/k8s"
	built := versionsOf(t, controlPlane)
	for folder, least := range map[string]int{".": 60, "test/tools/node": 80} {
		shared := 0
		for name, version := range versionsOf(t, folder) {
			other, both := built[name]
			if !both {
				continue
			}
			shared++
			if version != other && name != logrus {
				t.Errorf("%s is %s in the module of %s and %s in that of %s", name, version, folder, other, controlPlane)
			}
		}
		if shared < least {
			t.Errorf("only %d modules are in both %s and %s", shared, folder, controlPlane)
		}
	}
}

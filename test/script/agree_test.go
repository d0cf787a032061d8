package script

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everyInput lists the files that the laws hold for: every fixture of manifests and configurations, and every case.
func everyInput(t *testing.T) (all []string) {
	t.Helper()
	for _, folder := range []string{"faulty", "corrected", "documented", "shaped", "handmade", "cases"} {
		files, err := filepath.Glob("../fixtures/" + folder + "/*")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		all = append(all, files...)
	}
	return slices.DeleteFunc(all, func(name string) bool { return filepath.Ext(name) == ".txt" || filepath.Ext(name) == ".md" })
}

// TestLawTwoASecondRunChangesNothing: fix leaves what fix wrote.
func TestLawTwoASecondRunChangesNothing(t *testing.T) {
	for _, name := range everyInput(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fixed := filepath.Join(t.TempDir(), filepath.Base(name))
		if err := os.WriteFile(fixed, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, _ := kubectlSpark(t, "fix", "-f", fixed, "--write"); code != 0 {
			continue
		}
		if code, out, said := kubectlSpark(t, "fix", "-f", fixed); code == 0 && strings.Contains(out, "@@") {
			t.Errorf("%s: a second fix changes more\n%s%s", name, out, said)
		}
	}
}

// TestLawSixACheckMarkIsEarned: it stands over no file that was left out, nor over an object that was not read.
func TestLawSixACheckMarkIsEarned(t *testing.T) {
	for _, name := range everyInput(t) {
		_, out, _ := kubectlSpark(t, "doctor", "-f", name)
		if !strings.Contains(out, "√") {
			continue
		}
		r, _ := doctor(t, name)
		if len(r.Coverage.NotChecked)+len(r.Coverage.LeftOut)+len(r.Findings) > 0 || len(r.Workloads) == 0 {
			t.Errorf("%s: a check mark over %+v, %d findings, %d workloads", name, r.Coverage, len(r.Findings), len(r.Workloads))
		}
		if len(r.Skipped) > 0 && !strings.Contains(out, "not checked") {
			t.Errorf("%s: a check mark hides what was not checked\n%s", name, out)
		}
	}
}

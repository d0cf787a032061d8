package script

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
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

var codeForm = regexp.MustCompile(`SPK-[A-Z][0-9]{3}`)

// TestLawOneWhatFixCarriesDoctorFound: fix tells of no finding that doctor has not, before the fix or behind it: a key that
// gets its right name brings its value to light.
func TestLawOneWhatFixCarriesDoctorFound(t *testing.T) {
	for _, name := range everyInput(t) {
		found, code := found(t, name)
		if code == plugin.ExitFailed {
			continue
		}
		_, _, said := kubectlSpark(t, "fix", "-f", name)
		for _, word := range []string{"fixed", "partly", "manual", "submit"} {
			for code := range codesOf(said, word) {
				if !slices.Contains(found, code) && !slices.Contains(foundBehindFix(t, name), code) {
					t.Errorf("%s: fix says %s %s, and doctor found %v", name, word, code, found)
				}
			}
		}
	}
}

// foundBehindFix gives the codes that doctor finds in a file once its settings are fixed.
func foundBehindFix(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	after, _ := fix(t, name, text)
	fixed := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(fixed, after, 0o600); err != nil {
		t.Fatal(err)
	}
	codes, _ := found(t, fixed)
	return codes
}

// TestLawOneWhatInjectEditsDoctorNames: where doctor judged what inject edits, it names it; and inject brings no finding. Of
// an owner whose pods stand in the same file doctor judges the pods.
func TestLawOneWhatInjectEditsDoctorNames(t *testing.T) {
	for _, name := range everyInput(t) {
		before, code := found(t, name)
		done, out, said := kubectlSpark(t, "inject", "-f", name)
		if code == plugin.ExitFailed || done != 0 {
			continue
		}
		r, _ := doctor(t, name)
		unseen := map[string]bool{}
		for _, s := range r.Skipped {
			unseen[s.Code[:len("SPK-P000")]] = true
		}
		for _, s := range r.Suppressed {
			unseen[s.Code] = true
		}
		if slices.ContainsFunc(r.Workloads, func(w report.Workload) bool { return w.Pods > 0 && w.Kind != "Pod" }) {
			said = ""
		}
		for _, line := range strings.Split(said, "\n") {
			_, edits, ok := strings.Cut(line, ": edited by ")
			edits, _, _ = strings.Cut(edits, ";")
			if !ok || strings.Contains(line, ": no form here") {
				continue
			}
			for _, code := range codeForm.FindAllString(edits, -1) {
				if !slices.Contains(before, code) && !unseen[code] {
					t.Errorf("%s: inject edits by %s, and doctor found %v", name, code, before)
				}
			}
		}
		injected := filepath.Join(t.TempDir(), filepath.Base(name))
		if err := os.WriteFile(injected, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		after, _ := found(t, injected)
		for _, code := range after {
			if !slices.Contains(before, code) {
				t.Errorf("%s: inject brought %s", name, code)
			}
		}
	}
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

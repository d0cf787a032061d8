package script

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/memory"
)

// TestCommandsAgree: of every input doctor, fix, tune and explain memory say the same of one fault.
func TestCommandsAgree(t *testing.T) {
	counts := map[string]int{}
	for _, r := range inputs(t) {
		if r.known && r.fix.code == 0 {
			doctorAgreesWithFix(t, r, counts)
		}
		if r.known && r.tune.code == 0 {
			tuneAgrees(t, r, counts)
		}
		if r.known {
			memoryAgrees(t, r, counts)
		}
	}
	t.Log(counts)
	for what, least := range map[string]int{"fixed": 300, "manual": 100, "tuned": 50, "recommended": 50, "keys": 30, "short": 10} {
		if counts[what] < least {
			t.Errorf("%s: %d, want at least %d", what, counts[what], least)
		}
	}
}

// doctorAgreesWithFix: a finding has a command exactly where fix changes something for it.
func doctorAgreesWithFix(t *testing.T, r *answers, counts map[string]int) {
	t.Helper()
	told := told(r.fix.errs)
	offered := map[string]bool{}
	for _, f := range r.doctor.Findings {
		key := f.Workload + " " + f.Code
		offered[key] = offered[key] || f.Fix != nil && f.Fix.Command != ""
	}
	for key, command := range offered {
		fates := told[key]
		changes := slices.ContainsFunc(fates, func(fate string) bool { return fate != "manual" })
		counts[map[bool]string{true: "fixed", false: "manual"}[changes]]++
		if fates != nil && command != changes {
			t.Errorf("%s: doctor has a command for %s: %v, and fix says %v", r.name, key, command, fates)
		}
	}
}

// tuneAgrees: what tune changes for a rule, doctor found; what doctor found and fix changes in the configuration, tune changes; and both
// to the same values.
func tuneAgrees(t *testing.T, r *answers, counts map[string]int) {
	t.Helper()
	var tuning report.Tuning
	if err := json.Unmarshal([]byte(r.tune.out), &tuning); err != nil {
		t.Errorf("%s: %v", r.name, err)
		return
	}
	found, told := shown(r.doctor), told(r.fix.errs)
	for _, s := range r.doctor.Suppressed {
		found[s.Subject.Namespace+"/"+s.Subject.Name+" "+s.Code] = report.Finding{}
	}
	notChecked := map[string]bool{}
	for _, s := range r.doctor.Skipped {
		notChecked[s.Code] = true
	}
	for _, w := range tuning.Workloads {
		recommended := map[string]bool{}
		for _, s := range w.Settings {
			for _, code := range s.Rules {
				recommended[code] = recommended[code] || s.Verdict != tuner.Keep
			}
			if s.Verdict != tuner.Change || len(s.Rules) == 0 {
				continue
			}
			counts["tuned"]++
			if s.Now == s.Recommended {
				t.Errorf("%s: tune changes %s of %s from %q to the same", r.name, s.Name, w.Name, s.Now)
			}
			if !slices.ContainsFunc(s.Rules, func(code string) bool { _, has := found[w.Name+" "+code]; return has || notChecked[code] }) {
				t.Errorf("%s: tune changes %s of %s for %v, and doctor finds none of these", r.name, s.Name, w.Name, s.Rules)
			}
		}
		for _, code := range tuner.Rules() {
			f, has := found[w.Name+" "+code]
			if !has || f.Fix == nil || f.Fix.Kind != report.FixConf || !slices.Contains(told[w.Name+" "+code], "fixed") || !sized(f.Message) {
				continue
			}
			if counts["recommended"]++; !recommended[code] {
				t.Errorf("%s: fix fixes %s of %s, and tune keeps all of it: %s", r.name, code, w.Name, f.Message)
			}
		}
	}
	fix, tune := r.conf(t, "fix"), r.conf(t, "tune", "--node-shape=16x64Gi")
	for key, value := range fix {
		other, both := tune[key]
		if !both || strings.HasSuffix(key, "JavaOptions") {
			continue
		}
		if counts["keys"]++; value != other {
			t.Errorf("%s: fix sets %s to %q, tune to %q", r.name, key, value, other)
		}
	}
}

// sized says that a finding is about memory or processors, which are tune's.
func sized(message string) bool {
	return regexp.MustCompile(`(?i)memor(y|yOverhead)|cores|heap|overhead`).MatchString(message)
}

var confArgument = regexp.MustCompile(`--conf '?"?([A-Za-z0-9.]+)=([^'"\s]*)`)

// conf is what a command would set, by key, where every workload of the input sets it alike.
func (r *answers) conf(t *testing.T, args ...string) map[string]string {
	t.Helper()
	s, _, err := benchFor(t.TempDir(), r.name).on(r.text, append(args, "-o", "conf")...)
	if err != nil {
		t.Fatal(err)
	}
	set, differ := map[string]string{}, map[string]bool{}
	for _, m := range confArgument.FindAllStringSubmatch(s.out, -1) {
		if before, has := set[m[1]]; has && before != m[2] {
			differ[m[1]] = true
		}
		set[m[1]] = m[2]
	}
	for key := range differ {
		delete(set, key)
	}
	return set
}

// memoryAgrees: explain memory says that something is short exactly where doctor finds it.
func memoryAgrees(t *testing.T, r *answers, counts map[string]int) {
	t.Helper()
	b := benchFor(t.TempDir(), r.name)
	s, _, err := b.on(r.text, "explain", "memory", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var m report.MemoryMap
	if json.Unmarshal([]byte(s.out), &m) != nil {
		return
	}
	found := shown(r.doctor)
	for _, w := range m.Workloads {
		w.Name = strings.ReplaceAll(w.Name, b.path, r.bench.path)
		finds := slices.ContainsFunc([]string{"SPK-P006", "SPK-P034", "SPK-P044"}, func(code string) bool { _, has := found[w.Name+" "+code]; return has })
		for _, role := range w.Roles {
			if role.Short == 0 {
				continue
			}
			if counts["short"]++; !finds {
				t.Errorf("%s: explain memory says that the %s of %s is short by %dMi, and doctor finds nothing", r.name, role.Role, w.Name, role.Short)
			}
		}
		ownDriver := slices.ContainsFunc(w.Notes, func(note string) bool { return strings.Contains(note, "does not create the driver's pod") }) // and its memory is not drawn
		if _, short := found[w.Name+" SPK-P006"]; short && !ownDriver && !slices.ContainsFunc(w.Roles, func(role memory.Pod) bool { return role.Short > 0 }) {
			t.Errorf("%s: doctor finds that the overhead of %s is too small, and explain memory says nothing", r.name, w.Name)
		}
	}
}

package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
)

var (
	fate    = regexp.MustCompile(`(?m)^(fixed|partly|manual|submit) +(.*?), [a-z-]+: (SPK-[A-Z][0-9]{3})`)
	anyCode = regexp.MustCompile(`SPK-[A-Z][0-9]{3}`)
)

// told lists what fix tells: "workload code", and the fates of each.
func told(errs string) map[string][]string {
	all := map[string][]string{}
	for _, m := range fate.FindAllStringSubmatch(errs, -1) {
		key := m[2] + " " + m[3]
		all[key] = append(all[key], m[1])
	}
	return all
}

// shown lists what doctor finds: "workload code".
func shown(r report.Report) map[string]report.Finding {
	all := map[string]report.Finding{}
	for _, f := range r.Findings {
		all[f.Workload+" "+f.Code] = f
	}
	return all
}

// TestLawOneFixTellsWhatDoctorFinds: no finding vanishes in fix, and fix changes nothing that doctor did not find, but
// for what shows when the rest is fixed.
func TestLawOneFixTellsWhatDoctorFinds(t *testing.T) {
	for _, r := range inputs(t) {
		fixTells(t, r)
	}
}

func fixTells(t *testing.T, r *answers) {
	t.Helper()
	if !r.known || r.fix.code != 0 {
		return
	}
	found, told := shown(r.doctor), told(r.fix.errs)
	var codes []string
	for key, f := range found {
		codes = append(codes, f.Code)
		if told[key] == nil {
			t.Errorf("%s: fix tells nothing of %s: %s\n%s", r.name, key, f.Message, r.fix.errs)
		}
	}
	for key := range told {
		if _, ok := found[key]; ok {
			continue
		}
		// It must show once the others are fixed.
		b := benchFor(t.TempDir(), r.name)
		_, fixed, err := b.on(r.text, append([]string{"fix", "--write"}, codes...)...)
		if err != nil {
			t.Fatal(err)
		}
		behind, _, _ := b.doctor(fixed)
		key = strings.ReplaceAll(key, r.bench.path, b.path)
		if _, ok := shown(behind)[key]; !ok || len(codes) == 0 {
			t.Errorf("%s: fix tells of %s, which doctor does not find, nor behind the fix of %v\n%s", r.name, key, codes, r.fix.errs)
		}
	}
}

// verdict is how many findings the verdict of fix says there were.
var verdict = regexp.MustCompile(`(?m)^(?:\d+ of )?(\d+) findings? fixed in |^nothing was fixed: (\d+) findings? (?:is|are) manual`)

// TestLawOneFixCountsAsDoctorDoes: the findings of the verdict of fix are as many as doctor's.
func TestLawOneFixCountsAsDoctorDoes(t *testing.T) {
	counted := 0
	for _, r := range inputs(t) {
		counted += fixCounts(t, r)
	}
	if counted < 100 {
		t.Errorf("%d inputs were counted", counted)
	}
}

func fixCounts(t *testing.T, r *answers) (counted int) {
	t.Helper()
	if !r.known || r.fix.code != 0 || len(r.doctor.Findings) == 0 {
		return 0
	}
	m := verdict.FindStringSubmatch(r.fix.errs)
	if m == nil || m[1]+m[2] != strconv.Itoa(len(r.doctor.Findings)) {
		t.Errorf("%s: doctor finds %d, fix says %q\n%s", r.name, len(r.doctor.Findings), m, r.fix.errs)
	}
	return 1
}

// TestLawOneInjectEditsWhatDoctorCanName: a code that inject edits by is found by doctor, or was not judged and is said to
// be so, or is suppressed; where pods of the owner stand in the same file, they are what is judged. inject does as the
// webhook will, so that the pods of what it wrote are edited no more, and no admission sees the JVM options of a driver's
// configuration: what only those fulfil doctor names once they are taken out.
func TestLawOneInjectEditsWhatDoctorCanName(t *testing.T) {
	edited := 0
	for _, r := range inputs(t) {
		if !r.known || r.inject.code != 0 {
			continue
		}
		known := map[string]bool{}
		for _, f := range r.doctor.Findings {
			known[f.Code] = true
		}
		for _, s := range r.doctor.Skipped {
			known[s.Code] = true
		}
		for _, s := range r.doctor.Suppressed {
			known[s.Code] = true
		}
		pods := bytes.Contains(r.text, []byte("kind: Pod\n"))
		for _, line := range strings.Split(r.inject.errs, "\n") {
			_, by, ok := strings.Cut(line, "edited by ")
			if !ok {
				continue
			}
			by, _, _ = strings.Cut(by, "; ")
			for _, code := range anyCode.FindAllString(by, -1) {
				if edited++; !known[code] && !pods && !r.hidden(t)[code] {
					t.Errorf("%s: inject edits by %s, which doctor does not name: %s", r.name, code, line)
				}
			}
		}
	}
	if edited < 100 {
		t.Errorf("%d edits", edited)
	}
}

var jvmOptions = regexp.MustCompile(`(?m)^.*(?:[jJ]avaOptions).*\n?`)

// hidden are the codes that doctor finds once the lines with JVM options are taken out of the input.
func (r *answers) hidden(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	without, _, ok := benchFor(t.TempDir(), r.name).doctor(jvmOptions.ReplaceAll(r.text, nil))
	if !ok {
		t.Fatalf("%s: without JVM options doctor does not read it", r.name)
	}
	for _, f := range without.Findings {
		found[f.Code] = true
	}
	return found
}

// TestLawOneInjectBringsNoFinding: doctor finds nothing behind inject that it did not find before.
func TestLawOneInjectBringsNoFinding(t *testing.T) {
	for _, r := range inputs(t) {
		injectBringsNothing(t, r)
	}
}

func injectBringsNothing(t *testing.T, r *answers) {
	t.Helper()
	if r.known && r.inject.code == 0 {
		grown(t, r.name+": inject", r.doctor, r.afterInject)
	}
}

// grown tells of findings that are there after, and were not before.
func grown(t *testing.T, what string, before, after report.Report) {
	t.Helper()
	had := shown(before)
	for key, f := range shown(after) {
		if _, ok := had[key]; !ok {
			t.Errorf("%s brings %s %s: %s %v", what, f.Level, key, f.Message, f.Evidence)
		}
	}
}

// TestLawOneEveryCommandSeesTheSame: doctor and tune name the same workloads, and what was not read is told by all.
func TestLawOneEveryCommandSeesTheSame(t *testing.T) {
	for _, r := range inputs(t) {
		commandsSeeTheSame(t, r)
	}
}

func commandsSeeTheSame(t *testing.T, r *answers) {
	t.Helper()
	if !r.known {
		if r.fix.code == 0 || r.tune.code == 0 {
			t.Errorf("%s: doctor ends with %d, fix with %d, tune with %d", r.name, r.doctored.code, r.fix.code, r.tune.code)
		}
		return
	}
	var tuning report.Tuning
	if err := json.Unmarshal([]byte(r.tune.out), &tuning); err != nil && r.tune.code == 0 {
		t.Errorf("%s: tune: %v", r.name, err)
		return
	}
	var doctor, tune []string
	for _, w := range r.doctor.Workloads {
		doctor = append(doctor, w.Name)
	}
	for _, w := range tuning.Workloads {
		tune = append(tune, w.Name)
	}
	slices.Sort(doctor)
	slices.Sort(tune)
	for _, name := range doctor {
		if !slices.Contains(tune, name) && !strings.Contains(r.tune.errs, name) && !(r.tune.code != 0 && strings.Contains(r.tune.errs, r.bench.path)) {
			t.Errorf("%s: doctor sees %v, tune %v and says\n%s", r.name, doctor, tune, r.tune.errs)
		}
	}
	if len(tune) > len(doctor) {
		t.Errorf("%s: doctor sees %v, tune %v", r.name, doctor, tune)
	}
	for _, n := range r.doctor.Coverage.NotChecked {
		for which, s := range map[string]said{"fix": r.fix, "tune": r.tune} {
			if !strings.Contains(s.errs, n.Reason) {
				t.Errorf("%s: doctor calls not checked what %s does not tell: %s\n%s", r.name, which, n.Reason, s.errs)
			}
		}
	}
}

// TestLawTwoASecondRunChangesNothing: fix leaves what fix wrote, inject what inject wrote, tune what tune wrote.
func TestLawTwoASecondRunChangesNothing(t *testing.T) {
	for _, r := range inputs(t) {
		twiceIsOnce(t, r)
	}
}

func twiceIsOnce(t *testing.T, r *answers) {
	t.Helper()
	if r.fix.code == 0 && (r.fixAgain.code != 0 || strings.Contains(r.fixAgain.out, "@@")) {
		t.Errorf("%s: a second fix changes more\n%s%s", r.name, r.fixAgain.out, r.fixAgain.errs)
	}
	if r.inject.code == 0 && (r.injectAgain.code != 0 || r.injectAgain.out != r.inject.out) {
		t.Errorf("%s: a second inject changes more\n%s", r.name, r.injectAgain.errs)
	}
	for goal, one := range r.tuned {
		if one.first.code == 0 && !quiet(one.again) {
			t.Errorf("%s: a second tune for %s changes more\n%s%s", r.name, goal, one.again.out, one.again.errs)
		}
	}
}

func quiet(tune said) bool { return tune.code == 0 && tune.out == "" }

// TestLawTwoTuneAndFixLeaveEachOther: what one wrote the other does not write over, whichever was first.
func TestLawTwoTuneAndFixLeaveEachOther(t *testing.T) {
	tuned := 0
	for _, r := range inputs(t) {
		tuned += tuneAndFixAgree(t, r)
	}
	if tuned < 60 {
		t.Errorf("only %d runs of tune changed anything", tuned)
	}
}

func tuneAndFixAgree(t *testing.T, r *answers) (tuned int) {
	t.Helper()
	for goal, one := range r.tuned {
		if one.first.code != 0 || r.fix.code != 0 {
			continue
		}
		if !quiet(one.first) {
			tuned++
		}
		if !quiet(one.tuneFixTune) {
			t.Errorf("%s: tune for %s, fix, tune: the last changes more\n%s%s", r.name, goal, one.tuneFixTune.out, one.tuneFixTune.errs)
		}
		if one.fixTuneFix.code != 0 || strings.Contains(one.fixTuneFix.out, "@@") {
			t.Errorf("%s: fix, tune for %s, fix: the last changes more\n%s%s", r.name, goal, one.fixTuneFix.out, one.fixTuneFix.errs)
		}
		grown(t, fmt.Sprintf("%s: tune for %s", r.name, goal), r.doctor, one.after)
	}
	return tuned
}

// TestLawThreeUninjectGivesBack: byte for byte, and it ends as inject did.
func TestLawThreeUninjectGivesBack(t *testing.T) {
	for _, r := range inputs(t) {
		uninjectGivesBack(t, r)
	}
}

func uninjectGivesBack(t *testing.T, r *answers) {
	t.Helper()
	switch {
	case r.inject.code != 0 && r.inject.out != "":
		t.Errorf("%s: inject ends with %d and prints something", r.name, r.inject.code)
	case r.inject.code == 0 && (r.uninject.code != 0 || !bytes.Equal(r.back, r.text)):
		t.Errorf("%s: uninject ends with %d and does not give it back\n%s", r.name, r.uninject.code, r.uninject.errs)
	}
}

// TestLawSixACheckMarkIsEarned: it stands over no file that was left out, nor over an object that was not read.
func TestLawSixACheckMarkIsEarned(t *testing.T) {
	marks := 0
	for _, r := range inputs(t) {
		marks += markIsEarned(t, r)
	}
	if marks < 5 {
		t.Errorf("%d check marks", marks)
	}
}

func markIsEarned(t *testing.T, r *answers) (marks int) {
	t.Helper()
	if strings.Contains(r.table.out, "√") {
		marks++
	}
	if err := earned(r.table.out, r.doctor); err != nil {
		t.Errorf("%s: %v\n%s", r.name, err, r.table.out)
	}
	return marks
}

// earned says why a check mark of a table stands where it may not.
func earned(table string, r report.Report) error {
	if !strings.Contains(table, "√") {
		return nil
	}
	if len(r.Coverage.NotChecked)+len(r.Coverage.LeftOut)+len(r.Findings) > 0 || len(r.Workloads) == 0 {
		return fmt.Errorf("a check mark over %+v, %d findings, %d workloads", r.Coverage, len(r.Findings), len(r.Workloads))
	}
	_, verdict, _ := strings.Cut(strings.Join(strings.Fields(table), " "), "√")
	if len(r.Skipped) > 0 && !strings.Contains(verdict, " not checked") && !strings.Contains(verdict, " of them in part") {
		return fmt.Errorf("a check mark hides %d checks that were not made", len(r.Skipped))
	}
	return nil
}

package script

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// leftLine is how many suggestions fix says that it left, and the command that fixes them.
var leftLine = regexp.MustCompile(`(?m)^(\d+) suggestions? left(?:: kubectl spark (.*))?$`)

// TestFixLeavesSuggestionsToAll: fix changes what doctor shows, errors and warnings. It counts the suggestions that are
// left as doctor does, a second run changes nothing, and the command that it prints leaves none that it could have fixed.
func TestFixLeavesSuggestionsToAll(t *testing.T) {
	counted := 0
	for _, r := range inputs(t) {
		if !r.known || r.fix.code != 0 {
			continue
		}
		b := benchFor(t.TempDir(), r.name)
		plain, fixed, err := b.on(r.text, "fix", "--write")
		if err != nil || plain.code != 0 {
			t.Errorf("%s: %d, %s, %v", r.name, plain.code, plain.errs, err)
			continue
		}
		if again, twice, _ := b.on(fixed, "fix", "--write"); !bytes.Equal(fixed, twice) {
			t.Errorf("%s: a second fix changes more: %s", r.name, again.errs)
		}
		levels := map[string]rule.Level{}
		for _, f := range r.doctor.Findings {
			if key := strings.ReplaceAll(f.Workload, r.bench.path, b.path) + " " + f.Code; levels[key] == "" { // worst first
				levels[key] = f.Level
			}
		}
		for key, fates := range told(plain.errs) {
			if levels[key] == rule.Advice {
				t.Errorf("%s: %s is a suggestion and is %v", r.name, key, fates)
			}
		}
		after, _, _ := b.doctor(fixed)
		advice := 0
		for _, f := range after.Findings {
			if f.Level == rule.Advice {
				advice++
			}
		}
		m := leftLine.FindStringSubmatch(plain.errs)
		if m == nil {
			m = []string{"", "0", ""}
		}
		if m[1] != fmt.Sprint(advice) && !bytes.Contains(r.text, []byte("kind: Pod\n")) {
			t.Errorf("%s: doctor shows %d suggestions after fix, which says\n%s", r.name, advice, plain.errs)
		}
		if m[2] == "" {
			continue
		}
		words, err := shellWords(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(words, "doctor") { // fix can make none of them
			if s := command("", words...); s.code > 1 {
				t.Errorf("%s: %q: exit code %d: %s", r.name, words, s.code, s.errs)
			}
			continue
		}
		counted++
		if s := command("", append(words, "--write")...); s.code != 0 || leftLine.MatchString(s.errs) {
			t.Errorf("%s: %q leaves some: %s", r.name, words, s.errs)
		}
		now, err := os.ReadFile(b.path)
		if err != nil || bytes.Equal(now, fixed) {
			t.Errorf("%s: %q changes nothing, %v", r.name, words, err)
		}
	}
	if counted < 60 {
		t.Errorf("%d inputs have suggestions that could be fixed", counted)
	}
}

// TestFixChangesASuggestionByItsCode: a code is asked for whatever its level.
func TestFixChangesASuggestionByItsCode(t *testing.T) {
	b, text := fault(t, "../../examples/faulty/kubeflow.yaml")
	said, after := b.must(t, text, "fix", "--write", "SPK-S016")
	if !bytes.Contains(after, []byte("spark.authenticate")) || leftLine.MatchString(said.errs) {
		t.Errorf("%s\n%s", said.errs, after)
	}
}

// TestDoctorsNextCommandHasAllWhereItShowedSuggestions: doctor --all is followed by fix --all.
func TestDoctorsNextCommandHasAllWhereItShowedSuggestions(t *testing.T) {
	for _, all := range []bool{false, true} {
		args := []string{"doctor", "-f", "../../examples/faulty/kubeflow.yaml", "--fail-on=never"}
		want := "next: kubectl spark fix -f ../../examples/faulty/kubeflow.yaml\n"
		if all {
			args, want = append(args, "--all"), strings.Replace(want, "yaml\n", "yaml --all\n", 1)
		}
		if s := command("", args...); !strings.Contains(s.out, want) {
			t.Errorf("%q: %s", args, s.out)
		}
	}
}

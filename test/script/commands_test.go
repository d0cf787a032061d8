package script

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// TestLawFiveEveryPrintedCommandDoesWhatItSays: what doctor, fix, tune and inject print to be run is run on the same file.
func TestLawFiveEveryPrintedCommandDoesWhatItSays(t *testing.T) {
	ran := map[string]int{}
	for _, r := range inputs(t) {
		for _, c := range r.printed {
			if ran[c.words[0]]++; c.result.code == 2 {
				t.Errorf("%s: %q is printed, and ends with %d: %s", r.name, c.words, c.result.code, c.result.errs)
				continue
			}
			switch verb := c.words[0]; {
			case verb == "fix" && !slices.Contains(c.words, "-o"):
				r.fixes(t, c)
			case verb == "tune", verb == "fix":
				form, sign := c.words[len(c.words)-1], map[string]string{"diff": "@@", "conf": "--conf spark."}
				if sign[form] == "" || !strings.Contains(c.result.out, sign[form]) {
					t.Errorf("%s: %q shows no difference\n%s%s", r.name, c.words, c.result.out, c.result.errs)
				}
			case verb == "explain":
				if len(c.words) != 2 || !strings.Contains(c.result.out, c.words[1]) {
					t.Errorf("%s: %q explains something else\n%s", r.name, c.words, c.result.out)
				}
			case verb == "doctor":
			default:
				t.Errorf("%s: %q is printed, and nobody says what it is for", r.name, c.words)
			}
		}
	}
	if ran["fix"] < 500 || ran["tune"] < 80 || ran["explain"] < 30 {
		t.Errorf("only %v", ran)
	}
}

// fixes checks that a fix that was printed took away what it was printed for; of a part, that it changed something.
func (r *answers) fixes(t *testing.T, c followed) {
	t.Helper()
	if !c.wrote {
		t.Errorf("%s: %q writes nothing\n%s", r.name, c.words, c.result.errs)
		return
	}
	pods := bytes.Contains(r.text, []byte("kind: Pod\n"))
	tells := told(c.result.errs)
	for _, f := range r.doctor.Findings {
		own := slices.ContainsFunc(fixesOf(f), func(fix *report.Fix) bool {
			commands, err := printed(fix.Command)
			return err == nil && len(commands) == 1 && slices.Equal(commands[0], c.words)
		})
		if key := f.Workload + " " + f.Code; own {
			there := c.left[key] && !pods // they are what is judged, until they are made anew
			fixed := slices.Contains(tells[key], "fixed") && len(slices.Compact(slices.Clone(tells[key]))) == 1
			if there == fixed && !pods || tells[key] == nil {
				t.Errorf("%s: %q says %v of %s, and doctor finds it still: %v\n%s", r.name, c.words, tells[key], key, there, c.result.errs)
			}
		}
	}
}

package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

var styles = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestTheRemedyStandsOutAndTheEvidenceIsDim, on one line and on lines of their own.
func TestTheRemedyStandsOutAndTheEvidenceIsDim(t *testing.T) {
	r := sample()
	r.Finish(false)
	const evidence, remedy = "\x1b[2m200Mi → 896Mi\x1b[0m", "\x1b[1mfix: spark.executor.memoryOverhead=896m\x1b[0m"
	for width, want := range map[int]string{120: evidence + "    " + remedy + "\n", 55: evidence + "\n" + strings.Repeat(" ", indent) + remedy + "\n"} {
		if out := text(t, r, Options{Color: true, Width: width}); !strings.Contains(out, want) {
			t.Errorf("%d columns: no %q in\n%q", width, want, out)
		}
	}
	if wide := text(t, r, Options{Color: true, Format: "wide"}); !strings.Contains(wide, evidence) || !strings.Contains(wide, remedy) {
		t.Errorf("wide: %q", wide)
	}
}

// TestColourOnlyRepeats what words and signs say.
func TestColourOnlyRepeats(t *testing.T) {
	for _, n := range []int{1, 60} {
		r := manyWorkloads(n, 20)
		r.Finish(false)
		for _, o := range []Options{{}, {Lowest: rule.Advice, Width: 60}, {By: ByWorkload, Width: 200}, {By: ByFinding}, {Format: "wide"}} {
			plain := text(t, r, o)
			o.Color = true
			if coloured := text(t, r, o); coloured == plain || styles.ReplaceAllString(coloured, "") != plain {
				t.Errorf("%d workloads, %+v: without its colours it is\n%s\nand without colours\n%s", n, o, styles.ReplaceAllString(coloured, ""), plain)
			}
		}
	}
}

// TestADifferenceIsColoured: what goes is red, what comes green, where it stands dim, and its codes bold.
func TestADifferenceIsColoured(t *testing.T) {
	const difference = "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,3 +1,3 @@ SPK-P012, SPK-P014\n a: 1\n-b: 2\n+b: 3\n@@ -9 +9 @@\n-c\n+d\n"
	const want = "\x1b[2m--- a/x.yaml\x1b[0m\n\x1b[2m+++ b/x.yaml\x1b[0m\n\x1b[2m@@ -1,3 +1,3 @@\x1b[0m\x1b[1m SPK-P012, SPK-P014\x1b[0m\n a: 1\n\x1b[31m-b: 2\x1b[0m\n\x1b[32m+b: 3\x1b[0m\n" +
		"\x1b[2m@@ -9 +9 @@\x1b[0m\n\x1b[31m-c\x1b[0m\n\x1b[32m+d\x1b[0m\n"
	if got := PaintDiff(difference); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

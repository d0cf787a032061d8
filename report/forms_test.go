package report

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func TestNamesAreObjectsWithFindingsOnce(t *testing.T) {
	r := sample()
	r.Findings = append(r.Findings, Finding{Code: "SPK-P034", Level: rule.Warning, Area: rule.Performance, Workload: "a/w", Message: "m",
		Subject: Subject{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "a", Name: "w"}})
	r.Finish(false)
	if got := text(t, r, Options{Format: "name"}); got != "pod/etl-exec-1\nstatefulset.apps/w\n" {
		t.Errorf("%q", got)
	}
	if got := text(t, r, Options{Format: "name", Lowest: rule.Advice}); strings.Count(got, "\n") != 3 {
		t.Errorf("with advice: %q", got)
	}
}

// TestWideHasALineForAFinding with its places and commands in one piece, and is never longer than the usual form.
func TestWideHasALineForAFinding(t *testing.T) {
	r := sample()
	long := "spec.driver.template.spec.containers[0].volumeMounts[0].name.and.what.is.below.it.so.that.it.is.longer.than.a.line"
	r.Findings[0].Path, r.Findings[0].Fix.Command = long, "kubectl spark fix -n a SPK-P001"
	r.Finish(false)
	out := text(t, r, Options{Format: "wide"})
	for _, want := range []string{"200Mi → 896Mi   fix: spark.executor.memoryOverhead=896m   pod/etl-exec-1 " + long, "   $ kubectl spark fix -n a SPK-P001\n", "… 1 suggestion (--all)"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	for _, o := range []Options{{}, {Width: 200}, {Lowest: rule.Advice}, {By: ByFinding}, {By: ByFinding, Width: 200}} {
		wide := o
		wide.Format = "wide"
		if usual, long := text(t, r, o), text(t, r, wide); strings.Count(long, "\n") > strings.Count(usual, "\n") {
			t.Errorf("%+v: wide is longer:\n%s\nthan\n%s", o, long, usual)
		}
	}
}

func TestJSONPathFindsWithAndWithoutBracesAndRefusesWhatItCannotRead(t *testing.T) {
	r := sample()
	r.Finish(false)
	for template, want := range map[string]string{
		"{.findings[*].code}": "SPK-P001 SPK-P011", ".summary.error": "1", "summary.error": "1", "{.nothing}": "",
		`{range .findings[*]}{.code}{"\n"}{end}`: "SPK-P001\nSPK-P011\n",
	} {
		if got := text(t, r, Options{Format: "jsonpath=" + template}); got != want {
			t.Errorf("%s: %q", template, got)
		}
	}
	for _, template := range []string{"", "{.findings[", "{range .findings[*]}"} {
		if _, err := printers.Of("jsonpath=" + template); template != "{range .findings[*]}" && err == nil {
			t.Errorf("%q was taken", template)
		}
	}
	if _, err := printers.Of("html"); err == nil || !strings.Contains(err.Error(), "go-template") {
		t.Errorf("%v", err)
	}
}

func TestMarkdownKeepsTextInItsCell(t *testing.T) {
	r := sample()
	r.Findings[0].Message = "a | b <script> `x` @all\n# t"
	r.Finish(false)
	out := text(t, r, Options{Format: "markdown"})
	if !strings.Contains(out, "| error | SPK-P001 | a \\| b &lt;script&gt; \\`x\\` &#64;all \\# t (executor) | spark.executor.memoryOverhead=896m |\n") {
		t.Errorf("\n%s", out)
	}
	for _, want := range []string{"## Spark: 2 errors, 0 warnings, 1 suggestion in 1 workload, 3 pods\n", "### a/etl\n", "Not shown: 1 suggestion (--all).\n", "Not checked: SPK-P011 (list nodes is forbidden; grant: list nodes).\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func sample() *Report {
	finding := func(name string) Finding {
		return Finding{Code: "SPK-P001", Level: rule.Error, Area: rule.Performance, Workload: "a/etl", Role: "executor",
			Subject: Subject{APIVersion: "v1", Kind: "Pod", Namespace: "a", Name: name},
			Message: "the limit is below what Spark needs and the kernel will kill the executor as soon as its memory outside of the heap grows",
			Fix:     &Fix{Kind: FixConf, Summary: "spark.executor.memoryOverhead=896m"}, Evidence: &Evidence{Observed: "200Mi", Needed: "896Mi"}}
	}
	return &Report{
		Workloads: []Workload{{Name: "a/etl", Launcher: "native", Spark: "3.5.6", Driver: 1, Executors: 2, Pods: 3}},
		Findings: []Finding{finding("etl-exec-1"), finding("etl-exec-2"),
			{Code: "SPK-P011", Level: rule.Advice, Area: rule.Performance, Workload: "a/etl", Message: "advice"}},
		Coverage: Coverage{Missing: []Missing{{Verb: "list", Resource: "nodes", NeededBy: []string{"SPK-P011"}, Reason: "is forbidden", Grant: "list nodes"}}},
	}
}

func text(t *testing.T, r *Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheSameFindingOnManyExecutorsIsOneLineWithACount(t *testing.T) {
	r := sample()
	r.Finish(false)
	if len(r.Findings) != 2 || r.Findings[0].Count != 2 || r.Summary.Error != 1 || r.Summary.ByArea[rule.Performance].Advice != 1 {
		t.Fatalf("findings %+v, summary %+v", r.Findings, r.Summary)
	}
	if out := text(t, r, Options{Width: 100}); strings.Count(out, "SPK-P001") != 1 || !strings.Contains(out, "(2 executors)") {
		t.Errorf("table:\n%s", out)
	}
}

func TestTableKeepsTheWidthHidesAdviceAndEndsWithTheVerdict(t *testing.T) {
	r := sample()
	r.Finish(false)
	out := text(t, r, Options{})
	for _, line := range strings.Split(out, "\n") {
		if layout.Columns(line) > Width(0) {
			t.Errorf("line of %d runes: %s", layout.Columns(line), line)
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; last != "✗ 1 error, 1 suggestion in 1 workload, 3 pods" {
		t.Errorf("last line %q", last)
	}
	for _, want := range []string{"… 1 suggestion (--all)", "Not checked: SPK-P011 (list nodes is forbidden; grant: list nodes)", "200Mi → 896Mi    fix: spark"} {
		if !strings.Contains(out, want) {
			t.Errorf("table lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") || !strings.Contains(text(t, r, Options{Color: true}), "\x1b[31m✗") {
		t.Error("colour must come exactly where it is asked for")
	}
	if all := text(t, r, Options{Lowest: rule.Advice}); !strings.Contains(all, "· SPK-P011  advice") {
		t.Errorf("--all hides advice:\n%s", all)
	}
}

func TestACleanResultIsOneLine(t *testing.T) {
	r := &Report{Workloads: []Workload{{Name: "a/b", Pods: 2}}, Checked: map[string]bool{"SPK-P001": true, "SPK-P002": true}}
	r.Finish(false)
	if out := text(t, r, Options{}); out != "√ 1 workload, 2 pods: nothing wrong · 2 checks\n" {
		t.Errorf("%q", out)
	}
}

// TestWhatWasNotCheckedIsCountedByRule beside the verdict, however many reasons there are; one that was run elsewhere is in part.
func TestWhatWasNotCheckedIsCountedByRule(t *testing.T) {
	r := &Report{Workloads: []Workload{{Name: "a/b"}}, Checked: map[string]bool{"SPK-P001": true, "SPK-P002": true},
		Skipped: []Skipped{{Code: "SPK-P002", Reason: "needs a"}, {Code: "SPK-P002", Reason: "needs b"}, {Code: "SPK-P003", Reason: "needs a"}, {Code: "SPK-P001", Reason: "needs a"}}}
	r.Finish(false)
	out := text(t, r, Options{})
	for _, want := range []string{"√ 1 workload: nothing wrong · 2 checks, 2 of them in part, 1 not checked\n", "SPK-P003, and SPK-P001, SPK-P002 in part need a\n", "SPK-P002 in part needs b\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
}

func TestNoClusterStringReachesATerminalWithControlOrBidiRunes(t *testing.T) {
	evil := "x\x1b[2J\u202egnp\u2066\u200b\x07\u009b\ny"
	r := &Report{Workloads: []Workload{{Name: evil, Launcher: evil, State: evil}},
		Findings: []Finding{{Code: "SPK-P001", Level: rule.Error, Workload: evil, Message: evil, Path: evil,
			Subject: Subject{Name: evil, Namespace: evil}, Evidence: &Evidence{Observed: evil}, Fix: &Fix{Summary: evil}, Location: &Location{File: evil}}},
		Suppressed: []Suppressed{{Reason: evil}}, Skipped: []Skipped{{Code: "SPK-P002", Reason: evil}},
		Coverage: Coverage{Missing: []Missing{{Reason: evil}}}}
	r.Finish(false)
	for _, format := range Formats() {
		out := text(t, r, Options{Format: format, Lowest: rule.Advice})
		if i := strings.IndexFunc(strings.ReplaceAll(out, "\n", ""), func(c rune) bool { return clean.Text(string(c)) != string(c) }); i >= 0 {
			t.Errorf("%s: an unsafe rune got through: %q", format, out)
		}
	}
}

func TestSecretsAreMaskedUnlessAsked(t *testing.T) {
	make := func() *Report {
		return &Report{Findings: []Finding{{Code: "SPK-S013", Level: rule.Error, Message: `fs.s3a.secret.key=hunter2 and "db.password": "hunter2" stand in clear`,
			Path: "data.spark.hadoop.fs.s3a.secret.key", Evidence: &Evidence{Observed: "hunter2"}}}}
	}
	r := make()
	r.Finish(false)
	if out := text(t, r, Options{Format: "json"}); strings.Contains(out, "hunter2") {
		t.Errorf("a secret got through: %s", out)
	}
	r = make()
	r.Finish(true)
	if out := text(t, r, Options{Format: "json"}); strings.Count(out, "hunter2") != 3 {
		t.Errorf("--show-secrets masks: %s", out)
	}
}

func TestJSONHasTheContractsFieldsAndNoNullLists(t *testing.T) {
	r := &Report{}
	r.Finish(false)
	var out map[string]any
	if err := json.Unmarshal([]byte(text(t, r, Options{Format: "json"})), &out); err != nil {
		t.Fatal(err)
	}
	if out["apiVersion"] != APIVersion || out["kind"] != "Report" {
		t.Errorf("%v", out)
	}
	for _, list := range []string{"findings", "skipped", "suppressed", "workloads"} {
		if _, ok := out[list].([]any); !ok {
			t.Errorf("%s is %v, not a list", list, out[list])
		}
	}
	if areas := out["summary"].(map[string]any)["byArea"].(map[string]any); len(areas) != 4 {
		t.Errorf("byArea %v", areas)
	}
}

// TestTheFixOfManyWorkloadsIsTheirs: a fix that differs is not the first one's, and install stands where it edits new pods.
func TestTheFixOfManyWorkloadsIsTheirs(t *testing.T) {
	one := func(code, workload, summary string) Finding {
		return Finding{Code: code, Level: rule.Warning, Workload: workload, Title: "Something", Edited: true, Fix: &Fix{Kind: FixTemplate, Summary: summary}}
	}
	r := &Report{Findings: []Finding{one("SPK-P006", "a", "set 1g"), one("SPK-P006", "b", "set 2g"), one("SPK-S011", "a", "harden"), one("SPK-S011", "b", "harden")}}
	r.Finish(false)
	for _, format := range []string{"table", "wide"} {
		var b strings.Builder
		if err := r.Write(&b, Options{Format: format, By: ByFinding, Install: "kubectl spark install --image=IMAGE", Injected: map[string]bool{"SPK-S011": true}}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if strings.Contains(text, "set 1g") || strings.Count(text, "one line for new pods: kubectl spark install --image=IMAGE") != 1 || !strings.Contains(text[strings.Index(text, "SPK-S011"):], "one line") {
			t.Errorf("%s\n%s", format, text)
		}
		if format == "wide" && (!strings.Contains(text, "fix: harden") || !strings.Contains(text, "fix: differs by workload, see --by=workload")) {
			t.Errorf("%s\n%s", format, text)
		}
	}
}

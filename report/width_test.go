package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// manyWorkloads is a report of n workloads, each with a few of the kinds of findings, and of as many kinds.
func manyWorkloads(n, kinds int) *Report {
	r := &Report{Checked: map[string]bool{}}
	for i := range n {
		name := fmt.Sprintf("team-%d/daily-settlement-%03d", i%7, i)
		r.Workloads = append(r.Workloads, Workload{Name: name, Launcher: "native", Spark: "3.5.6", Driver: 1, Executors: 19, Pods: 20})
		for k := i % 3; k < kinds; k += 1 + k/3 {
			level := rule.Levels()[k%len(rule.Levels())]
			r.Findings = append(r.Findings, Finding{Code: fmt.Sprintf("SPK-P%03d", k), Level: level, Area: rule.Performance, Workload: name, Role: "executor",
				Title: fmt.Sprintf("The memory of kind %d is less than what Spark needs on a node of this size", k), Message: "message " + name,
				Subject: Subject{Kind: "Pod", Name: name}, Fix: &Fix{Summary: "set more"}, Evidence: &Evidence{Observed: "1", Needed: "2"}})
		}
		r.Skipped = append(r.Skipped, Skipped{Code: fmt.Sprintf("SPK-P%03d", 900+i%40), Reason: fmt.Sprintf("needs the %d. thing that could not be read, which has a long name", i%40)})
		r.Coverage.NotChecked = append(r.Coverage.NotChecked, NotChecked{Object: name, Reason: "r"})
	}
	r.Coverage.Missing = []Missing{{Verb: "list", Resource: "nodes", NeededBy: []string{"SPK-P018"}, Reason: "is forbidden", Grant: "get,list nodes"}}
	r.Hint = []string{"next: kubectl spark fix -A --profile=restricted", "explain: kubectl spark explain SPK-P001"}
	return r
}

// TestNoLineIsWiderThanTheTerminal but for a word or a command, which can be copied from one line.
func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, n := range []int{1, 6, 60, 500} {
		r := manyWorkloads(n, 40)
		r.Findings[0].Message = "日本語の設定は長い " + strings.Repeat("値が小さい ", 30)
		r.Finish(false)
		for _, width := range []int{40, 60, 80, 120, 200} {
			for _, o := range []Options{{}, {Lowest: rule.Advice}, {By: ByWorkload}, {By: ByFinding}, {ASCII: true}} {
				o.Width = width
				out := text(t, r, o)
				for _, line := range strings.Split(out, "\n") {
					if got := layout.Columns(line); got > width && len(strings.Fields(line)) > 1 && !strings.Contains(line, "kubectl spark") {
						t.Fatalf("%d workloads, %+v: %d columns: %q", n, o, got, line)
					}
				}
				lines := strings.Split(strings.TrimSpace(out), "\n")
				at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "✗ ") || strings.HasPrefix(line, "x ") })
				if at < 0 || !strings.Contains(strings.Join(lines[at:], "\n"), "next: kubectl spark fix -A --profile=restricted") {
					t.Errorf("%d workloads, %+v: no verdict with the next command at the end:\n%s", n, o, out)
				}
				if !strings.Contains(out, "Not checked: SPK-P018 (list nodes is forbidden; grant: get,list") && !strings.Contains(out, "Not checked: SPK-P018 (list nodes") {
					t.Errorf("%d workloads, %+v: what was not read is not named:\n%s", n, o, out)
				}
				if o.ASCII && strings.ContainsFunc(out, func(c rune) bool { return c > 0x7e }) {
					t.Errorf("not ASCII: %q", out)
				}
			}
		}
	}
}

func TestWideCharactersCountTwice(t *testing.T) {
	if got := Wrap("値が 値が 値が", 9); !slices.Equal(got, []string{"値が 値が", "値が"}) {
		t.Errorf("%q", got)
	}
	if got := layout.Pad("値", 4) + "|"; got != "値  |" {
		t.Errorf("%q", got)
	}
}

func TestACommandIsNotBroken(t *testing.T) {
	text := "paused: no pod is sent to it (kubectl spark install --resume -n a); to undo: kubectl spark explain SPK-S025 and then wait"
	for n := 40; n < 90; n++ {
		joined := strings.Join(Wrap(text, n), "\n")
		for _, command := range []string{"(kubectl spark install --resume -n a);", "kubectl spark explain SPK-S025"} {
			if !strings.Contains(joined, command) {
				t.Errorf("%d columns: %q is broken:\n%s", n, command, joined)
			}
		}
		for _, line := range strings.Split(joined, "\n") {
			if layout.Columns(line) > n {
				t.Errorf("%d columns: %q", n, line)
			}
		}
	}
	if got := Wrap("the kubectl plugin works", 3); !slices.Contains(got, "works") {
		t.Errorf("%q", got)
	}
}

// TestManyWorkloadsAreGroupedByFindingOnTwoScreens: above ten, worst first, and what is left out is counted.
func TestManyWorkloadsAreGroupedByFindingOnTwoScreens(t *testing.T) {
	for n, grouped := range map[int]bool{1: false, 10: false, 11: true, 60: true, 500: true} {
		r := manyWorkloads(n, 40)
		r.Finish(false)
		for _, width := range []int{60, 80, 120, 200} {
			out := text(t, r, Options{Width: width})
			if got := !strings.Contains(out, "native"); got != grouped {
				t.Errorf("%d workloads: grouped by finding: %v\n%s", n, got, out)
			}
			wide := text(t, r, Options{Width: width, Format: "wide"})
			if usual, long := strings.Count(out, "\n"), strings.Count(wide, "\n"); long > usual {
				t.Errorf("%d workloads, %d columns: the wide form has %d lines, the usual one %d:\n%s\n%s", n, width, long, usual, wide, out)
			}
			if !grouped {
				continue
			}
			if lines := strings.Count(out, "\n"); lines > 60 {
				t.Errorf("%d workloads, %d columns: %d lines\n%s", n, width, lines, out)
			}
			if first, last := strings.Index(out, "✗ SPK"), strings.LastIndex(out, "✗ SPK"); strings.Index(out, "‼ SPK") < last || first < 0 {
				t.Errorf("errors are not first:\n%s", out)
			}
			for _, want := range []string{" workloads ", "…", "SPK-P018 (list nodes", "more reasons"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
		}
	}
	r := manyWorkloads(500, 40)
	r.Finish(false)
	if out := text(t, r, Options{By: ByWorkload}); strings.Count(out, "native") != 500 {
		t.Errorf("--by=workload shows %d of 500", strings.Count(out, "native"))
	}
	few := manyWorkloads(3, 5)
	few.Finish(false)
	if out := text(t, few, Options{By: ByFinding, Width: 120}); strings.Contains(out, "native") || !strings.Contains(out, "team-0/daily-settlement-000, team-1/…") && !strings.Contains(out, "team-0/daily-settlement-000") {
		t.Errorf("--by=finding shows cards or no names:\n%s", out)
	}
}

// TestLinesGoOnBehindTheirName, and need no more than the width.
func TestLinesGoOnBehindTheirName(t *testing.T) {
	var b strings.Builder
	l := Lines{Out: &b, Options: Options{Width: 60}}
	l.Line("‼", "%-15s paused: no pod is sent to it, as a driver pod that was tried shows; %s", "webhook", "kubectl spark install --resume")
	l.Line("", "The webhook works.")
	want := "‼ webhook         paused: no pod is sent to it, as a driver\n                  pod that was tried shows;\n                  kubectl spark install --resume\nThe webhook works.\n"
	if b.String() != want || l.Err != nil {
		t.Errorf("%v\n%s", l.Err, b.String())
	}
	b.Reset()
	l.Color = true
	l.Line("‼", "%-15s paused: no pod is sent to it, as a driver pod that was tried shows; %s", "webhook", "kubectl spark install --resume")
	l.Line("", "The webhook works.")
	if got := b.String(); !strings.HasPrefix(got, layout.Paint(true, layout.Yellow, "‼")+" webhook") || styles.ReplaceAllString(got, "") != want {
		t.Errorf("coloured: %q", got)
	}
}

// TestWhatWasNotReadIsUnderNoCheckMark, also where nothing was found.
func TestWhatWasNotReadIsUnderNoCheckMark(t *testing.T) {
	for name, coverage := range map[string]Coverage{
		"missing":     {Missing: []Missing{{Verb: "list", Resource: "nodes", Reason: "is forbidden"}}},
		"left out":    {LeftOut: []LeftOut{{File: "a.yaml", Reason: "r"}}},
		"not checked": {NotChecked: []NotChecked{{Object: "job a", Reason: "r"}}},
	} {
		r := &Report{Workloads: []Workload{{Name: "a"}}, Coverage: coverage, Checked: map[string]bool{"SPK-P001": true}}
		r.Finish(false)
		if out := text(t, r, Options{}); strings.Contains(out, "√") || !strings.Contains(out, "nothing wrong in what was checked") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestNotCheckedIsOneLineAReasonHoweverManyObjects: the table names two of many accounts and counts the rest; JSON keeps all.
func TestNotCheckedIsOneLineAReasonHoweverManyObjects(t *testing.T) {
	r := &Report{Checked: map[string]bool{}}
	for i := range 20 {
		r.Skipped = append(r.Skipped, Skipped{Code: "SPK-S030", Reason: fmt.Sprintf("needs to know whether ServiceAccount a%d exists", i)},
			Skipped{Code: "SPK-S006", Reason: fmt.Sprintf("needs all Roles and RoleBindings of ServiceAccount a%d", i)})
	}
	r.Skipped = append(r.Skipped, Skipped{Code: "SPK-P018", Reason: "needs the nodes"}, Skipped{Code: "SPK-S030", Reason: "needs to know whether Secret s exists"})
	r.Finish(false)
	var table, all strings.Builder
	if err := r.Write(&table, Options{Format: "table", Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"SPK-S030 needs to know what exists of ServiceAccount a0, ServiceAccount a1 and 19 more\n",
		"SPK-S006 needs all Roles and RoleBindings of ServiceAccount a0, a1 and 18 more\n",
		"SPK-P018 needs the nodes\n",
	} {
		if strings.Count(table.String(), want) != 1 {
			t.Errorf("%q is not a line of\n%s", want, table.String())
		}
	}
	if err := r.Write(&all, Options{Format: "json"}); err != nil || strings.Count(all.String(), "ServiceAccount a") != 40 {
		t.Errorf("JSON lacks some: %v\n%s", err, all.String())
	}
}

// TestNotCheckedIsOneLineForAllThatNeedTheSame: each rule is named once, and two of many reasons; --all has every reason.
func TestNotCheckedIsOneLineForAllThatNeedTheSame(t *testing.T) {
	r := &Report{Checked: map[string]bool{"SPK-S006": true, "SPK-M014": true, "SPK-P018": true}}
	for i := range 5 {
		for _, code := range []string{"SPK-S006", "SPK-M014", "SPK-P018"} {
			r.Skipped = append(r.Skipped, Skipped{Code: code, Reason: fmt.Sprintf("needs the pod (reason %d)", i)})
		}
	}
	r.Skipped = append(r.Skipped, Skipped{Code: "SPK-S010", Reason: "needs the Namespace"}, Skipped{Code: "SPK-P018", Reason: "the rule panicked (int)"})
	r.Finish(false)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "Not checked: SPK-M014, SPK-P018, SPK-S006 in part need the pod (reason 0; reason 1 and 3 more)\n" +
			"             SPK-P018 in part (the rule panicked (int))\n             SPK-S010 needs the Namespace\n"},
		{Options{Lowest: rule.Advice}, "in part need the pod (reason 0; reason 1; reason 2; reason 3; reason 4)\n"},
	} {
		c.o.Format, c.o.Width = "table", 120
		var table strings.Builder
		if err := r.Write(&table, c.o); err != nil || !strings.Contains(table.String(), c.want) {
			t.Errorf("%v, not %q:\n%s", err, c.want, table.String())
		}
	}
}

// TestCompleteSaysThatEverythingWasChecked: as --strict-coverage asks, and not only that everything was read.
func TestCompleteSaysThatEverythingWasChecked(t *testing.T) {
	for _, c := range []struct {
		r    Report
		want bool
	}{
		{Report{}, true},
		{Report{Skipped: []Skipped{{Code: "SPK-P018", Reason: "needs the nodes"}}}, false},
		{Report{Coverage: Coverage{Missing: []Missing{{Verb: "list", Resource: "nodes"}}}}, false},
		{Report{Coverage: Coverage{LeftOut: []LeftOut{{File: "a", Reason: "x"}}}}, false},
		{Report{Coverage: Coverage{NotChecked: []NotChecked{{Reason: "x"}}}}, false},
	} {
		if c.r.Finish(false); c.r.Coverage.Complete != c.want {
			t.Errorf("complete is %v with %+v, skipped %+v", c.r.Coverage.Complete, c.r.Coverage, c.r.Skipped)
		}
	}
}

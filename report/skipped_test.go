package report

import (
	"fmt"
	"strings"
	"testing"
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
		"SPK-S030 needs to know whether ServiceAccount a0, a1 and 18 more exists\n",
		"SPK-S006 needs all Roles and RoleBindings of ServiceAccount a0, a1 and 18 more\n",
		"SPK-P018 needs the nodes\n",
		"SPK-S030 needs to know whether Secret s exists\n",
	} {
		if strings.Count(table.String(), want) != 1 {
			t.Errorf("%q is not a line of\n%s", want, table.String())
		}
	}
	if err := r.Write(&all, Options{Format: "json"}); err != nil || strings.Count(all.String(), "ServiceAccount a") != 40 {
		t.Errorf("JSON lacks some: %v\n%s", err, all.String())
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

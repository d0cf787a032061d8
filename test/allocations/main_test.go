package main

import (
	"io"
	"strings"
	"testing"
)

func TestARuleAboveItsBudgetOrWithoutOneFails(t *testing.T) {
	counts := []count{{"SPK-S011", 10}, {"SPK-M024", 20}}
	if err := check(io.Discard, counts, []byte("SPK-S011 10\nSPK-M024 20\n")); err != nil {
		t.Errorf("within the budget: %v", err)
	}
	for _, budget := range []string{"SPK-S011 9\nSPK-M024 20\n", "SPK-M024 20\n"} {
		if err := check(io.Discard, counts, []byte(budget)); err == nil || !strings.Contains(err.Error(), "SPK-S011") {
			t.Errorf("budget %q: %v", budget, err)
		}
	}
	if err := check(io.Discard, counts, []byte("x\n")); err == nil {
		t.Error("a budget that cannot be read passes")
	}
}

// Package cause finds out which finding is the cause of others: fixing it removes them.
package cause

import (
	"maps"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Mark says of each finding whose cause the fix of another one removes, which that is: the one is fixed in a copy, and
// what is then no longer found goes away with it; a fault that is only worded otherwise then is still found. Suggestions
// are nobody's cause, and what goes away with another is none itself.
func Mark(set *rule.Set, again func() rule.Input, findings []rule.Finding) {
	var codes []string
	for _, f := range findings {
		if f.Level != rule.Advice && len(f.Edits) > 0 && f.Carried && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	for _, code := range codes {
		var others []string
		for _, f := range findings {
			if f.Code != code && f.Cause == "" && !slices.Contains(others, f.Code) {
				others = append(others, f.Code)
			}
		}
		caused := slices.ContainsFunc(findings, func(f rule.Finding) bool { return f.Code == code && f.Cause != "" })
		if len(others) == 0 || caused {
			continue
		}
		fixed := again()
		fixed.Only = []string{code}
		mended, err := set.Fix(fixed)
		if err != nil {
			continue
		}
		left := fixed // Fix leaves the template as the fix does
		left.Conf, left.Only = changed(fixed.Conf, mended.Changes), others
		after := set.Diagnose(left)
		for i := range findings {
			f := &findings[i]
			if f.Code == code || f.Cause != "" || !slices.Contains(after.Checked, f.Code) {
				continue
			}
			if !slices.ContainsFunc(after.Findings, func(o rule.Finding) bool { return o.Code == f.Code && o.Key == f.Key }) {
				f.Cause = code
			}
		}
	}
}

// changed is a configuration after changes.
func changed(conf spark.Conf, changes []spark.Change) spark.Conf {
	if len(changes) == 0 {
		return conf
	}
	next := maps.Clone(conf)
	if next == nil {
		next = spark.Conf{}
	}
	for _, c := range changes {
		if c.Unset {
			delete(next, c.Key)
			continue
		}
		setting := next[c.Key]
		setting.Value = c.Value
		next[c.Key] = setting
	}
	return next
}

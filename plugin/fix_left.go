package plugin

import (
	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// lowest is the lowest level of the findings that fix is asked for: codes are asked for whatever their level.
func (o *fixOptions) lowest() rule.Level {
	if o.all || len(o.codes) > 0 {
		return rule.Advice
	}
	return rule.Warning
}

// left says how many suggestions stay as they are, counted as doctor counts them, and how to fix them; "" where there are
// none.
func (o *fixOptions) left(planned *change.Set, want scene.Wanted) string {
	var found report.Report
	fixable := false
	for _, one := range planned.Below {
		if planned.LeftOut(planned.Scene.FileOf(one.Subject.Doc)) {
			continue
		}
		found.Findings = append(found.Findings, reported(one.Subject, one.Finding, ""))
		fixable = fixable || change.Command(one.Subject, want)(one.Finding) != ""
	}
	found.Finish(true)
	if len(found.Findings) == 0 {
		return ""
	}
	text := count(len(found.Findings), "suggestion", "suggestions") + " left"
	if command := o.again(planned.Below[0].Subject.Doc.Namespace); fixable && command != "" {
		text += ": " + command + " --all"
	}
	return text
}

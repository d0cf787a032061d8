package plugin

import (
	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// left says how many findings of a lower level stay as they are, counted as doctor counts them, and how to fix them;
// "" where there are none.
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
	text := found.Summary.Counts.String() + " left"
	if command := o.again(planned.Below[0].Subject.Doc.Namespace, rule.Advice); fixable && command != "" {
		text += ": " + command
	}
	return text
}

package plugin

import (
	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// left says how many findings of a lower level stay as they are, and how to fix them; "" where there are none.
func (o *fixOptions) left(planned *change.Set, want scene.Wanted) string {
	left, fixable := diagnosis.Below(planned, want)
	if left == (report.Counts{}) {
		return ""
	}
	text := left.String() + " left"
	if command := o.again(planned.Below[0].Subject.Doc.Namespace, rule.Advice); fixable && command != "" {
		text += ": " + command
	}
	return text
}

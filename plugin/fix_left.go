package plugin

import (
	"strings"

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
	command := o.again(planned.Below[0].Subject.Doc.Namespace, rule.Advice)
	if !fixable { // doctor tells what they are
		command = strings.Replace(command, "kubectl spark fix", "kubectl spark doctor", 1)
	}
	if command != "" {
		text += ": " + command
	}
	return text
}

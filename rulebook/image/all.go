// Package image holds the rules on what a container image is and how it is named. One file a rule; All lists them.
package image

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules of the area.
func All() []*rule.Rule {
	return []*rule.Rule{
		movingTag(),
		runsAsRoot(),
		cannotBePulled(),
		factsDiffer(),
	}
}

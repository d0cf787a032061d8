package image

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func buildkitChecks() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I024", Name: "buildkit-checks", Level: rule.Advice, Area: rule.Image,
		Doc: rule.Doc{
			Title: "A check of BuildKit finds something",
			Why: "BuildKit, which docker build runs, makes its own checks, and docker build --check prints them. Those that need no build are made here, too. " +
				"A finding has the name of the check, by which BuildKit's documentation explains it.",
			Remedy:  "look up the check by its name, or skip it with a comment: # check=skip=NAME",
			Since:   "0.1.0",
			Sources: []string{"BuildKit: frontend/dockerfile/linter, docs of each check"},
		},
		Build: built(rule.Advice, func(b *build) {
			for _, w := range b.Warnings {
				b.report(finding{at: dockerfile.Place{Line: w.Line, Column: b.Column(w.Line)}, message: "BuildKit " + w.Name + ": %s", args: []any{w.Text}, summary: "see BuildKit's documentation of " + w.Name})
			}
		}),
	}
}

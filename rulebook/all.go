// Package rulebook joins the rules, which stand in one package an area, one file a rule; what several areas read of a
// subject stands in reading. The cases of all rules are in testdata. Start reading with any rule's file.
package rulebook

//go:generate go run ../test/docs -o README.md

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/history"
	"github.com/kubectl-spark/kubectl-spark/rulebook/identity"
	"github.com/kubectl-spark/kubectl-spark/rulebook/image"
	"github.com/kubectl-spark/kubectl-spark/rulebook/jvm"
	"github.com/kubectl-spark/kubectl-spark/rulebook/monitoring"
	"github.com/kubectl-spark/kubectl-spark/rulebook/performance"
	"github.com/kubectl-spark/kubectl-spark/rulebook/security"
)

// Revision names the state of the rules. It changes whenever a rule would inject anything else than before,
// so that pods of one application that were injected by different states can be told.
const Revision = "2"

// All lists the rules.
func All() []*rule.Rule {
	return slices.Concat(performance.All(), jvm.All(), monitoring.All(), history.All(), security.All(), identity.All(), image.All())
}

// Admitted lists the rules that the webhook applies. It holds no others, nor what they need.
func Admitted() []*rule.Rule {
	return slices.Concat(performance.Admitted(), jvm.Admitted(), monitoring.Admitted(), security.Admitted())
}

// NewAdmitted makes the Set of the rules that the webhook applies.
func NewAdmitted() (*rule.Set, error) { return rule.NewSet(Revision, Admitted()...) }

// New makes the Set of all rules.
func New() (*rule.Set, error) { return rule.NewSet(Revision, All()...) }

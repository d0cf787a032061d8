// Package identity holds the rules of area security that are about accounts: which ServiceAccount drivers and executors use, what it may do,
// and whether its token is mounted. One file a rule; All lists them.
package identity

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules. The webhook applies none of them.
func All() []*rule.Rule {
	return []*rule.Rule{
		driverAccount(),
		driverRights(),
		driverExcess(),
		executorsAccount(),
		driverToken(),
	}
}

// Package history holds the rules of area monitoring that are about event logs: whether an application writes one, where it stands, and
// which History Server reads it. One file a rule; All lists them.
package history

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules. The webhook applies none of them.
func All() []*rule.Rule {
	return []*rule.Rule{
		eventLogInPod(),
		rollingEventLog(),
		unreadEventLog(),
		noEventLog(),
	}
}

// Package security holds the rules that keep a workload from giving away more than it must: hardening, secrets, authentication,
// ways in from outside; rulebook/identity has those of accounts. One file a rule; All lists them.
package security

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules of the area.
func All() []*rule.Rule { return append(Admitted(), notAdmitted()...) }

// Admitted lists those that the webhook applies.
func Admitted() []*rule.Rule {
	return []*rule.Rule{hardening()}
}

func notAdmitted() []*rule.Rule {
	return []*rule.Rule{
		networkPolicy(),
		podSecurity(),
		podSecurityLabels(),
		missingObject(),
		hostAccess(),
		secretsInClear(),
		redaction(),
		authenticate(),
		rpcCipher(),
		encryptionUnauthenticated(),
		uiExposed(),
		masterExposed(),
		connectExposed(),
		vulnerableVersion(),
		abandonedImage(),
	}
}

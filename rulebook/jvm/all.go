// Package jvm holds the rules of area performance that are about the JVM's own options: which of them arrive, which Java
// knows, and what it chooses where none is given. One file a rule; All lists them.
package jvm

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules.
func All() []*rule.Rule { return append(Admitted(), notAdmitted()...) }

// Admitted lists those that the webhook applies.
func Admitted() []*rule.Rule {
	return []*rule.Rule{processorCount()}
}

func notAdmitted() []*rule.Rule {
	return []*rule.Rule{
		reservedJavaOptions(),
		compressedOops(),
		serialCollector(),
		jvmFlags(),
		ramPercentage(),
		deadJavaOptions(),
	}
}

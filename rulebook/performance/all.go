// Package performance holds the rules that decide how fast a workload runs, and whether it starts and survives at all:
// memory, CPU, keys and values of the configuration; rulebook/jvm has those of JVM options. One file a rule; All lists them.
package performance

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules of the area.
func All() []*rule.Rule { return append(Admitted(), notAdmitted()...) }

// Admitted lists those that the webhook applies.
func Admitted() []*rule.Rule {
	return []*rule.Rule{mallocArenas(), serverResources(), serviceLinks()}
}

func notAdmitted() []*rule.Rule {
	return []*rule.Rule{
		oomKilled(),
		unknownKeys(),
		memoryOverhead(),
		offHeap(),
		limitBelowCores(),
		dynamicAllocation(),
		adaptiveExecution(),
		heartbeatTimeout(),
		workerMemory(),
		workerCores(),
		clusterSharing(),
		pending(),
		templateResources(),
		heapExhausted(),
		webhookOnlyFields(),
		unreadableValue(),
		driverHost(),
		volumeKeys(),
		externalShuffle(),
		otherVersion(),
		otherManager(),
		resourceFields(),
		forkingScript(),
		namelessUser(),
		minimumHeap(),
		failedPods(),
		notSubmitted(),
		quotaClash(),
		fitsNoNode(),
		scratch(),
		claimGroup(),
	}
}

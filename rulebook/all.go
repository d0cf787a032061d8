// Package rulebook holds the rules: one file a rule, with its cases beside it in testdata.
package rulebook

//go:generate go run ../test/docs -o README.md

import "github.com/kubectl-spark/kubectl-spark/rule"

// Revision names the state of the rules. It changes whenever a rule would inject anything else than before,
// so that pods of one application that were injected by different states can be told.
const Revision = "2"

// All lists the rules.
func All() []*rule.Rule {
	return []*rule.Rule{
		// performance
		unknownKeys(),
		reservedJavaOptions(),
		memoryOverhead(),
		offHeap(),
		compressedOops(),
		serialCollector(),
		processorCount(),
		limitBelowCores(),
		jvmFlags(),
		ramPercentage(),
		mallocArenas(),
		dynamicAllocation(),
		adaptiveExecution(),
		heartbeatTimeout(),
		workerMemory(),
		workerCores(),
		clusterSharing(),
		templateResources(),
		serverResources(),
		webhookOnlyFields(),
		unreadableValue(),

		// monitoring
		eventLogInPod(),
		rollingEventLog(),
		noMetrics(),
		serverProbes(),
		jobLiveness(),
		log4jIgnored(),
		driverReadiness(),
		metricsAnnounced(),
		gcLog(),
		heapDump(),

		// security
		driverAccount(),
		hardening(),
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

		// image
		movingTag(),
		runsAsRoot(),
	}
}

// New makes the Set of all rules.
func New() (*rule.Set, error) { return rule.NewSet(Revision, All()...) }

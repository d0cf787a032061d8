// Package monitoring holds the rules by which a workload can be watched while it runs and understood when it is gone:
// metrics, probes, logs, JVM logs and dumps; rulebook/history has those of event logs. One file a rule; All lists them.
package monitoring

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules of the area.
func All() []*rule.Rule { return append(Admitted(), notAdmitted()...) }

// Admitted lists those that the webhook applies.
func Admitted() []*rule.Rule {
	return []*rule.Rule{serverProbes(), driverReadiness(), metricsAnnounced(), gcLog(), heapDump()}
}

func notAdmitted() []*rule.Rule {
	return []*rule.Rule{
		noMetrics(),
		metricsNotScraped(),
		missingAgent(),
		jobLiveness(),
		log4jIgnored(),
		logConfiguration(),
		logAgentMissesNodes(),
		executorLogRotation(),
		serverInBackground(),
		sidecarStays(),
		executorLogLinks(),
		metricsNamespace(),
		processTree(),
		exitException(),
		historyServer(),
		jmxExporter(),
	}
}

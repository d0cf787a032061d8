package keys

import "strings"

// families are the beginnings under which any name may stand: maps whose keys the user chooses, keys that Spark makes
// from parts, and parts of Spark that the distributions of test/catalogue do not hold.
var families = [...]string{
	// Handed on as they are.
	"spark.hadoop.", "spark.hive.", "spark.executorEnv.", "spark.metrics.conf.", "spark.ssl.", "spark.datasource.", "spark.sql.catalog.",
	"spark.shuffle.plugin.__config__.", "spark.plugins.internal.conf.", "spark.network.crypto.config.", "spark.io.encryption.commons.config.",
	"spark.security.credentials.", "spark.scheduler.listenerbus.eventqueue.", "spark.driver.resource.", "spark.executor.resource.",
	"spark.task.resource.", "spark.worker.resource.", "spark.io.compression.",
	"spark.kubernetes.driverEnv.", "spark.kubernetes.node.selector.",
	"spark.kubernetes.driver.label.", "spark.kubernetes.driver.annotation.", "spark.kubernetes.driver.secrets.", "spark.kubernetes.driver.secretKeyRef.",
	"spark.kubernetes.driver.volumes.", "spark.kubernetes.driver.node.selector.", "spark.kubernetes.driver.service.label.", "spark.kubernetes.driver.service.annotation.",
	"spark.kubernetes.executor.label.", "spark.kubernetes.executor.annotation.", "spark.kubernetes.executor.secrets.", "spark.kubernetes.executor.secretKeyRef.",
	"spark.kubernetes.executor.volumes.", "spark.kubernetes.executor.node.selector.",
	// Made from a module's or a role's name.
	"spark.rpc.io.", "spark.shuffle.io.", "spark.files.io.", "spark.network.io.", "spark.kubernetes.authenticate.",
	// Other cluster managers, connectors with releases of their own, the Apache operator.
	"spark.yarn.", "spark.mesos.", "spark.kafka.", "spark.streaming.kafka.", "spark.streaming.kinesis.", "spark.kubernetes.operator.",
	// For tests and for Spark's own use.
	"spark.test.", "spark.testing.", "spark.submit.", "spark.launcher.",
}

// open says whether any name may stand where the key does.
func open(name string) bool {
	for _, family := range families {
		if len(name) > len(family) && strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}

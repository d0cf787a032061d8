package rulebook

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

// TestWhatRulesCannotReadIsTold: a rule that is silent where a key of its own cannot be read leaves it to SPK-P045.
func TestWhatRulesCannotReadIsTold(t *testing.T) {
	known, err := keys.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"spark.driver.memory", "spark.executor.memory", "spark.driver.memoryOverhead", "spark.executor.memoryOverhead", "spark.driver.memoryOverheadFactor",
		"spark.executor.memoryOverheadFactor", spark.KeyOverheadFactor, spark.KeyOffHeapEnabled, spark.KeyOffHeapSize, spark.KeyPySparkMemory, spark.KeyMemoryFraction, spark.KeyStorageFraction,
		"spark.authenticate", "spark.sql.adaptive.enabled", "spark.network.timeout", "spark.executor.heartbeatInterval", "spark.network.crypto.enabled",
		"spark.executor.cores", "spark.executor.instances", "spark.dynamicAllocation.enabled",
		"spark.dynamicAllocation.shuffleTracking.enabled", "spark.decommission.enabled", "spark.storage.decommission.enabled",
	} {
		if _, refused := known.Refuses(spark.Conf{key: {Value: "?"}}, key, spark.Version{Major: 3, Minor: 5}); !refused {
			t.Errorf("%s: an unreadable value is not told", key)
		}
	}
}

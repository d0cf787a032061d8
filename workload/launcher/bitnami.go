package launcher

import "github.com/kubectl-spark/kubectl-spark/spark"

// bitnami is the chart of Bitnami, and whatever runs its images.
func bitnami() *Launcher {
	return &Launcher{
		Name:   "bitnami",
		Traits: spark.Traits{ByHand: true, StartsServers: true, Chart: "spark-", ModeVariable: "SPARK_MODE", MetricsVariable: "SPARK_METRICS_ENABLED"},
	}
}

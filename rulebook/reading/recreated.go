package reading

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Recreated says what Spark does about executors whose JVM never starts, to follow a message; "" for other roles and
// for an unknown Spark. From 3.5 on it ends the application after spark.executor.maxNumFailures, by default twice the
// executors that it may have (ExecutorFailureTracker.scala); before that, and where they have no bound, never.
func Recreated(p rule.Pass) string {
	version := Version(p)
	if p.Role() != spark.Executor || !version.Known() {
		return ""
	}
	conf, known := p.Conf()
	_, limit := conf.Get("spark.executor.maxNumFailures")
	_, most := conf.Get("spark.dynamicAllocation.maxExecutors")
	dynamic, _ := conf.Get("spark.dynamicAllocation.enabled")
	switch {
	case !version.AtLeast(3, 5), known && !limit && !most && strings.EqualFold(dynamic, "true"):
		return ". Spark starts new executors forever"
	case known:
		return ". Spark starts new executors until spark.executor.maxNumFailures is reached"
	}
	return ""
}

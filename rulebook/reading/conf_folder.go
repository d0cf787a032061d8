package reading

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ConfMounted says whether something is mounted where Spark looks for its configuration.
func ConfMounted(p rule.Pass) bool { return spark.ConfMounted(p.Main(), &p.Template().Spec) }

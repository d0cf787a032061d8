package workload

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ConfRoles are the roles that a configuration is for which no pod stands beside: a History server where it holds what only
// that reads, and nothing that an application does; else driver and executors.
func ConfRoles(conf spark.Conf) spark.Roles {
	history := false
	for key := range conf {
		switch {
		case strings.HasPrefix(key, "spark.history."):
			history = true
		case !strings.HasPrefix(key, "spark."), strings.HasPrefix(key, "spark.hadoop."), strings.HasPrefix(key, "spark.ssl."), strings.HasPrefix(key, "spark.acls."),
			strings.HasPrefix(key, "spark.admin."), strings.HasPrefix(key, "spark.ui."): // both read it
		default:
			return spark.Jobs
		}
	}
	if history {
		return spark.Roles{spark.History}
	}
	return spark.Jobs
}

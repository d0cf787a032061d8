package reading

import (
	"path"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// SparkEntrypoint says whether the role's option channel leads to its JVM: Spark's entrypoint by its word, or one
// of Spark's own scripts.
func SparkEntrypoint(p rule.Pass) bool {
	c := p.Main()
	switch {
	case p.Role().Job() && len(c.Command) == 0:
		return len(c.Args) > 0 && c.Args[0] == string(p.Role())
	case p.Role() == spark.Executor:
		return false
	case RunsAsDriver(p):
		return true
	}
	if len(c.Command) == 0 && p.Role().Server() && p.Launcher().Traits().StartsServers {
		return true // the image's own script, or the one that the operator fills in
	}
	for _, words := range [][]string{c.Command, c.Args} {
		for _, w := range words {
			if strings.Contains(w, "spark-submit") || strings.Contains(w, "spark-class") || strings.Contains(w, "/sbin/start-") {
				return true
			}
		}
	}
	return false
}

// RunsAsDriver says whether a Connect or Thrift server is an application that spark-submit sent to the cluster: its pod is a
// driver's, and starts by the entrypoint's word for one.
func RunsAsDriver(p rule.Pass) bool {
	c := p.Main()
	return p.Role().Server() && len(c.Command) == 0 && len(c.Args) > 0 && c.Args[0] == string(spark.Driver)
}

// ToleratesFlags says whether a JVM that does not know an -XX flag would start all the same, or knows this one.
func ToleratesFlags(p rule.Pass) bool {
	if p.Version().AtLeast(3, 3) {
		return true
	}
	image, known := p.Image()
	return known && (image.Java >= 11 || image.Spark.AtLeast(3, 3))
}

// SubmitReadsEnvironment says for certain that spark-submit takes from its variables what its arguments do not say: it is what
// the container runs, and no file of a configuration folder comes in between (SparkSubmitCommandBuilder).
func SubmitReadsEnvironment(p rule.Pass) bool {
	c := p.Main()
	return c != nil && len(c.Command) > 0 && path.Base(c.Command[0]) == "spark-submit" && len(c.EnvFrom) == 0 && OfficialImage(p) && !ConfMounted(p) && !NamesPropertiesFile(p)
}

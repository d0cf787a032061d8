package launcher

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// managedByApache are the keys that Apache's operator overrides whatever the resource says
// (SparkAppResourceSpecFactory.overrideDependencyConf, SparkAppSubmissionWorker).
var managedByApache = map[string]string{
	"spark.kubernetes.namespace": "the operator sets it to the resource's own namespace",
	"spark.app.name":             "the operator gives the application its resource's name",
	spark.KeyResourceType:        "the operator finds it out itself",
}

// apacheOps makes a change in a resource of Apache's operator: all of Spark's configuration stands in sparkConf.
func apacheOps(d *workload.Document, c spark.Change) ([]patch.Op, error) {
	if d.Conf == nil {
		return nil, fmt.Errorf("kind %s holds no Spark configuration", d.Kind)
	}
	if reason := managedByApache[c.Key]; reason != "" {
		return nil, errors.New(reason)
	}
	if d.Kind == "SparkCluster" && strings.ContainsAny(c.Value, "\"\\") {
		// SparkClusterResourceSpec writes -Dkey="value" without escaping.
		return nil, errors.New("the operator hands the settings of a SparkCluster on in double quotes, which would take this value apart")
	}
	home := apacheHome(d, c.Key)
	return resourceOps(d, c, home, home.At)
}

func apacheHome(_ *workload.Document, key string) Place {
	return Place{At: patch.Path{"spec", "sparkConf", key}}
}

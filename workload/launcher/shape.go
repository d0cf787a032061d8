package launcher

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// shapes are the fields by which a specification is told to be a launcher's, whatever its group is called. No two launchers
// share them, but for driver and executor, which both Kubeflow's and Stackable's have: Stackable's is asked first.
var shapes = []struct {
	launcher spark.Launcher
	fields   []string
}{
	{spark.Stackable, []string{"sparkImage", "nodes"}},
	{spark.Apache, []string{"runtimeVersions", "driverSpec", "executorSpec", "masterSpec", "workerSpec", "clusterTolerations", "applicationTolerations"}},
	{spark.Kubeflow, []string{"driver", "executor", "server", "sparkVersion", "restartPolicy"}},
}

// shapeOf is the launcher whose custom resource one of a group that is not known is like: a fork's, or that of an operator
// under a group of its own. "" where it is like none.
func shapeOf(d *workload.Document) spark.Launcher {
	if !unknownSpark(d) || spark.LauncherOfGroup(d.Group()) != "" {
		return ""
	}
	for _, shape := range shapes {
		if shape.launcher.Traits().Of(d.Kind).Kind == "" {
			continue
		}
		for _, field := range shape.fields {
			for _, at := range []patch.Path{{"spec", field}, {"spec", "template", field}} {
				if raw, ok := patch.Lookup(d.Raw, at); ok && string(raw) != "null" && (len(at) == 2 || strings.HasPrefix(d.Kind, "Scheduled")) {
					return shape.launcher
				}
			}
		}
	}
	return ""
}

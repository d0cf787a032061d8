package launcher

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// shapeOf is the launcher whose custom resource one of a group that is not known is like: a fork's, or that of an operator
// under a group of its own. "" where it is like none.
func shapeOf(d *workload.Document) spark.Launcher {
	if !unknownSpark(d) || spark.LauncherOfGroup(d.Group()) != "" {
		return ""
	}
	like, most := spark.Launcher(""), 0
	for _, l := range all() {
		if l.Traits.Of(d.Kind).Kind == "" {
			continue
		}
		fields := 0
		for _, field := range l.shape {
			for _, at := range []patch.Path{{"spec", field}, {"spec", "template", field}} {
				if raw, ok := patch.Lookup(d.Raw, at); ok && string(raw) != "null" && (len(at) == 2 || strings.HasPrefix(d.Kind, "Scheduled")) {
					fields++
				}
			}
		}
		if fields > most {
			like, most = l.Name, fields
		}
	}
	return like
}

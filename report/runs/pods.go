package runs

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// ranPods writes what a Prometheus knows of the pods of a run, a row for each role, and what it does not know.
func (t *table) ranPods(pods *model.Pods, row func(label, text string)) {
	if pods == nil {
		return
	}
	label := "pods"
	for _, role := range []struct {
		name    string
		figures *model.PodFigures
	}{{"driver", pods.Driver}, {"executors", pods.Executors}} {
		f := role.figures
		if f == nil {
			continue
		}
		text := fmt.Sprintf("%s, by Prometheus: %s, at most %s of memory in one (sampled, with page cache)", role.name, layout.Count(int(f.Pods), "pod", "pods"), amount(f.MemoryBytes))
		if f.CPUSeconds > 0 {
			text += fmt.Sprintf(", CPU time %s", span(f.CPUSeconds))
		}
		if f.Periods > 0 {
			text += fmt.Sprintf(", throttled in %.1f %% of CPU periods", float64(f.Throttled)*100/float64(f.Periods))
		}
		if f.OOMKills != nil {
			text += ", " + layout.Count(int(*f.OOMKills), "OOM kill", "OOM kills")
		}
		row(label, text)
		label = ""
	}
	for _, text := range pods.Unread {
		row(label, "not in Prometheus: "+text)
		label = ""
	}
}

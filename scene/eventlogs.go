package scene

import (
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// eventLogs is where the workloads write event logs, and read them. Of applications no pod is predicted for it.
func (sc *Scene) eventLogs() (logs neighbour.EventLogs) {
	for _, w := range sc.Workloads {
		for _, s := range w.Judged() {
			t, who, files := s.Slot.Template, s.Slot.Identity, map[string]string(nil)
			if s.Slot.Role == spark.History {
				t, _, who = s.shows()
				files = sc.related.texts.Files(s.confFolder())
			}
			logs.Add(s.Slot.Role, neighbour.LogUser{Namespace: s.Doc.Namespace, Name: w.Title, Version: w.Version}, t, who.Container, s.Slot.Conf, files)
		}
	}
	logs.AddOthers(sc.related.neighbours)
	return logs
}

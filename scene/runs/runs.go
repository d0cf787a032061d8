// Package runs brings runs of an application, as event logs tell them, to the workload of a scene that they are of.
package runs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// keyName is the name of an application.
const keyName = "spark.app.name"

// Of is a scene of the application that runs are of, with the configuration that the last of them states. It has no file and no
// object. The runs are of one application.
func Of(logs []model.Logged) *scene.Scene {
	last := slices.MaxFunc(logs, func(a, b model.Logged) int { return a.Run.Application.Started.Compare(b.Run.Application.Started) })
	w := &scene.Workload{Title: cmp.Or(last.Run.Application.Name, last.Run.Application.ID), Runs: logs}
	w.Launcher, w.Kind, w.Name = spark.Submitter(), "Application", w.Title
	w.Conf = evidence.Conf(&last.Run)
	w.Version, _ = spark.ParseVersion(last.Run.Application.Version)
	return &scene.Scene{Workloads: []*scene.Workload{w}, Left: &scene.LeftOut{}}
}

// Give gives runs of one application to the workload that they are of: the only one, or the one of that name.
func Give(sc *scene.Scene, logs []model.Logged) error {
	if len(logs) == 0 || len(sc.Workloads) == 0 {
		return nil
	}
	name := logs[0].Run.Application.Name
	found := sc.Workloads
	if len(found) > 1 {
		found = slices.DeleteFunc(slices.Clone(found), func(w *scene.Workload) bool {
			set, _ := w.Conf.Get(keyName)
			return w.Name != name && set != name
		})
	}
	if len(found) != 1 {
		return fmt.Errorf("the event log is of application %q, and %d of %d workloads have that name: name one of them", name, len(found), len(sc.Workloads))
	}
	w := found[0]
	w.Runs = logs
	if set, _ := w.Conf.Get(keyName); set == "" && w.Name != "" && w.Name != name { // one that is set is compared by who recommends
		sc.Notes = append(sc.Notes, fmt.Sprintf("the event log is of application %q, and is taken for a run of %s", name, w.Title))
	}
	return nil
}

package scene

import (
	"cmp"
	"fmt"
	"slices"

	runs "github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// keyName is the name of an application.
const keyName = "spark.app.name"

// OfRuns is a scene of the application that runs are of, with the configuration that the last of them states. It has no file and no
// object. The runs are of one application.
func OfRuns(logs []runs.Logged) *Scene {
	last := slices.MaxFunc(logs, func(a, b runs.Logged) int { return a.Run.Application.Started.Compare(b.Run.Application.Started) })
	w := &Workload{Title: cmp.Or(last.Run.Application.Name, last.Run.Application.ID), Runs: logs}
	w.Launcher, w.Kind, w.Name = spark.Submitter(), "Application", w.Title
	w.Conf = evidence.Conf(&last.Run)
	w.Version, _ = spark.ParseVersion(last.Run.Application.Version)
	return &Scene{Workloads: []*Workload{w}, Left: &LeftOut{}}
}

// GiveRuns gives runs of one application to the workload that they are of: the only one, or the one of that name.
func (sc *Scene) GiveRuns(logs []runs.Logged) error {
	if len(logs) == 0 || len(sc.Workloads) == 0 {
		return nil
	}
	name := logs[0].Run.Application.Name
	found := sc.Workloads
	if len(found) > 1 {
		found = slices.DeleteFunc(slices.Clone(found), func(w *Workload) bool {
			set, _ := w.Conf.Get(keyName)
			return w.Name != name && set != name
		})
	}
	if len(found) != 1 {
		return fmt.Errorf("the event log is of application %q, and %d of %d workloads have that name: name the one that it is of", name, len(found), len(sc.Workloads))
	}
	found[0].Runs = logs
	return nil
}

// ended is what happened to the pods of a live subject, with the limit and the heap that they had.
func (s *Subject) ended() (e tuner.Ended, is bool) {
	life := s.scene.lives.bySubject[s.Workload][s.ID()]
	t, at := s.Slot.Template, s.Slot.Identity.Container
	if !s.Live || life == nil || t == nil || at < 0 || at >= len(t.Spec.Containers) {
		return e, false
	}
	c := &t.Spec.Containers[at]
	e.Role = s.Slot.Role
	e.Limit, _ = sizing.MemoryLimit(c, nil)
	if e.Role == spark.Executor {
		e.Heap, _, _ = sizing.ExecutorPod(c)
	} else if mib, set, err := s.Slot.Conf.SizeFor(s.Workload.Version, "spark.driver.memory", spark.MiB, spark.MiB); set && err == nil {
		e.Heap = mib
	}
	for _, h := range life.Of(model.OOMKilled, model.HeapExhausted) {
		if h.Role != e.Role || h.Container != c.Name {
			continue
		}
		if h.Kind == model.OOMKilled {
			e.OOMKilled += h.Pods
		} else {
			e.Full += h.Pods
		}
		e.Pod = h.Example.Pod
	}
	return e, e.OOMKilled+e.Full > 0
}

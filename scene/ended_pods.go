package scene

import (
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

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

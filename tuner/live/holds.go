package live

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// NeedOf is what the container of a role, which runs, must hold by Spark's own arithmetic, and the tasks that it runs at a time. The overhead
// is the one that Spark derives: one that is set may be more than that. Of an executor its own variables say the heap, and of a server its
// container.
func NeedOf(in tuner.Input, role spark.Role, c *corev1.Container) (n Need, cores int64) {
	in = in.Whole()
	p := tuner.Pod{Role: role}
	if i := slices.IndexFunc(in.Pods, func(p tuner.Pod) bool { return p.Role == role }); i >= 0 {
		p = in.Pods[i]
	}
	if role.Server() && !p.Submitted {
		return serverNeed(in, p, c)
	}
	heap, known := int64(0), false
	if role == spark.Executor {
		heap, cores, known = sizing.ExecutorPod(c)
		n.Beside = heap * mib
	} else {
		role = spark.Driver
	}
	if in.Conf == nil {
		n.Why = "the configuration was not read"
		return n, cores
	}
	m, err := sizing.PodOf(spark.MemoryInput{Version: in.Version, Role: role, Conf: in.Conf, Python: in.Python, R: in.R, ClusterMode: in.ClusterMode,
		OwnOverhead: in.Launcher.Traits().OwnOverhead}, spark.JVMOptions(c, role).Tokens)
	switch {
	case err != nil:
		n.Why = err.Error()
		return n, cores
	case known && heap != m.Heap:
		n.Why = "its resource profile has another heap than the configuration"
		return n, cores
	}
	overhead, other := m.Derived, m.OffHeap+m.PySpark
	if m.Pinned > 0 {
		overhead = max(overhead, m.Need.Total())
	}
	n.Beside = (m.Heap + other) * mib
	n.Total = n.Beside + overhead*mib
	n.Text = fmt.Sprintf("heap %dMi + overhead %dMi", m.Heap, overhead)
	if other > 0 {
		n.Text += fmt.Sprintf(" + off-heap and PySpark %dMi", other)
	}
	n.Text += fmt.Sprintf(" = %dMi", n.Total/mib)
	return n, cores
}

// serverNeed is NeedOf of a server that is started by itself.
func serverNeed(in tuner.Input, p tuner.Pod, c *corev1.Container) (n Need, cores int64) {
	s := sizing.Server{Role: p.Role, Version: in.Version, Container: c, Spec: p.Spec, Conf: in.Conf, Files: p.Files, ImageKnown: p.ImageKnown, Submitted: !in.Launcher.Traits().ByHand}
	m := s.Memory()
	n.Beside = (m.Heap + m.Offer.MiB) * mib
	if p.Role == spark.Worker {
		cores = s.WorkerCores().Cores
	}
	switch {
	case m.Why != "":
		n.Why = m.Why.Words()
	case p.Role == spark.Worker && !m.Offer.Said:
		n.Why = "the worker derived what it offers from its limit"
	default:
		n.Total, n.Text = m.Need*mib, m.Sum()
	}
	return n, cores
}

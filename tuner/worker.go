package tuner

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

const fromWorker = "Spark: WorkerArguments.scala; deploy/ has no memoryOverhead"

// worker decides about a standalone worker: its container must hold its own JVM and every executor that it may start.
func (w *work) worker(p *Pod) {
	if p.Container == nil {
		w.notJudged(string(p.Role), "its pod template is missing")
		return
	}
	defer w.workerCores(p)
	server := w.seen(p)
	m := server.Memory()
	if m.Offer.Why != "" && m.Limit == 0 && !m.Offer.Said {
		w.note("memory limit and SPARK_WORKER_MEMORY are unset: the worker offers the node's memory less %dMi, and executors compete with other pods. Set SPARK_WORKER_MEMORY", sizing.WorkerLeavesMiB)
	}
	if m.Offer.Why != "" || p.Open && !m.Offer.Said || m.Why == sizing.Unreadable || m.Why == sizing.ValueFrom {
		w.notJudged(string(p.Role), m.Why.Words())
		return
	}
	w.edit(Setting{Role: p.Role, Name: daemonVariable, Now: spark.EnvString(p.Container, daemonVariable), Verdict: Keep, Confidence: Medium,
		Why: "the worker's heap stores little", Formula: fmt.Sprintf("heap %dMi", m.Heap), Source: fromWorker}, spark.PodChange{Env: daemonVariable})
	w.workerMemory(p, server, m)
}

const daemonVariable = "SPARK_DAEMON_MEMORY"

func (w *work) workerMemory(p *Pod, server sizing.Server, m sizing.ServerMemory) {
	s := Setting{Role: p.Role, Name: "SPARK_WORKER_MEMORY", Now: spark.EnvString(p.Container, "SPARK_WORKER_MEMORY"), Verdict: Keep, Confidence: High, Source: fromWorker}
	s.Why = "set explicitly"
	if m.Offer.Argued {
		s.Why = "set by its arguments"
	}
	limited := m.Limit > 0
	if !m.Offer.Said {
		s.Verdict, s.Recommended, s.Confidence = Change, size(m.Offer.MiB), Medium
		s.Why = fmt.Sprintf("unset: the limit less %dMi, at least %dMi", sizing.WorkerLeavesMiB, sizing.WorkerLeavesMiB)
	}
	if fits := sizing.WorkerFits(m.Heap, m.Limit); limited && m.Verdict != sizing.Fits && fits > 0 && !m.Offer.Argued && !w.fitsSomewhere(m.To) {
		s.Verdict, s.Recommended, s.Confidence = Change, size(fits), High
		s.Why = "no node is large enough for a higher limit, so the worker offers less"
		c := p.Container.DeepCopy()
		c.Env = append(c.Env, corev1.EnvVar{Name: s.Name, Value: s.Recommended})
		server.Container = c
		m = server.Memory()
	}
	if m.Assumes() {
		w.note("the worker's heap is assumed to be %dMi: %s", m.Heap, m.Why.Words())
	}
	s.Formula = m.Sum()
	w.edit(s, spark.PodChange{Env: s.Name})
	if w.limit(p, m, fromWorker); m.Verdict != sizing.Fits && m.Heap > spark.DefaultDaemonMiB {
		w.note("SPARK_DAEMON_MEMORY gives %dMi to the worker's JVM, and none to executors. 1g is enough for most workers", m.Heap)
	}
}

// fitsSomewhere says whether a node holds a pod of a size; it does where the nodes are not known.
func (w *work) fitsSomewhere(mib int64) bool {
	for _, n := range w.in.Nodes {
		if n.MemoryMiB >= mib {
			return true
		}
	}
	return w.in.Nodes == nil
}

// workerCores decides about the processors that a worker offers. Without a word they are those that its JVM sees.
func (w *work) workerCores(p *Pod) {
	server := w.seen(p)
	cores := server.WorkerCores()
	limit := p.Container.Resources.Limits[corev1.ResourceCPU]
	s := Setting{Role: p.Role, Name: "SPARK_WORKER_CORES", Now: spark.EnvString(p.Container, "SPARK_WORKER_CORES"), Verdict: Keep, Confidence: Medium, Source: "Spark: WorkerArguments.scala; " + fromCgroup}
	switch {
	case cores.Why == sizing.ImageUnknown:
		s.Why, s.Formula = "unset, no limit: it offers all processors of its node, unless the image sets it", "processors of the node"
	case cores.Why != "" || p.Open && !cores.Said:
		w.note("SPARK_WORKER_CORES is unknown: the worker's cores are not checked")
		return
	case cores.Argued:
		s.Now = strconv.FormatInt(cores.Cores, 10)
		s.Why, s.Formula = "set by its arguments", fmt.Sprintf("%d cores", cores.Cores)
	case cores.Said:
		s.Why, s.Formula = "set explicitly", fmt.Sprintf("%d cores", cores.Cores)
	case !cores.Node:
		s.Why, s.Formula = "unset: it offers its CPU limit, rounded up", fmt.Sprintf("ceil(%s) = %d", limit.String(), cores.Cores)
	case cores.To > 0:
		s.Verdict, s.Recommended = Change, strconv.FormatInt(cores.To, 10)
		s.Why, s.Formula = "unset, no limit: it offers all processors of its node", "floor(its CPU request)"
	default:
		s.Why, s.Formula = "unset, no limit: it offers all processors of its node", "processors of the node"
	}
	w.edit(s, spark.PodChange{Env: s.Name})
	if cpu := server.CPU(); cores.Said && cpu.Judge() == sizing.Throttled {
		w.edit(Setting{Role: p.Role, Name: "limits.cpu", Now: limit.String(), Recommended: strconv.FormatInt(cpu.Raised(), 10), Verdict: Change, Confidence: High, Source: fromRequest,
			Why: throttled(cpu), Formula: fmt.Sprintf("%d cores, limit %s", cores.Cores, limit.String())}, spark.PodChange{Resource: "limits.cpu"})
	}
	w.note("set spark.executor.cores and spark.cores.max: otherwise each worker runs one executor on all cores")
}

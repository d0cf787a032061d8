package tuner

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// envMiB reads a variable as a size in MiB. ok is false where it cannot be told what it says.
func envMiB(c *corev1.Container, name string, unset int64) (mib int64, set, ok bool) {
	value, literal, present := spark.EnvValue(c, name)
	if !present || literal && value == "" {
		return unset, false, true
	}
	bytes, err := spark.ParseSize(value, spark.MiB)
	if !literal || err != nil || bytes>>20 > 1<<30 {
		return 0, true, false
	}
	return bytes >> 20, true, true
}

func memoryLimit(c *corev1.Container) (mib int64, set bool) {
	limit, set := c.Resources.Limits[corev1.ResourceMemory]
	return limit.Value() >> 20, set
}

// server decides about the memory of a master, a history server, and of a Connect or Thrift server that no configuration
// sizes: the container must hold the heap and what a JVM uses beside it.
func (w *work) server(p *Pod) {
	if p.Container == nil {
		w.note("the %s has no pod template here: nothing can be said of its memory", p.Role)
		return
	}
	heap, set, ok := envMiB(p.Container, "SPARK_DAEMON_MEMORY", spark.DefaultDaemonMiB)
	switch {
	case !ok:
		w.note("SPARK_DAEMON_MEMORY of the %s cannot be read: nothing can be said of its memory", p.Role)
		return
	case !set && (p.Open || p.Role == spark.Connect || p.Role == spark.Thrift):
		w.note("the heap of the %s server is set where it cannot be seen: nothing can be said of its memory", p.Role)
		return
	}
	const source = "Spark: SPARK_DAEMON_MEMORY (1g); ResourceProfile.scala for the room beside the heap"
	need := heap + max(spark.DefaultOverheadMiB, heap/10)
	w.edit(Setting{Role: p.Role, Name: "SPARK_DAEMON_MEMORY", Now: spark.EnvString(p.Container, "SPARK_DAEMON_MEMORY"), Verdict: Keep, Confidence: Medium,
		Why: unprovenHeap, Formula: fmt.Sprintf("heap %dMi", heap), Source: source}, spark.PodChange{Env: "SPARK_DAEMON_MEMORY"})
	w.limit(p, need, fmt.Sprintf("heap %dMi + max(384Mi, 0.1 × heap) = %dMi", heap, need), source)
}

// limit decides about the memory limit and request of a server's container, which must hold need.
func (w *work) limit(p *Pod, need int64, formula, source string) {
	limit, limited := memoryLimit(p.Container)
	request, requested := p.Container.Resources.Requests[corev1.ResourceMemory]
	s := Setting{Role: p.Role, Name: "limits.memory", Verdict: Keep, Confidence: High, Formula: formula, Source: source,
		Why: "holds the heaps and what is beside them"}
	to := fmt.Sprintf("%dMi", (need+255)/256*256)
	if limited {
		q := p.Container.Resources.Limits[corev1.ResourceMemory]
		s.Now = q.String()
	}
	switch {
	case !limited && p.Open, !limited && requested:
		s.Why, s.Confidence = "not set; whoever set the request chose so", Low
	case !limited:
		s.Verdict, s.Recommended, s.Confidence = Change, to, Medium
		s.Why = "without one it is evicted first"
	case limit < need:
		s.Verdict, s.Recommended = Change, to
		s.Why = fmt.Sprintf("%dMi are needed: the kernel kills the container", need)
	}
	w.edit(s, spark.PodChange{Resource: s.Name})
	if s.Verdict != Change || requested && !limited {
		return
	}
	r := Setting{Role: p.Role, Name: "requests.memory", Verdict: Change, Recommended: to, Confidence: Medium, Formula: "request = limit", Source: "Kubernetes: eviction goes by use over request",
		Why: "equal to the limit"}
	if requested {
		r.Now = request.String()
		if limited && request.Value() != limit<<20 {
			return // somebody chose them apart
		}
	}
	w.edit(r, spark.PodChange{Resource: r.Name})
}

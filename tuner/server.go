package tuner

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// seen is a server as sizing looks at it.
func (w *work) seen(p *Pod) sizing.Server {
	return sizing.Server{Role: p.Role, Version: w.in.Version, Container: p.Container, Spec: p.Spec, Conf: w.conf, Files: p.Files,
		ImageKnown: p.ImageKnown, Submitted: !w.in.Launcher.Traits().ByHand}
}

// server decides about the memory of a master, a history server, and of a Connect or Thrift server that no configuration
// sizes: the container must hold the heap and what a JVM uses beside it.
func (w *work) server(p *Pod) {
	if p.Container == nil {
		w.notJudged(string(p.Role), "its pod template is missing")
		return
	}
	if p.Submitted {
		w.notJudged(string(p.Role), "Spark runs it as a driver and sets its memory from spark.driver.memory")
		return
	}
	m := w.seen(p).Memory()
	if m.Why != "" {
		w.notJudged(string(p.Role), m.Why.Words())
		return
	}
	const source = "Spark: SPARK_DAEMON_MEMORY (1g); ResourceProfile.scala for memory outside the heap"
	w.edit(Setting{Role: p.Role, Name: "SPARK_DAEMON_MEMORY", Now: spark.EnvString(p.Container, "SPARK_DAEMON_MEMORY"), Verdict: Keep, Confidence: Medium,
		Why: unprovenHeap, Formula: fmt.Sprintf("heap %dMi", m.Heap), Source: source}, spark.PodChange{Env: "SPARK_DAEMON_MEMORY"})
	w.limit(p, m, source)
}

// limit decides about the memory limit and request of a server's container, which must hold what is needed.
func (w *work) limit(p *Pod, m sizing.ServerMemory, source string) {
	limit, limited := p.Container.Resources.Limits[corev1.ResourceMemory]
	request, requested := p.Container.Resources.Requests[corev1.ResourceMemory]
	s := Setting{Role: p.Role, Name: "limits.memory", Verdict: Keep, Confidence: High, Formula: m.Sum(), Source: source,
		Why: "holds the heaps and the JVMs' other memory"}
	to := fmt.Sprintf("%dMi", m.To)
	if limited {
		s.Now = limit.String()
	}
	switch {
	case m.PodLimit && m.Verdict != sizing.Fits:
		w.note("the pod's memory limit of %dMi is below the %dMi that the %s needs", m.Limit, m.Need, p.Role)
		s.Why, s.Confidence = "the pod's limit is lower", Low
	case !limited && (requested || m.PodLimit):
		s.Why, s.Confidence = "unset; only the request is set", Low
		if m.PodLimit {
			s.Why = "the pod's limit applies"
		}
	case !limited:
		s.Verdict, s.Recommended, s.Confidence = Change, to, Medium
		s.Why = "without a limit the pod is evicted first"
	case m.Verdict == sizing.Killed:
		s.Verdict, s.Recommended = Change, to
		s.Why = fmt.Sprintf("needs %dMi: OOM-killed", m.Need)
	case m.Verdict == sizing.Short:
		s.Verdict, s.Recommended = Change, to
		s.Why = fmt.Sprintf("needs %dMi: OOM-killed once the heap is full", m.Need)
	}
	w.edit(s, spark.PodChange{Resource: s.Name})
	if s.Verdict != Change || requested && !limited {
		return
	}
	r := Setting{Role: p.Role, Name: "requests.memory", Verdict: Change, Recommended: to, Confidence: Medium, Formula: "request = limit", Source: "Kubernetes: evicts pods that use more than their request first",
		Why: "equal to the limit"}
	if requested {
		r.Now = request.String()
		if request.Value()>>20 >= m.Need {
			return
		}
	}
	w.edit(r, spark.PodChange{Resource: r.Name})
}

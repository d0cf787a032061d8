package performance

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func serverResources() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P044", Name: "server-resources", Level: rule.Warning, Area: rule.Performance, Admit: true,
		Uses: []rule.Key{rule.FactImage, rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "A Spark server has no memory request and limit",
			Why: "A pod without a memory request is evicted first when a node runs out of memory, and one without a limit can push out others. A server needs its own heap and what a JVM uses beside it. The heap is SPARK_DAEMON_MEMORY; for Connect and Thrift servers else spark.driver.memory; 1g by default. " +
				"A worker also needs SPARK_WORKER_MEMORY with room for executors' overhead, for which a standalone master has no setting. A worker without SPARK_WORKER_MEMORY offers the node's memory: nothing can be derived, and nothing is set. Spark sets the resources of a job's pods itself.",
			Remedy:      "set a memory request and limit from the heap and, for workers, SPARK_WORKER_MEMORY",
			Levels:      "an error where the heap alone is more than the limit; a warning where the limit holds the heap and not what the JVM needs beside it",
			Since:       "0.1.0",
			Consequence: "the pod is evicted first when the node runs out of memory",
			Sources: []string{
				"Spark: SparkSubmitCommandBuilder of 3.4 to 4.3 takes SPARK_DAEMON_MEMORY before spark.driver.memory for Connect and Thrift servers",
				"Spark: SPARK_DAEMON_MEMORY, WorkerArguments.scala; the deploy package knows no memoryOverhead",
				"Spark: ResourceProfile.scala for the floor of 384 MiB",
			},
		},
		Parts: []rule.Part{
			{Name: "memory", Profile: rule.Standard, Roles: spark.Servers, State: "no memory request and limit", Says: "memory request and limit from the daemon's and the worker's memory"},
			{Name: "cpu", Profile: rule.Standard, Roles: spark.Servers, State: "no CPU request", Says: "CPU request"},
		},
		None:   []rule.None{{Roles: spark.Jobs, Reason: rule.SparkSetsThem}},
		Ensure: rule.Pod(ensureServerResources),
	}
}

func ensureServerResources(p *rule.PodPass) {
	r := p.Main().Resources
	m := reading.ServerWithConf(p).Memory()
	_, requested := r.Requests["memory"]
	_, limited := r.Limits["memory"]
	size := *resource.NewQuantity(m.To<<20, resource.BinarySI)
	short := m.Why == "" && p.Role() != spark.Worker && m.Limit > 0 && m.Verdict != sizing.Fits // a worker's is SPK-P034's to tell
	at, requestAt := p.At("resources", "limits", "memory"), p.At("resources", "requests", "memory")
	sets := []string{}
	switch {
	case short:
		tellServerLimit(p, m)
		sets = append(sets, "memory request and limit "+size.String())
		if m.PodLimit || reading.PodMemoryLimit(p) {
			p.Summary("raise the pod's memory limit to %s", size.String())
			p.Refuse("memory", at, rule.UserSet)
			return
		}
		p.Correct("memory", at, size)
		if request := r.Requests.Memory(); requested && request.Value()>>20 < m.Need {
			p.Correct("memory", requestAt, size)
		}
	case p.Template().Spec.Resources != nil:
		return // chosen for the whole pod
	case m.Why != "" && !requested && !limited:
		reason := rule.Reason(m.Why)
		if m.Why == m.Offer.Why {
			reason = rule.WorkerMemory
		}
		p.Refuse("memory", p.At("resources"), reason)
		sets = nil
	case m.Why != "", requested != limited:
		// Somebody chose one of the two: completing it could contradict the choice.
	default:
		if !requested {
			p.Evidence("none", rounded(m))
			sets = append(sets, "memory request and limit "+size.String())
		}
		p.Fill("memory", requestAt, size)
		p.Fill("memory", at, size)
	}
	_, cpuLimited := r.Limits["cpu"]
	_, cpuRequested := r.Requests["cpu"]
	cpu := serverCPU(p)
	if asks := !cpuLimited && !cpuRequested; asks && sets != nil { // a request defaults to the limit
		sets = append(sets, "CPU request "+cpu.String())
		if (requested || limited) && !short {
			p.Message("no CPU request; on a busy node the server is slow")
		}
	}
	if len(sets) > 0 {
		p.Summary("%s", strings.Join(sets, ", "))
	}
	if !cpuLimited {
		p.Fill("cpu", p.At("resources", "requests", "cpu"), cpu)
	}
}

// tellServerLimit words a limit that is too low.
func tellServerLimit(p rule.Pass, m sizing.ServerMemory) {
	p.Evidence(fmt.Sprintf("limit %dMi", m.Limit), rounded(m))
	if m.Verdict == sizing.Killed {
		p.Level(rule.Error)
		p.Message("a heap of %dMi does not fit in the limit of %dMi; the %s server is OOM-killed as the heap fills", m.Heap, m.Limit, p.Role())
		return
	}
	p.Message("needs %dMi, the limit is %dMi; the %s server is OOM-killed once its heap of %dMi is full", m.Need, m.Limit, p.Role(), m.Heap)
}

func serverCPU(p rule.Pass) resource.Quantity {
	if p.Role() == spark.Worker {
		if value, literal, _ := spark.EnvValue(p.Main(), "SPARK_WORKER_CORES"); literal {
			if q, err := resource.ParseQuantity(value); err == nil && q.Sign() > 0 {
				return q
			}
		}
	}
	return resource.MustParse("500m")
}

// rounded is how a need comes about, and what is set in the end.
func rounded(m sizing.ServerMemory) string {
	if m.To != m.Need {
		return fmt.Sprintf("%s, rounded up to %dMi", m.Sum(), m.To)
	}
	return m.Sum()
}

// maxHeap bounds what is believed of a size, in MiB: a pebibyte.
const maxHeap = 1 << 30

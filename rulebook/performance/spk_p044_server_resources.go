package performance

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func serverResources() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P044", Name: "server-resources", Level: rule.Warning, Area: rule.Performance, Admit: true,
		Uses: []rule.Key{rule.FactImage, rule.FactConf, rule.FactFiles, neighbour.FactBounds},
		Doc: rule.Doc{
			Title: "A Spark server has no memory request and limit",
			Why: "When a node runs out of memory, pods without a memory request are evicted first. A pod without a limit can use the memory of other pods. " +
				"A server needs its heap and the other memory of its JVM. The heap is SPARK_DAEMON_MEMORY, 1g by default. Connect and Thrift servers use spark.driver.memory if that is unset. " +
				"A worker also needs SPARK_WORKER_MEMORY and the executors' overhead, for which standalone clusters have no setting. " +
				"A worker without SPARK_WORKER_MEMORY offers the node's memory, so no value can be calculated or set. Spark sets the resources of a job's pods itself.",
			Remedy:      "set resources.requests.memory and resources.limits.memory of the container to more than its heap; on workers also the variable SPARK_WORKER_MEMORY",
			Levels:      "an error where the heap alone exceeds the limit; a warning where the heap fits, but not the JVM's other memory",
			Since:       "0.1.0",
			Consequence: "the pod is evicted first when the node runs out of memory",
			Sources: []string{
				"Spark: SparkSubmitCommandBuilder of 3.4 to 4.3 takes SPARK_DAEMON_MEMORY before spark.driver.memory for Connect and Thrift servers",
				"Spark: SPARK_DAEMON_MEMORY, WorkerArguments.scala; the deploy package knows no memoryOverhead",
				"Spark: ResourceProfile.scala for the floor of 384 MiB",
			},
		},
		Parts: []rule.Part{
			{Name: "memory", Profile: rule.Standard, Roles: spark.Servers, State: "no memory request and limit", Says: "memory request and limit for the heap and the worker's executors"},
			{Name: "cpu", Profile: rule.Standard, Roles: spark.Servers, State: "no CPU request", Says: "CPU request"},
		},
		None:   []rule.None{{Roles: spark.Jobs, Reason: rule.SparkSetsThem}},
		Ensure: rule.Pod(ensureServerResources),
	}
}

func ensureServerResources(p *rule.PodPass) {
	r := p.Main().Resources
	m := reading.ServerWithConf(p).Memory()
	if reading.ReadsConf(p.Role()) && reading.ConfMounted(p) { // the heap may stand there
		if _, known := rule.Get(p, rule.FactFiles); !known {
			p.NotKnown("the mounted ConfigMap")
		}
	}
	_, requested := r.Requests["memory"]
	_, limited := r.Limits["memory"]
	size := *resource.NewQuantity(m.To<<20, resource.BinarySI)
	short := m.Why == "" && p.Role() != spark.Worker && m.Limit > 0 && m.Verdict != sizing.Fits // a worker's is SPK-P034's to tell
	at, requestAt := p.At("resources", "limits", "memory"), p.At("resources", "requests", "memory")
	sets, assuming := []string{}, ""
	var none rule.Reason // why no memory is set where there is none
	switch {
	case short:
		tellServerLimit(p, m)
		sets = append(sets, "resources.requests.memory and resources.limits.memory to "+size.String())
		if m.PodLimit || reading.PodMemoryLimit(p) {
			p.Summary("raise spec.resources.limits.memory of the pod to %s", size.String())
			p.Refuse("memory", at, rule.UserSet)
			return
		}
		p.Correct("memory", at, size)
		if request := r.Requests.Memory(); requested && request.Value()>>20 < m.Need {
			p.Correct("memory", requestAt, size)
		}
	case p.Template().Spec.Resources != nil:
		return // chosen for the whole pod
	case (requested || limited) && m.Why != "": // nothing to compare them with
	case requested != limited:
		// Somebody chose one of the two: completing it could contradict the choice. It may be what is left of an earlier call's.
		if limited {
			requestAt = at
		}
		p.Fill("memory", requestAt, size)
	case requested:
		p.Fill("memory", requestAt, size)
		p.Fill("memory", at, size)
	default:
		switch none = noMemory(p, m, size); {
		case m.Assumes() && p.Assume("memory", p.At("resources"), none):
			none, assuming = "", ", if nothing else sets SPARK_DAEMON_MEMORY"
		case none != "" && !m.Assumes():
			p.Refuse("memory", p.At("resources"), none)
		}
		if sets = nil; none == "" {
			p.Evidence("none", rounded(m))
			sets = append(sets, "resources.requests.memory and resources.limits.memory to "+size.String())
			p.Fill("memory", requestAt, size)
			p.Fill("memory", at, size)
		}
	}
	asked, cpu := ensureServerCPU(p, none)
	if asked && sets != nil && (requested || limited) && !short {
		p.Message("no CPU request; the server is slow when its node is busy")
		p.Summary("set resources.requests.cpu of the container")
	}
	if cpu != "" {
		sets = append(sets, "resources.requests.cpu to "+cpu)
	}
	if len(sets) > 0 {
		p.Summary("set %s in container %s%s", strings.Join(sets, ", "), p.Main().Name, assuming)
	}
}

// noMemory says why a server that has no memory request and limit is given none.
func noMemory(p *rule.PodPass, m sizing.ServerMemory, size resource.Quantity) rule.Reason {
	adds := corev1.ResourceList{corev1.ResourceMemory: size}
	if cpu, known := reading.Server(p).CPURequest(); known && !hasCPU(p) && p.Wanted("cpu") {
		adds[corev1.ResourceCPU] = cpu
	}
	switch {
	case m.Why != "" && m.Why == m.Offer.Why:
		return rule.WorkerMemory
	case m.Why != "":
		return rule.Reason(m.Why)
	case p.Wanted("memory") && turnedAway(p, adds):
		return rule.Quota
	}
	return ""
}

// ensureServerCPU adds a CPU request, and says whether one lacks and what it sets. Without memory there is none: such a pod
// is in the quotas of those that ask for something, and has no memory there either. none is why no memory is set.
func ensureServerCPU(p *rule.PodPass, none rule.Reason) (lacks bool, sets string) {
	const part = "cpu"
	at := p.At("resources", "requests", "cpu")
	cpu, known := reading.Server(p).CPURequest()
	memory := p.Main().Resources
	switch {
	case hasCPU(p):
		if _, limited := memory.Limits["cpu"]; !limited { // a request defaults to the limit
			p.Fill(part, at, cpu)
		}
		return false, ""
	case none != "":
		p.Refuse(part, at, none)
	case memory.Requests.Memory().IsZero() && memory.Limits.Memory().IsZero():
		p.Refuse(part, at, rule.NoMemory)
	case !known:
		p.Refuse(part, at, rule.CoresUnknown)
	case p.Wanted(part) && turnedAway(p, corev1.ResourceList{corev1.ResourceCPU: cpu}):
		p.Refuse(part, at, rule.Quota)
	default:
		p.Fill(part, at, cpu)
		return true, cpu.String()
	}
	return true, ""
}

func hasCPU(p rule.Pass) bool {
	r := p.Main().Resources
	_, limited := r.Limits["cpu"]
	_, requested := r.Requests["cpu"]
	return limited || requested
}

// turnedAway says whether a bound of the namespace could refuse the pod for what is added. Unknown: nobody is about to make it.
func turnedAway(p *rule.PodPass, adds corev1.ResourceList) bool {
	bounds, known := rule.Get(p, neighbour.FactBounds)
	return known && neighbour.MayRefuse(bounds, &p.Template().Spec, p.Identity().Container, adds)
}

// tellServerLimit words a limit that is too low.
func tellServerLimit(p rule.Pass, m sizing.ServerMemory) {
	p.Evidence(fmt.Sprintf("limit %dMi", m.Limit), rounded(m))
	if m.Verdict == sizing.Killed {
		p.Level(rule.Error)
		p.Message("a heap of %dMi does not fit in the %dMi limit; the %s is OOM-killed as the heap fills", m.Heap, m.Limit, reading.RoleName(p.Role()))
		return
	}
	p.Message("the %s needs %dMi, but its limit is %dMi; it is OOM-killed once its heap of %dMi is full", reading.RoleName(p.Role()), m.Need, m.Limit, m.Heap)
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

package performance

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func serverResources() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P044", Name: "server-resources", Level: rule.Warning, Area: rule.Performance, Admit: true,
		Uses: []rule.Key{rule.FactImage, rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "A Spark server has no memory request and limit",
			Why: "A pod without a memory request is the first to be evicted when a node runs short, and one without a limit can push others out. " +
				"What a server needs is known: its own heap (SPARK_DAEMON_MEMORY, for Connect and Thrift servers else spark.driver.memory; 1g by default) with what a JVM uses beside it, and for a worker the memory that it hands out (SPARK_WORKER_MEMORY), " +
				"with room for the executors' memory outside of their heaps, for which a standalone master has no setting. " +
				"A worker that does not say what it hands out takes that from the node: nothing can be derived for it, and nothing is set. " +
				"Resources of a job's pods are Spark's own to set.",
			Remedy:      "set a memory request and limit from the heap and, for workers, SPARK_WORKER_MEMORY",
			Levels:      "an error where the heap alone is more than the limit",
			Since:       "0.1.0",
			Consequence: "it is the first pod to be evicted when the node runs short",
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
		Ensure: ensureServerResources,
	}
}

func ensureServerResources(p *rule.Pass) {
	r := p.Main().Resources
	if p.Template().Spec.Resources != nil {
		return
	}
	_, requested := r.Requests["memory"]
	_, limited := r.Limits["memory"]
	need, sum, reason := serverMemory(p)
	memory := !requested && !limited // it is what the finding tells of
	switch {
	case reason != "":
		if !requested && !limited {
			p.Refuse("memory", p.At("resources"), reason)
		}
	case requested != limited:
		// Somebody chose one of the two: completing it could contradict the choice.
	default:
		size := *resource.NewQuantity(need<<20, resource.BinarySI)
		if !requested {
			p.Evidence("none", sum)
			p.Summary("memory request and limit %s", size.String())
		}
		if heap, why := daemonMemory(p); why == "" && limited && p.Role() != spark.Worker && r.Limits.Memory().Value()>>20 < heap {
			memory = true
			p.Level(rule.Error)
			p.Evidence("limit "+r.Limits.Memory().String(), sum)
			p.Summary("memory request and limit %s", size.String())
			p.Message("a heap of %dMi does not fit into the limit of %s; the kernel kills the server as soon as the heap is used", heap, r.Limits.Memory())
			p.Correct("memory", p.At("resources", "requests", "memory"), size)
			p.Correct("memory", p.At("resources", "limits", "memory"), size)
		}
		p.Fill("memory", p.At("resources", "requests", "memory"), size)
		p.Fill("memory", p.At("resources", "limits", "memory"), size)
	}
	if _, set := r.Limits["cpu"]; set {
		return // the request defaults to it
	}
	if _, set := r.Requests["cpu"]; !set && !memory {
		p.Message("no CPU request; on a busy node it gets what others leave")
		cpu := serverCPU(p)
		p.Summary("CPU request %s", cpu.String())
	}
	p.Fill("cpu", p.At("resources", "requests", "cpu"), serverCPU(p))
}

func serverCPU(p *rule.Pass) resource.Quantity {
	if p.Role() == spark.Worker {
		if value, literal, _ := spark.EnvValue(p.Main(), "SPARK_WORKER_CORES"); literal {
			if q, err := resource.ParseQuantity(value); err == nil && q.Sign() > 0 {
				return q
			}
		}
	}
	return resource.MustParse("500m")
}

// serverMemory is what a server's container needs, in MiB, rounded up to 256, and how that comes about; or why it cannot
// be told.
func serverMemory(p *rule.Pass) (mib int64, sum string, why rule.Reason) {
	heap, why := daemonMemory(p)
	if why != "" {
		return 0, "", why
	}
	if p.Role() == spark.Worker {
		worker, set, err := reading.EnvSize(p.Main(), "SPARK_WORKER_MEMORY")
		if !set || err != nil || worker > maxHeap || sharesMemory(p) {
			return 0, "", rule.WorkerMemory
		}
		uses := workerUses(heap, worker)
		return roundUp(uses), rounded(workerSum(heap, worker, uses), uses), ""
	}
	beside := max(384, heap/10)
	uses := heap + beside
	return roundUp(uses), rounded(fmt.Sprintf("heap %dMi + %dMi beside it = %dMi", heap, beside, uses), uses), ""
}

// rounded adds to a sum what is set in the end.
func rounded(sum string, mib int64) string {
	if up := roundUp(mib); up != mib {
		return fmt.Sprintf("%s, rounded up to %dMi", sum, up)
	}
	return sum
}

// maxHeap bounds what is believed of a size, in MiB: a pebibyte.
const maxHeap = 1 << 30

// sharesMemory says whether a worker's container hands out or holds more than SPARK_WORKER_MEMORY says: its arguments
// win over the variable, several workers may run in it, and volumes in memory count against its limit.
func sharesMemory(p *rule.Pass) bool {
	c := p.Main()
	if severalWorkers(c) {
		return true
	}
	if _, given, _ := memoryArgument(p); given {
		return true
	}
	return holdsFiles(p)
}

// holdsFiles says whether volumes in memory count against the limit.
func holdsFiles(p *rule.Pass) bool {
	for _, v := range p.Template().Spec.Volumes {
		if v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumMemory {
			return true
		}
	}
	return false
}

// workerUses is the memory that a worker's container must have, in MiB: the daemon and what it uses beside its
// heap, and what it hands out with 15 percent on top for the executors' memory outside of their heaps.
func workerUses(daemon, worker int64) int64 { return spark.WorkerNeed(daemon, worker) }

func roundUp(mib int64) int64 { return (mib + 255) / 256 * 256 }

// daemonMemory is the heap of the server's own JVM, in MiB.
func daemonMemory(p *rule.Pass) (mib int64, why rule.Reason) {
	c := p.Main()
	name, value := "SPARK_DAEMON_MEMORY", int64(0)
	size, set, err := reading.EnvSize(c, name)
	switch {
	case reading.ConfMounted(p) && !bareConf(p):
		return 0, rule.ConfUnseen // a spark-env.sh there wins over variables
	case err != nil || size > maxHeap:
		return 0, rule.Unreadable
	case set:
		value = size
	case len(c.EnvFrom) > 0:
		return 0, rule.ConfUnseen
	default:
		if _, _, present := spark.EnvValue(c, name); present {
			return 0, rule.ValueFrom
		}
		if heap, known := driverHeap(p); known && reading.ReadsConf(p.Role()) && !slices.Contains(reading.KubernetesLaunchers, p.Launcher()) {
			return heap, ""
		}
		if reading.ConfMounted(p) {
			return 0, rule.ConfUnseen
		}
		// The image may bake in another heap: only stock images are known not to.
		if _, known := p.Image(); !known {
			return 0, rule.ImageUnknown
		}
		if p.Role() == spark.Connect || p.Role() == spark.Thrift {
			return 0, rule.ConfUnseen // their heap is spark.driver.memory then
		}
		value = 1024
	}
	return value, ""
}

// bareConf says that what is mounted there is seen, and holds no spark-env.sh, for a server whose settings it holds.
func bareConf(p *rule.Pass) bool {
	files, known := rule.Get(p, rule.FactFiles)
	_, script := files.Text["spark-env.sh"]
	return known && !script && reading.ReadsConf(p.Role())
}

// driverHeap is spark.driver.memory, in MiB, from a server's arguments or its mounted spark-defaults.conf; known is false
// where it is not set there, or cannot be read.
func driverHeap(p *rule.Pass) (mib int64, known bool) {
	const key = "spark.driver.memory"
	conf, _ := p.Conf()
	if _, set := conf.Get(key); !set {
		c := p.Main()
		if slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(arg string) bool { return strings.Contains(arg, "--driver-memory") }) || reading.NamesPropertiesFile(p) {
			return 0, false
		}
		files, _ := rule.Get(p, rule.FactFiles)
		var err error
		if conf, err = spark.ParseProperties([]byte(files.Text["spark-defaults.conf"])); err != nil {
			return 0, false
		}
	}
	size, set, err := conf.SizeFor(reading.Version(p), key, spark.MiB, spark.MiB)
	return size, set && err == nil && size > 0 && size <= maxHeap
}

package performance

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func memoryOverhead() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P006", Name: "memory-overhead", Level: rule.Warning, Area: rule.Performance, Client: true,
		Roles: spark.Jobs,
		Scope: rule.BothScope, Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "The memory overhead is less than Spark would reserve",
			Why: "spark.{driver,executor}.memoryOverhead replaces what Spark derives, it is no minimum: max(factor of the heap, 384 MiB), " +
				"with a factor of 0.1, or 0.4 for Python and R in cluster mode. A driver in client mode has its container's limit instead. Metaspace, direct buffers, thread stacks, the collector's own memory and Python all live in the overhead, " +
				"and the kernel kills the container that outgrows it. ",
			Levels:  "an error where a heap alone is more than the container's limit",
			Remedy:  "remove the key, or raise it",
			Since:   "0.1.0",
			Sources: []string{"Spark: ResourceProfile.scala calculateOverHeadMemory, BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala"},
		},
		Parts: []rule.Part{{Name: "overhead", Profile: rule.Safe, State: "the overhead is below what Spark derives", Says: "the overhead that Spark derives"}},
		Ensure: func(p *rule.Pass) {
			switch conf, known := p.Conf(); {
			case reading.ClientDriver(p):
				overheadOfClient(p, conf)
			case known:
				overheadOfConf(p, conf)
			default:
				overheadOfPod(p)
			}
		},
	}
}

func overheadOfConf(p *rule.Pass, conf spark.Conf) {
	key := "spark." + string(p.Role()) + ".memoryOverhead"
	if _, set := conf.Get(key); !set {
		return
	}
	// The application's kind decides the executors' overhead, too, and only the configuration tells them of it.
	kind, _ := conf.Get(spark.KeyResourceType)
	python := p.Identity().Python
	memory, err := spark.PodMemory(spark.MemoryInput{Version: reading.Version(p), Role: p.Role(), Conf: conf, ClusterMode: true,
		Python: python != nil && *python || kind == "python", R: kind == "r"})
	if err != nil || memory.Overhead >= memory.Derived {
		return // a value that cannot be read is SPK-P045's to tell
	}
	tellOverhead(p, memory.Heap, memory.Overhead, memory.Derived)
	p.Summary("remove %s (pod %dMi → %dMi)", key, memory.Total(), memory.Total()-memory.Overhead+memory.Derived)
	p.UnsetConf("overhead", key)
}

// overheadOfPod looks at an executor's own variable and limit: without the configuration a driver's heap is not known.
func overheadOfPod(p *rule.Pass) {
	c := p.Main()
	if c == nil || p.Role() != spark.Executor {
		return
	}
	heap, set, err := reading.EnvSize(c, "SPARK_EXECUTOR_MEMORY")
	limit, limited := c.Resources.Limits["memory"]
	if !set || err != nil || !limited {
		return
	}
	least := spark.ExecutorFloor(p.Version(), heap)
	have := limit.Value() >> 20
	if have >= least {
		return
	}
	if have < heap {
		p.Level(rule.Error)
		p.Evidence(fmt.Sprintf("heap %dMi, limit %dMi", heap, have), fmt.Sprintf("%dMi", least))
		p.Message("a heap of %dMi does not fit into the limit of %dMi; the kernel kills the executor as soon as the heap is used", heap, have)
		p.Summary("a limit of %dMi, or a smaller heap", least)
		p.Refuse("overhead", p.At("resources", "limits", "memory"), rule.SparkSetsThem)
		return
	}
	tellOverhead(p, heap, have-heap, least-heap)
	p.Summary("remove spark.executor.memoryOverhead (pod %dMi → %dMi)", have, least)
	p.Refuse("overhead", p.At("resources", "limits", "memory"), rule.SparkSetsThem)
}

// overheadOfClient looks at a driver in client mode: its container's limit is the user's own, and Spark gives it a heap all
// the same.
func overheadOfClient(p *rule.Pass, conf spark.Conf) {
	limit, limited := p.Main().Resources.Limits["memory"]
	setting := "spark.driver.memory"
	heap, set, err := conf.SizeFor(reading.Version(p), setting, spark.MiB, spark.MiB)
	if !set && reading.SubmitReadsEnvironment(p) {
		setting = "SPARK_DRIVER_MEMORY"
		heap, set, err = reading.EnvSize(p.Main(), setting)
	}
	if !limited || !set || err != nil {
		return
	}
	least, have := spark.ExecutorFloor(p.Version(), heap), limit.Value()>>20
	if have >= least {
		return
	}
	p.Evidence(fmt.Sprintf("heap %dMi, limit %dMi", heap, have), fmt.Sprintf("%dMi", least))
	p.Message("the driver's heap of %dMi leaves %dMi of its container's limit for what the JVM needs beside it, Spark would reserve %dMi; the kernel kills the container that outgrows it", heap, have-heap, least-heap)
	if have < heap {
		p.Level(rule.Error)
		p.Message("the driver's heap of %dMi does not fit into its container's limit of %dMi; the kernel kills the driver as soon as the heap is used", heap, have)
	}
	p.Summary("a limit of %dMi, or a smaller %s", least, setting)
	raised := *resource.NewQuantity(least<<20, resource.BinarySI)
	p.Correct("overhead", p.At("resources", "limits", "memory"), raised)
	if request, requested := p.Main().Resources.Requests["memory"]; requested && request.Cmp(limit) == 0 { // a pod stays Guaranteed
		p.Correct("overhead", p.At("resources", "requests", "memory"), raised)
		p.Summary("a request and limit of %dMi, or a smaller %s", least, setting)
	}
}

func tellOverhead(p *rule.Pass, heap, overhead, derived int64) {
	p.Evidence(fmt.Sprintf("%dMi beside a heap of %dMi", overhead, heap), fmt.Sprintf("%dMi", derived))
	p.Message("%s overhead is %dMi, Spark would reserve %dMi; what the JVM needs beside its heap may outgrow it, and the kernel kills the pod", p.Role(), overhead, derived)
}

package performance

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func memoryOverhead() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P006", Name: "memory-overhead", Level: rule.Warning, Area: rule.Performance, Client: true,
		Roles: spark.Jobs,
		Uses:  []rule.Key{rule.FactConf, rule.FactImage, model.FactLife},
		Doc: rule.Doc{
			Title: "The memory overhead is below Spark's default",
			Why: "spark.{driver,executor}.memoryOverhead replaces the overhead that Spark calculates; it is not a minimum. " +
				"Spark calculates max(factor × heap, 384 MiB). The factor is 0.1, or 0.4 for Python and R in cluster mode. " +
				"Metaspace, direct buffers, thread stacks, GC and Python all use the overhead. The kernel kills a container that uses more than its limit. " +
				"In client mode a driver's overhead is the rest of its container's limit. " +
				"A need that is only estimated is no finding: explain memory shows it, and tune --try allows for it.",
			Levels:  "an error where containers were OOM-killed, the heap alone exceeds the container's limit, or RAPIDS' pinned memory exceeds the overhead",
			Remedy:  "remove the key, or set a larger value",
			Since:   "0.1.0",
			Sources: []string{"Spark: ResourceProfile.scala calculateOverHeadMemory, BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala"},
		},
		Parts: []rule.Part{{Name: "overhead", Profile: rule.Safe, State: "the overhead is below what Spark derives", Says: "the overhead that Spark derives"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			conf, known := p.Conf()
			switch {
			case reading.ClientDriver(p):
				overheadOfClient(p, conf)
			case !known:
				overheadOfPod(p)
			case !overheadOfConf(p, conf):
				limitLowered(p, conf)
			}
		}),
	}
}

// overheadOfConf judges what the configuration sets. found says whether it made a finding.
func overheadOfConf(p *rule.WorkloadPass, conf spark.Conf) (found bool) {
	pod, err := podOf(p, conf)
	if err != nil {
		return false // a value that cannot be read is SPK-P045's to tell
	}
	key := "spark." + string(p.Role()) + ".memoryOverhead"
	verdict := pod.JudgeOverhead()
	switch {
	case verdict.Verdict != sizing.Short:
		return false
	case pod.PoolShort():
		p.Level(rule.Error)
		p.Evidence(fmt.Sprintf("overhead %dMi", pod.Overhead), pod.Need.String())
		p.Message("RAPIDS pins %dMi in an overhead of %dMi, and the JVM needs %dMi more; the executor is OOM-killed", pod.Pinned, pod.Overhead, pod.Need.Total()-pod.Pinned)
		p.Summary("set %s=%s", key, spark.FormatSize(verdict.To<<20))
		p.SetConf("overhead", key, spark.FormatSize(verdict.To<<20))
	case verdict.To > 0:
		tellOverhead(p, pod.Heap, pod.Overhead, pod.Derived, pod.Factor)
		p.Summary("set %s=%s (the pod's memory request and limit grow from %dMi to %dMi)", key, spark.FormatSize(verdict.To<<20), pod.Total(), pod.Total()-pod.Overhead+verdict.To)
		p.SetConf("overhead", key, spark.FormatSize(verdict.To<<20))
	default:
		tellOverhead(p, pod.Heap, pod.Overhead, pod.Derived, pod.Factor)
		p.Summary("remove %s (the pod's memory request and limit grow from %dMi to %dMi)", key, pod.Total(), pod.Total()-pod.Overhead+pod.Derived)
		p.UnsetConf("overhead", key)
	}
	return true
}

// podOf sizes the subject's pod by its configuration.
func podOf(p rule.Pass, conf spark.Conf) (sizing.Pod, error) {
	tokens, _ := reading.Tokens(p)
	return sizing.PodOf(memoryOf(p, conf), tokens)
}

// memoryOf is what decides the memory of the subject's pod. The application's kind decides the executors' overhead, too, and only
// the configuration tells them of it.
func memoryOf(p rule.Pass, conf spark.Conf) spark.MemoryInput {
	kind, _ := conf.Get(spark.KeyResourceType)
	mode, _ := conf.Get("spark.submit.deployMode")
	python := p.Identity().Python
	return spark.MemoryInput{Version: reading.Version(p), Role: p.Role(), Conf: conf, ClusterMode: mode != "client", OwnOverhead: p.Launcher().Traits().OwnOverhead,
		Python: python != nil && *python || kind == "python", R: kind == "r"}
}

// profileLabel names an executor's resource profile: what another than the first asks for is not in the configuration.
const profileLabel = "spark-exec-resourceprofile-id"

// limitLowered compares the limit of a pod that Spark made with its configuration: somebody else may have lowered it.
func limitLowered(p *rule.WorkloadPass, conf spark.Conf) {
	if p.Main() == nil || p.Template().Labels[profileLabel] != "0" && p.Template().Labels[profileLabel] != "" || p.Submitted() || !reading.RunsAsShown(p) || p.Main().Resources.Limits.Memory().IsZero() {
		return
	}
	pod, err := podOf(p, conf)
	have, _ := sizing.MemoryLimit(p.Main(), &p.Template().Spec)
	if err != nil || have >= pod.Total() {
		return
	}
	p.Evidence(fmt.Sprintf("limit %dMi", have), fmt.Sprintf("%dMi", pod.Total()))
	p.Message("the pod's memory limit is %dMi, but its configuration needs %dMi; the %s can be OOM-killed", have, pod.Total(), p.Role())
	if sizing.Limit(have, pod.Heap, pod.Total()) == sizing.Killed {
		p.Level(rule.Error)
	}
	p.Summary("look for a LimitRange, a policy or a manual edit that lowers resources.limits.memory")
	p.Refuse("overhead", p.At("resources", "limits", "memory"), rule.UserSet)
}

// overheadOfPod looks at an executor's own variable and limit: without the configuration a driver's heap is not known.
func overheadOfPod(p *rule.WorkloadPass) {
	c := p.Main()
	if c == nil || p.Role() != spark.Executor {
		return
	}
	heap, _, set := sizing.ExecutorPod(c)
	have, _ := sizing.MemoryLimit(c, &p.Template().Spec)
	least := sizing.Floor(heap)
	at := p.At("resources", "limits", "memory")
	switch verdict := sizing.Limit(have, heap, least); {
	case !set, have == 0, verdict == sizing.Fits:
		return
	case verdict == sizing.Killed:
		p.Level(rule.Error)
		p.Evidence(fmt.Sprintf("heap %dMi, limit %dMi", heap, have), fmt.Sprintf("%dMi", least))
		p.Message("a heap of %dMi does not fit in the limit of %dMi; the executor is OOM-killed as the heap fills", heap, have)
		p.Summary("set resources.limits.memory of the container to %dMi, or lower spark.executor.memory", least)
	default:
		tellOverhead(p, heap, have-heap, least-heap, spark.JVMOverheadFactor)
		p.Summary("remove spark.executor.memoryOverhead (the pod's memory limit grows from %dMi to %dMi)", have, least)
	}
	p.Refuse("overhead", at, rule.SparkSetsThem)
}

// overheadOfClient looks at a driver in client mode: its container's limit is the user's own, and Spark gives it a heap all
// the same.
func overheadOfClient(p *rule.WorkloadPass, conf spark.Conf) {
	if p.Main() == nil {
		return // of its pod not enough is known
	}
	setting := "spark.driver.memory"
	heap, set, err := conf.SizeFor(reading.Version(p), setting, spark.MiB, spark.MiB)
	if !set && reading.SubmitReadsEnvironment(p) {
		setting = "SPARK_DRIVER_MEMORY"
		heap, set, err = reading.EnvSize(p.Main(), setting)
	}
	have, ofPod := sizing.MemoryLimit(p.Main(), &p.Template().Spec)
	least := sizing.Floor(heap)
	verdict := sizing.Limit(have, heap, least)
	if have == 0 || !set || err != nil || verdict == sizing.Fits {
		return
	}
	p.Evidence(fmt.Sprintf("heap %dMi, limit %dMi", heap, have), fmt.Sprintf("%dMi", least))
	p.Message("a heap of %dMi leaves %dMi for overhead, less than Spark's default of %dMi; the driver can be OOM-killed", heap, have-heap, least-heap)
	if verdict == sizing.Killed {
		p.Level(rule.Error)
		p.Message("the driver's heap of %dMi does not fit in the limit of %dMi; it is OOM-killed as the heap fills", heap, have)
	}
	p.Summary("set resources.limits.memory of the container to %dMi, or lower %s", least, setting)
	at := p.At("resources", "limits", "memory")
	if ofPod {
		p.Refuse("overhead", at, rule.UserSet) // the whole pod's limit would have to grow
		return
	}
	raised := *resource.NewQuantity(least<<20, resource.BinarySI)
	limit := p.Main().Resources.Limits.Memory()
	p.Correct("overhead", at, raised)
	if request, requested := p.Main().Resources.Requests["memory"]; requested && request.Cmp(*limit) == 0 { // a pod stays Guaranteed
		p.Correct("overhead", p.At("resources", "requests", "memory"), raised)
		p.Summary("set resources.requests.memory and resources.limits.memory of the container to %dMi, or lower %s", least, setting)
	}
}

// tellOverhead words an overhead that is below what Spark derives from the heap by a factor, in MiB.
func tellOverhead(p rule.Pass, heap, overhead, derived int64, factor float64) {
	needed := fmt.Sprintf("%dMi", derived)
	if factor != spark.JVMOverheadFactor && factor*float64(heap) >= float64(derived) { // else it is the least that Spark reserves
		needed = fmt.Sprintf("%g × heap", factor)
		if factor == spark.OtherOverheadFactor {
			needed += " for Python and R"
		}
	}
	p.Evidence(fmt.Sprintf("%dMi with a heap of %dMi", overhead, heap), needed)
	for _, h := range reading.Happened(p, model.OOMKilled) {
		if reading.OwnPods(p, &h) {
			p.Level(rule.Error)
			p.Happened(h.Pods)
			p.Message("the %s's memory overhead is %dMi, less than Spark's default of %dMi; %s %s OOM-killed", p.Role(), overhead, derived, reading.Who(p, &h), reading.Was(&h))
			return
		}
	}
	p.Message("the %s's memory overhead is %dMi, less than Spark's default of %dMi; the pod can be OOM-killed", p.Role(), overhead, derived)
}

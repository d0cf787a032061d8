package jvm

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func processorCount() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P011", Name: "processor-count", Level: rule.Advice, Area: rule.Performance, Admit: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage, neighbour.FactNodes},
		Doc: rule.Doc{
			Title: "No CPU limit and no processor count for the JVM",
			Why: "Without a CPU limit a JVM sizes its GC and compiler thread pools by the node's processors. " +
				"On 64 processors an executor of two cores gets 43 parallel GC threads, which compete for its CPU share. " +
				"Below 1792 MiB of memory a JVM runs the serial collector with one GC thread, but still starts compiler threads for all processors. " +
				"ActiveProcessorCount sets the processor count without throttling; a CPU limit throttles. " +
				"The count is at least two, because a JVM with one processor chooses the serial collector.",
			Remedy:      "add -XX:ActiveProcessorCount=N to spark.driver.extraJavaOptions, spark.executor.extraJavaOptions or SPARK_DAEMON_JAVA_OPTS; N is the number of cores, at least 2",
			Levels:      "a warning where the largest node has at least four times the cores",
			Since:       "0.1.0",
			Consequence: "the JVM counts all CPUs of the node and starts too many threads",
			Sources: []string{
				"JDK-8281181: CPU shares no longer count as processors (8u372, 11.0.17, 17.0.5, 19)",
				"measured: 64 processors give 43 parallel, 11 concurrent collector and 18 compiler threads",
				"Spark: JavaModuleOptions gives -XX:+IgnoreUnrecognizedVMOptions to drivers and executors since 3.3 and to daemons since 4.0; every Java that 3.3 and later images hold knows the option",
			},
		},
		Parts: []rule.Part{
			{Name: "activeProcessorCount", Profile: rule.Standard, State: "no CPU limit and no -XX:ActiveProcessorCount", Says: "`-XX:ActiveProcessorCount` where no CPU limit says it"},
		},
		Ensure: rule.Either{Pod: ensureProcessorCount, Conf: countOfConf},
	}
}

const countPart = "activeProcessorCount"

// countOfConf judges a configuration beside which no pod stands. Pods that Spark makes of it have the limits that it sets.
func countOfConf(p *rule.ConfPass) {
	conf, _ := p.Conf()
	template := "spark.kubernetes." + string(p.Role()) + ".podTemplateFile"
	mode, _ := conf.Get("spark.submit.deployMode")
	elsewhere := p.Role() == spark.Driver && mode == "client" // in a container that Spark does not make
	if !p.Role().Job() || spark.OtherManager(conf) || elsewhere || saidByConf(p) {
		return
	}
	if _, has := conf.Get(template); has || !p.Identity().Certain || p.Launcher() != spark.Submitter() {
		p.NeedsPod()
		return
	}
	cpu, err := sizing.CPUOf(conf, p.Role())
	if err != nil || !weighed(p, cpu.Cores, cpu.Count()) {
		return // a value that cannot be read is SPK-P045's to tell
	}
	key := "spark." + string(p.Role()) + ".extraJavaOptions"
	text, _ := conf.Get(key)
	orderCount(p)
	if _, err := spark.SplitOptions(text); err != nil {
		p.RefuseConf(countPart, key, rule.Unreadable)
		return
	}
	token := "-XX:ActiveProcessorCount=" + strconv.FormatInt(cpu.Count(), 10)
	p.SetConf(countPart, key, strings.TrimSpace(text+" "+token))
}

// weighed compares the cores with the nodes, where they are known: false where no node has many more. count is what the JVM is to be told.
func weighed(p rule.Pass, cores, count int64) bool {
	nodes, listed := rule.Get(p, neighbour.FactNodes)
	processors := neighbour.Processors(nodes)
	if !listed || processors == 0 {
		return true
	}
	if sizing.NodeCount(processors, count) == sizing.Fits {
		return false
	}
	if processors >= 4*cores {
		p.Level(rule.Warning)
	}
	p.Evidence(fmt.Sprintf("%d processors on the largest node", processors), fmt.Sprintf("%d", count))
	return true
}

func ensureProcessorCount(p *rule.PodPass) {
	const part = countPart
	c := p.Main()
	if _, limited := c.Resources.Limits["cpu"]; limited || podLevelCPU(p) || saidByConf(p) {
		return
	}
	cores, known := coresOf(p)
	if known && !weighed(p, cores, sizing.ProcessorCount(cores)) {
		return
	}
	orderCount(p)
	switch {
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, part, p.At("resources", "limits"))
	case !known && p.Role().Server():
		if p.Wanted(part) {
			p.Decline(part, rule.CoresUnknown) // nobody sized it; SPK-P044 is the one to tell
		}
	case !known:
		p.Refuse(part, p.At("env"), rule.CoresUnknown)
	case !reading.ToleratesFlags(p):
		p.Refuse(part, p.At("image"), rule.JavaUnknown)
	default:
		p.MergeTokens(part, "-XX:ActiveProcessorCount="+strconv.FormatInt(sizing.ProcessorCount(cores), 10))
	}
}

// orderCount says what to do. Of a driver and its executors it is one sentence, so that a workload has one order.
func orderCount(p rule.Pass) {
	switch p.Role() {
	case spark.Driver, spark.Executor:
		p.Summary("add -XX:ActiveProcessorCount=N to spark.driver.extraJavaOptions and spark.executor.extraJavaOptions%s, or set spark.kubernetes.driver.limit.cores and spark.kubernetes.executor.limit.cores. N is spark.driver.cores or spark.executor.cores, at least 2", reading.SettingsPlace(p))
	case spark.Connect, spark.Thrift:
		p.Summary("add -XX:ActiveProcessorCount=N to spark.driver.extraJavaOptions%s, or set the container's resources.limits.cpu. N is its CPU request, at least 2", reading.SettingsPlace(p))
	default:
		p.Summary("add -XX:ActiveProcessorCount=N to the variable SPARK_DAEMON_JAVA_OPTS, or set the container's resources.limits.cpu. N is the number of cores, at least 2")
	}
}

// saidByConf says whether the configuration, where it is known, sets a CPU limit or the option itself.
func saidByConf(p rule.Pass) bool {
	conf, known := p.Conf()
	if !known || !p.Role().Job() {
		return false
	}
	if _, limited := conf.Get("spark.kubernetes." + string(p.Role()) + ".limit.cores"); limited {
		return true
	}
	for _, name := range []string{"extraJavaOptions", "defaultJavaOptions"} {
		text, _ := conf.Get("spark." + string(p.Role()) + "." + name)
		if tokens, err := spark.SplitOptions(text); err == nil && spark.HasOption(tokens, "-XX:ActiveProcessorCount") {
			return true
		}
	}
	return false
}

func podLevelCPU(p rule.Pass) bool {
	r := p.Template().Spec.Resources
	if r == nil {
		return false
	}
	_, limited := r.Limits["cpu"]
	return limited
}

// coresOf tells the cores that the container was meant to use: an executor's and a worker's by their own
// variables, anyone else's by its CPU request.
func coresOf(p rule.Pass) (cores int64, known bool) {
	c := p.Main()
	name := map[spark.Role]string{spark.Executor: "SPARK_EXECUTOR_CORES", spark.Worker: "SPARK_WORKER_CORES"}[p.Role()]
	if name != "" {
		// A worker without the variable offers as many cores as its JVM sees: telling it fewer would shrink it.
		value, literal, _ := spark.EnvValue(c, name)
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		return n, literal && err == nil && n > 0
	}
	request, ok := c.Resources.Requests["cpu"]
	if !ok || localMaster(p) {
		return 0, false
	}
	// A server that asks for less than a core was not sized by its work.
	if p.Role().Server() && request.MilliValue() < 1000 {
		return 0, false
	}
	return (request.MilliValue() + 999) / 1000, true
}

// localMaster says whether a Connect or Thrift server may run its tasks in its own process, as it does unless it is
// given a master: then its processors are its task slots.
func localMaster(p rule.Pass) bool {
	if p.Role() != spark.Connect && p.Role() != spark.Thrift || reading.RunsAsDriver(p) {
		return false
	}
	for _, words := range [][]string{p.Main().Command, p.Main().Args} {
		for _, w := range words {
			if strings.Contains(w, "k8s://") || strings.Contains(w, "spark://") {
				return false
			}
		}
	}
	return true
}

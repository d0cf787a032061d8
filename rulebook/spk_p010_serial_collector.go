package rulebook

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// serverClassMiB is the memory from which on a JVM of two processors chooses a parallel collector (hotspot
// gcConfig.cpp, os::is_server_class_machine): below it a serial one is no loss.
const serverClassMiB = 1792

const processorsKey = "-XX:ActiveProcessorCount"

func serialCollector() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P010", Name: "serial-collector", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Fact{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "One processor makes the JVM choose the serial collector",
			Why: "A JVM counts the CPU limit, rounded up, as its processors. With one it chooses the serial collector unless an option names another: " +
				"every collection of the whole heap is done by one thread while all tasks stand still, and heartbeats with them.",
			Remedy:  "raise the limit above one core or remove it, or name a collector: -XX:+UseParallelGC, -XX:+UseG1GC",
			Since:   "0.1.0",
			Sources: []string{"Java 11, 17, 21 and 25 with -XX:ActiveProcessorCount=1 and 2 (test/jvmflags)", "hotspot: gcConfig.cpp; os::is_server_class_machine"},
		},
		Inspect: inspectCollector,
	}
}

func inspectCollector(p *rule.Pass) {
	if imageOf(p).Java > spark.NewestJava {
		return // a newer JDK may choose otherwise
	}
	if ownPod(p) && !environmentCounts(p) {
		return // a file or a script may name a collector
	}
	key, limit := cpuLimit(p)
	processors, told, advice := int64(0), "", ""
	report := func(format string, args ...any) { p.Report(p.At("resources", "limits", "cpu"), format, args...) }
	if limit != nil {
		processors, told, advice = (limit.MilliValue()+999)/1000, "CPU limit "+limit.String(), "raise the CPU limit above 1 or remove it"
	}
	if key != "" {
		advice = "raise " + key + " above 1 or remove it"
		report = func(format string, args ...any) { p.ReportConf(key, format, args...) }
	}
	for _, token := range shownTokens(p) {
		if spark.IsCollector(spark.OptionKey(token)) || spark.OptionKey(token) == processorsKey && token != processorsKey+"=1" {
			return
		}
	}
	for _, s := range optionSources(p) {
		if s.hidden {
			return
		}
		for _, token := range s.tokens {
			if spark.IsCollector(spark.OptionKey(token)) {
				return
			}
			digits, is := strings.CutPrefix(token, processorsKey+"=")
			if !is {
				continue
			}
			processors, _ = strconv.ParseInt(digits, 10, 32)
			told, advice = token, "raise -XX:ActiveProcessorCount in "+s.name
			report = func(format string, args ...any) { s.report(p, format, args...) }
		}
	}
	heap, known := heapOf(p)
	if processors != 1 || !known || heap < serverClassMiB {
		return
	}
	p.Evidence(fmt.Sprintf("%s, heap %dMi", told, heap), "two processors, or a collector by name")
	p.Summary("%s, or add -XX:+UseParallelGC", advice)
	report("%s makes the JVM choose SerialGC for a heap of %dMi; one thread collects it while every task stands still", told, heap)
}

// cpuLimit is the CPU limit of the role's container: that of the configuration, which wins over a template's, else the
// container's own, with an empty key. nil where there is none or it cannot be read.
func cpuLimit(p *rule.Pass) (key string, limit *resource.Quantity) {
	if conf, known := p.Conf(); known && p.Role().Job() && !ownPod(p) {
		key = "spark.kubernetes." + string(p.Role()) + ".limit.cores"
		if text, set := conf.Get(key); set {
			q, err := resource.ParseQuantity(strings.TrimSpace(text))
			if err != nil || q.Sign() <= 0 {
				return "", nil
			}
			return key, &q
		}
	}
	if c := p.Main(); c != nil {
		if q, limited := c.Resources.Limits["cpu"]; limited && q.Sign() > 0 {
			return "", &q
		}
	}
	return "", nil
}

// heapOf is the heap in MiB that Spark gives the role's JVM, where that is certain.
func heapOf(p *rule.Pass) (mib int64, known bool) {
	conf, has := p.Conf()
	c := p.Main()
	name := map[spark.Role]string{spark.Executor: "SPARK_EXECUTOR_MEMORY", spark.Master: "SPARK_DAEMON_MEMORY", spark.Worker: "SPARK_DAEMON_MEMORY",
		spark.History: "SPARK_DAEMON_MEMORY", spark.Connect: "SPARK_DAEMON_MEMORY", spark.Thrift: "SPARK_DAEMON_MEMORY"}[p.Role()]
	if c != nil && name != "" {
		if _, literal, _ := spark.EnvValue(c, name); !literal {
			return 0, false
		}
		size, set, err := envSize(c, name)
		if err != nil {
			return 0, false
		}
		if set {
			return size, true
		}
		if p.Role().Server() && !readsConf(p.Role()) {
			return spark.DefaultHeapMiB, len(c.EnvFrom) == 0
		}
	}
	if !has {
		return 0, false
	}
	size, set, err := conf.SizeFor(versionOf(p), "spark."+confRole(p.Role())+".memory", spark.MiB, spark.MiB)
	if !set {
		return spark.DefaultHeapMiB, err == nil
	}
	return size, err == nil && size > 0
}

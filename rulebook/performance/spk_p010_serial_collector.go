package performance

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// serverClassMiB is the memory from which on a JVM of two processors chooses a parallel collector (hotspot
// gcConfig.cpp, os::is_server_class_machine): below it a serial one is no loss.
const serverClassMiB = 1792

const processorsKey = "-XX:ActiveProcessorCount"

func serialCollector() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P010", Name: "serial-collector", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
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
	if reading.Image(p).Java > spark.NewestJava {
		return // a newer JDK may choose otherwise
	}
	if reading.ClientDriver(p) && !reading.SubmitReadsEnvironment(p) {
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
	for _, token := range reading.ShownOptions(p) {
		if spark.IsCollector(spark.OptionKey(token)) || spark.OptionKey(token) == processorsKey && token != processorsKey+"=1" {
			return
		}
	}
	for _, s := range reading.OptionSources(p) {
		if s.Hidden {
			return
		}
		for _, token := range s.Tokens {
			if spark.IsCollector(spark.OptionKey(token)) {
				return
			}
			digits, is := strings.CutPrefix(token, processorsKey+"=")
			if !is {
				continue
			}
			processors, _ = strconv.ParseInt(digits, 10, 32)
			told, advice = token, "raise -XX:ActiveProcessorCount in "+s.Name
			report = func(format string, args ...any) { s.Report(p, format, args...) }
		}
	}
	heap, known := reading.Heap(p)
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
	if conf, known := p.Conf(); known && p.Role().Job() && !reading.ClientDriver(p) {
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

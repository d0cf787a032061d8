package jvm

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

const processorsKey = "-XX:ActiveProcessorCount"

func serialCollector() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P010", Name: "serial-collector", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "With one processor the JVM uses SerialGC",
			Why: "A JVM rounds its CPU limit up to whole processors. With one processor it chooses the serial collector, unless an option sets another one. " +
				"One thread then collects the whole heap, and all tasks and heartbeats wait.",
			Remedy:  "raise the CPU limit above 1 or remove it, or set a collector: -XX:+UseParallelGC, -XX:+UseG1GC",
			Since:   "0.1.0",
			Sources: []string{"Java 11, 17, 21 and 25 with -XX:ActiveProcessorCount=1 and 2 (test/jvmflags)", "hotspot: gcConfig.cpp; os::is_server_class_machine"},
		},
		Parts:  []rule.Part{{Name: "limit", Profile: rule.Safe, State: "one processor for a large heap", Says: "no CPU limit that leaves a large heap to the serial collector"}},
		Ensure: rule.Workload(ensureCollector),
	}
}

func ensureCollector(p *rule.WorkloadPass) {
	if reading.Image(p).Java > jvm.NewestJava {
		return // a newer JDK may choose otherwise
	}
	if reading.ClientDriver(p) && !reading.SubmitReadsEnvironment(p) {
		return // a file or a script may name a collector
	}
	cpu, key, limit, said, known := processorsSeen(p)
	heap := cpu.HeapMiB
	if !known || cpu.Judge() != sizing.Serial {
		return // a limit that is refused, or throttles, is SPK-P012's to tell
	}
	count := ""
	if said != nil {
		count = lastCount(said)
	}
	limited, advice := processorsKey+"=1", "raise resources.limits.cpu of the container above 1 or remove the limit"
	if limit != nil {
		limited = "CPU limit " + limit.String()
	}
	switch {
	case said != nil:
		limited, advice = count, "raise -XX:ActiveProcessorCount in "+said.Name
	case key != "":
		advice = "set " + key + "=" + strconv.FormatInt(cpu.Raised(), 10)
	}
	p.Evidence(fmt.Sprintf("%s, heap %dMi", limited, heap), "two processors, or a collector option")
	p.Summary("%s, or add -XX:+UseParallelGC to %s", advice, reading.OptionsPlace(p.Role()))
	p.Message("%s makes the %s's JVM choose SerialGC for a heap of %dMi. %s during long GC pauses", limited, reading.RoleName(p.Role()), heap, waits(p.Role()))
	switch {
	case said != nil:
		said.Refuse(p, "limit", rule.NoExactForm)
	case key != "":
		p.SetConf("limit", key, strconv.FormatInt(cpu.Raised(), 10))
	default:
		p.Refuse("limit", p.At("resources", "limits", "cpu"), rule.UserSet)
	}
}

// processorsSeen is what decides how many processors the role's JVM counts: its CPU limit with the key that sets it, and the
// options that say a number, if one does. known is false where the heap or the options cannot be read.
func processorsSeen(p *rule.WorkloadPass) (cpu sizing.CPU, key string, limit *resource.Quantity, said *reading.OptionSource, known bool) {
	heap, known := reading.Heap(p)
	key, limit = cpuLimit(p)
	cpu = sizing.CPU{Role: p.Role(), HeapMiB: heap, Tokens: reading.ShownOptions(p)}
	if conf, has := p.Conf(); has && key != "" {
		own, err := sizing.CPUOf(conf, p.Role())
		if err != nil {
			return cpu, key, limit, nil, false
		}
		cpu.Cores, cpu.Request = own.Cores, own.Request
	}
	if limit != nil {
		cpu.Limit = limit.MilliValue()
	}
	sources := reading.OptionSources(p)
	for i := range sources {
		if sources[i].Hidden {
			return cpu, key, limit, nil, false
		}
		cpu.Tokens = append(cpu.Tokens, sources[i].Tokens...)
		if lastCount(&sources[i]) != "" {
			said = &sources[i]
		}
	}
	return cpu, key, limit, said, known
}

// lastCount is the option of a source that says a number of processors, the last one; "" where none does.
func lastCount(source *reading.OptionSource) (count string) {
	for _, token := range source.Tokens {
		if strings.HasPrefix(token, processorsKey+"=") {
			count = token
		}
	}
	return count
}

// cpuLimit is the CPU limit of the role's container: that of the configuration, which wins over a template's, else the
// container's own, with an empty key. nil where there is none or it cannot be read.
func cpuLimit(p rule.Pass) (key string, limit *resource.Quantity) {
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

// waits is what does not go on while a role's JVM collects garbage.
func waits(role spark.Role) string {
	switch role {
	case spark.Driver:
		return "No tasks are scheduled"
	case spark.Executor:
		return "Its tasks stop"
	}
	return "It does not answer"
}

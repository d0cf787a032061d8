package jvm

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func compressedOops() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P008", Name: "compressed-oops", Level: rule.Warning, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Executor, spark.Connect, spark.Thrift},
		Uses:  []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "A heap of 32g to 48g wastes memory on wide pointers",
			Why: "Below 32 GiB the JVM stores a pointer in four bytes, above it in eight. Objects then take up to 50 % more memory, and fewer fit in processor caches. " +
				"With many small objects the wider pointers use up all memory above 31g. " +
				"ZGC always uses 8-byte pointers, so 32 GiB is no limit for it. An object alignment of 16 bytes moves the limit to 64 GiB.",
			Remedy: "set spark.driver.memory or spark.executor.memory to 31g, or use more executors of half the size",
			Levels: "a warning up to 36g, where fix sets 31g; a suggestion above 36g, because the gain depends on the data",
			Since:  "0.1.0",
			Sources: []string{
				"Java 17, -XX:+PrintFlagsFinal: UseCompressedOops is true at 32736m for G1, Parallel and Serial and false at 32767m; always false for ZGC; true at 40g with -XX:ObjectAlignmentInBytes=16",
			},
		},
		Parts: []rule.Part{{Name: "heap", Profile: rule.Safe, State: "the heap uses 8-byte pointers", Says: "no heap between 32g and 48g"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			heap, known := reading.Heap(p)
			tokens, seen := reading.Tokens(p)
			if !known || !seen {
				return
			}
			verdict := sizing.Heap(p.Role(), heap, "", tokens)
			if verdict != sizing.Wide {
				return
			}
			to := sizing.HeapTo(verdict, heap)
			p.Evidence(fmt.Sprintf("%dMi", heap), "31g, or at least 48g")
			p.Message("a heap of %dMi needs 8-byte pointers; 31g needs only 4-byte pointers, and holds as many objects", heap)
			conf, _ := p.Conf()
			key := "spark." + reading.ConfRole(p.Role()) + ".memory"
			size, set, err := conf.SizeFor(reading.Version(p), key, spark.MiB, spark.MiB)
			set = set && err == nil && size == heap
			if to == 0 {
				p.Level(rule.Advice)
			}
			switch {
			case set && to == 0:
				p.Summary("try %s=31g and compare two runs", key)
				if p.Role() == spark.Executor {
					p.Summary("try %s=31g, or more executors of half the size, and compare two runs", key)
				}
				p.RefuseConf("heap", key, rule.NoExactForm)
			case set:
				p.Summary("set %s=%s", key, sizing.JavaSize(to))
				p.SetConf("heap", key, sizing.JavaSize(to))
			default:
				p.Summary("set %s to 31g", reading.HeapSetting(p))
				p.Refuse("heap", p.At("env"), rule.SparkSetsThem)
			}
		}),
	}
}

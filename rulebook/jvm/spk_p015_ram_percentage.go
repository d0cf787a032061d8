package jvm

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
)

func ramPercentage() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P015", Name: "ram-percentage", Level: rule.Advice, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "A heap percentage has no effect",
			Why: "Spark passes -Xmx to every JVM that it starts. An application's heap is spark.{driver,executor}.memory (1g by default), a daemon's heap is SPARK_DAEMON_MEMORY. " +
				"MaxRAMPercentage and similar options count only without -Xmx, so the heap has another size than expected. " +
				"InitialRAMPercentage works where Spark sets no -Xms; executors always have -Xms.",
			Remedy:  "remove the option, and set the heap with Spark's own settings",
			Since:   "0.1.0",
			Sources: []string{"Spark: SparkSubmitCommandBuilder, SparkClassCommandBuilder, entrypoint.sh", "Java 11, 17, 21 and 25: MaxHeapSize with both given (test/jvmflags)"},
		},
		Parts: []rule.Part{{Name: optionsPart, Profile: rule.Safe, State: "the heap is sized by percentage", Says: "no heap percentage, because Spark sets -Xmx"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			java := reading.Image(p).Java
			for _, s := range reading.OptionSources(p) {
				if !s.Parsed || s.Hidden {
					continue
				}
				var flags []string
				mended := jvm.WithoutOptions(s.Text, func(token string) bool {
					flag, inert := inertOutsideHeap(token, p.Role(), java)
					if inert {
						flags = append(flags, flag)
					}
					return inert
				})
				if len(flags) == 0 {
					continue
				}
				p.Next()
				heap := "spark." + reading.ConfRole(p.Role()) + ".memory"
				if p.Role().Server() {
					heap = "SPARK_DAEMON_MEMORY"
				}
				p.Message("%s in %s, because Spark sets -Xmx from %s", reading.Count(flags, "has no effect", "have no effect"), s.Name, heap)
				p.Evidence(strings.Join(flags, " "), heap)
				p.Summary("remove %s from %s; set the heap in %s", reading.ListedFlags(flags), s.Setting(), heap)
				s.Write(p, optionsPart, mended)
			}
		}),
	}
}

// inertOutsideHeap says whether an option sizes the heap in a way that gives way to the sizes that Spark passes. One that
// the JDK no longer has is for SPK-P014 to tell.
func inertOutsideHeap(token string, role spark.Role, java int) (flag string, inert bool) {
	name, sign, ok := jvm.ParseFlag(token)
	if !ok || sign != 0 {
		return "", false
	}
	switch name {
	case "MaxRAMPercentage", "MinRAMPercentage", "MaxRAMFraction", "MinRAMFraction":
	case "InitialRAMPercentage", "InitialRAMFraction":
		if role != spark.Executor {
			return "", false
		}
	default:
		return "", false
	}
	f, known := jvm.LookupFlag(name)
	return "-XX:" + name, known && !f.Gone(java)
}

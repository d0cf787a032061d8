package performance

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func offHeap() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P007", Name: "off-heap", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Off-heap memory has no size, or is off",
			Why: "Off-heap memory needs a switch and a size. With the switch and no size, or less than 1 MiB, no SparkContext starts. " +
				"With a size and no switch, no task uses off-heap memory and executor pods do not grow. " +
				"Without off-heap memory Comet disables itself, and Gluten refuses to start.",
			Remedy: "set spark.memory.offHeap.enabled and spark.memory.offHeap.size together",
			Levels: "an error where Spark or Gluten does not start; a warning where the size or Comet is unused",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.5.9, run: \"spark.memory.offHeap.size must be > 0 when spark.memory.offHeap.enabled == true\"; 4.3.0, run: \"must be at least 1MiB\"",
				"Comet: CometDriverPlugin disables it where Spark is not in off-heap mode", "Gluten: GlutenPlugin.scala checkOffHeapSettings, \"Must set 'spark.memory.offHeap.enabled' to true\"",
			},
		},
		Parts: []rule.Part{{Name: "offHeap", Profile: rule.Safe, State: "off-heap memory is half configured", Says: "off-heap memory has both a switch and a size"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			on, switched, err := conf.Bool(spark.KeyOffHeapEnabled)
			verdict, size, err2 := sizing.OffHeap(conf, reading.Version(p))
			_, former := conf.Get("spark.unsafe.offHeap")
			switch {
			case err != nil || err2 != nil || former && !switched:
				return
			case verdict == sizing.NotStarted:
				p.Evidence(reading.ValueOr(conf, spark.KeyOffHeapSize, "no size"), "at least 1m")
				p.Message("off-heap memory is on, but spark.memory.offHeap.size is %s; Spark refuses to start", reading.ValueOr(conf, spark.KeyOffHeapSize, "not set"))
				p.Summary("set spark.memory.offHeap.size, or remove spark.memory.offHeap.enabled")
				p.RefuseConf("offHeap", spark.KeyOffHeapEnabled, rule.NoExactForm)
			case on:
			case engine(conf) != "":
				p.Level(rule.Warning)
				name := engine(conf)
				p.Evidence("spark.plugins "+name, "spark.memory.offHeap.enabled=true and a size")
				p.Message("the Comet plugin is set, but off-heap memory is off; recent Comet releases disable themselves")
				if name == "Gluten" {
					p.Level(rule.Error)
					p.Message("the Gluten plugin is set, but off-heap memory is off; Gluten refuses to start")
				}
				p.Summary("set spark.memory.offHeap.enabled=true and spark.memory.offHeap.size")
				p.RefuseConf("offHeap", "spark.plugins", rule.NoExactForm)
			case verdict == sizing.Ignored:
				p.Level(rule.Warning)
				p.Evidence(spark.FormatSize(size<<20)+", switched off", "spark.memory.offHeap.enabled=true")
				p.Message("spark.memory.offHeap.size is %dMi, but off-heap memory is off; the size is ignored", size)
				p.Summary("set spark.memory.offHeap.enabled=true (each executor's pod grows by %dMi), or remove spark.memory.offHeap.size", size)
				p.SetConf("offHeap", spark.KeyOffHeapEnabled, "true")
			}
		}),
	}
}

// engine is the plugin that computes in off-heap memory, where nothing tells it not to; "" where there is none.
func engine(conf spark.Conf) string {
	plugins := strings.FieldsFunc(reading.ValueOr(conf, "spark.plugins", ""), func(r rune) bool { return r == ',' || r == ' ' })
	is := func(key, value string) bool { return strings.EqualFold(reading.ValueOr(conf, key, ""), value) }
	_, onHeap := conf.Get("spark.comet.memoryOverhead") // what earlier releases of Comet took on the heap's side
	switch {
	case slices.Contains(plugins, "org.apache.spark.CometPlugin"):
		if !onHeap && !is("spark.comet.enabled", "false") && !is("spark.comet.exec.onHeap.enabled", "true") {
			return "Comet"
		}
	case slices.Contains(plugins, "org.apache.gluten.GlutenPlugin"), slices.Contains(plugins, "io.glutenproject.GlutenPlugin"):
		if !is("spark.gluten.enabled", "false") && !is("spark.gluten.memory.dynamic.offHeap.sizing.enabled", "true") && !is("spark.gluten.memory.untracked", "true") {
			return "Gluten"
		}
	}
	return ""
}

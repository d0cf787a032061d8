package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyShuffleTracking = "spark.dynamicAllocation.shuffleTracking.enabled"

func dynamicAllocation() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P023", Name: "dynamic-allocation-shuffle", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Dynamic allocation without shuffle tracking",
			Why: "With dynamic allocation Spark starts only if shuffle data survives its executor, or keeps the executor alive. " +
				"Shuffle tracking keeps the executor alive and is on by default from 3.4. Decommissioning that moves shuffle blocks, or a plugin with separate shuffle storage, also works. " +
				"The external shuffle service does not exist on Kubernetes. Without any of these the SparkContext fails with a SparkException.",
			Remedy: "set " + keyShuffleTracking + "=true",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4, run: \"Dynamic allocation of executors requires the external shuffle service\"; 3.5.9 and 4.3.0, run: \"... requires one of the following conditions\"; ExecutorAllocationManager.scala validateSettings",
				"Spark 3.3.4, 3.4.4, 4.0.5, 4.1.4, 4.2.1, run with the defaults and with spark.decommission.enabled alone: 3.3 ends, later lines start",
			},
		},
		Parts: []rule.Part{{Name: "shuffleTracking", Profile: rule.Safe, State: "dynamic allocation without shuffle tracking", Says: "shuffle tracking with dynamic allocation"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if on, _, err := conf.Bool("spark.dynamicAllocation.enabled"); err != nil || !on || !shuffleIsLost(p, conf) {
				return
			}
			p.Evidence("no shuffle tracking, no decommissioning of shuffle blocks", keyShuffleTracking+"=true")
			p.Message("dynamic allocation is on, but shuffle tracking is off; Spark refuses to start")
			p.SetConf("shuffleTracking", keyShuffleTracking, "true")
		}),
	}
}

// shuffleIsLost says whether nothing keeps the shuffle data, for certain.
func shuffleIsLost(p rule.Pass, conf spark.Conf) bool {
	from34 := spark.Range{Since: spark.Version{Major: 3, Minor: 4}}.Match(reading.Version(p)) // what is on by default from 3.4 on
	off := func(key string, unset spark.Answer) bool {
		on, set, err := conf.Bool(key)
		if set {
			return err == nil && !on
		}
		return unset == spark.No
	}
	decommission := off("spark.decommission.enabled", spark.No) || off("spark.storage.decommission.shuffleBlocks.enabled", from34)
	master := reading.ValueOr(conf, "spark.master", "")
	return off(keyShuffleTracking, from34) && decommission &&
		off("spark.shuffle.service.enabled", spark.No) && off("spark.dynamicAllocation.testing", spark.No) &&
		builtIn(conf, "spark.shuffle.manager", "sort", "tungsten-sort", "org.apache.spark.shuffle.sort.SortShuffleManager") &&
		builtIn(conf, "spark.shuffle.sort.io.plugin.class", "org.apache.spark.shuffle.sort.io.LocalDiskShuffleDataIO") &&
		master != "local" && !strings.HasPrefix(master, "local[")
}

// builtIn says whether a key is unset or names one of Spark's own.
func builtIn(conf spark.Conf, key string, own ...string) bool {
	value, set := conf.Get(key)
	for _, name := range own {
		set = set && !strings.EqualFold(value, name)
	}
	return !set
}

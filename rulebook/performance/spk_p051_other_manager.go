package performance

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

func otherManager() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P051", Name: "other-cluster-manager", Level: rule.Warning, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Each:  true, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "A setting is for another cluster manager",
			Why: "Only their own scheduler reads settings of YARN (spark.yarn., limitActiveProcessorCount), Mesos and standalone clusters (spark.cores.max, spark.executor.logs.rolling.). " +
				"On Kubernetes Spark ignores them silently, and their limits do not apply. YARN names of common settings that Spark still reads are not reported.",
			Remedy: "remove it, or set the equivalent setting for Kubernetes",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4 to 4.3.0: readers of the keys (test/catalogue); SparkConf.scala configsWithAlternatives",
				"Spark 4.3.0: limitActiveProcessorCount is read by the YARN client and its executors' commands alone",
				"Spark: ExecutorRunner.scala of the standalone worker alone makes a FileAppender (spark.executor.logs.rolling.)",
				"Spark: StandaloneSchedulerBackend.scala (spark.cores.max); ExecutorPodsAllocator.scala reads spark.executor.instances and dynamic allocation",
			},
		},
		Parts: []rule.Part{{Name: "key", Profile: rule.Safe, State: "a setting is for another cluster manager", Says: "no settings of other cluster managers"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if !reading.OnKubernetes(p, conf) {
				return
			}
			known, err := keys.New()
			if err != nil {
				panic(err) // generated data that its own test has read
			}
			found := map[string][]string{} // keys by manager
			for _, key := range conf.Keys() {
				if manager := managerOf(key); manager != "" && (known.Reads(key, reading.Version(p)) || strings.HasPrefix(key, appMasterEnv)) {
					found[manager] = append(found[manager], key)
				}
			}
			for _, manager := range slices.Sorted(maps.Keys(found)) {
				p.Next()
				tellManager(p, manager, found[manager])
			}
		}),
	}
}

// tellManager makes one finding of all settings of a manager.
func tellManager(p *rule.ConfPass, manager string, keys []string) {
	p.Message("%s %s for %s; Spark on Kubernetes ignores %s", reading.Listed(keys), reading.IsOrAre(len(keys)), manager, reading.ItOrThem(len(keys)))
	p.Summary("remove %s", reading.Listed(keys))
	for _, key := range keys {
		variable, env := strings.CutPrefix(key, appMasterEnv)
		if env {
			p.Summary("rename spark.yarn.appMasterEnv.NAME to spark.kubernetes.driverEnv.NAME, and remove the other keys")
			p.RenameConf("key", key, "spark.kubernetes.driverEnv."+variable)
			continue
		}
		if instead := insteadOf(key); instead != "" {
			p.Summary("remove %s; use %s", reading.Listed(keys), instead)
		}
		p.UnsetConf("key", key)
	}
}

const (
	appMasterEnv = "spark.yarn.appMasterEnv."
	executorLogs = "spark.executor.logs.rolling." // read by a standalone worker alone
)

// managerOf is the cluster manager that alone reads a key; "" for any other key.
func managerOf(key string) string {
	switch {
	case strings.HasPrefix(key, "spark.yarn."), processorCountOfYARN(key):
		return "YARN"
	case strings.HasPrefix(key, "spark.mesos."):
		return "Mesos"
	case key == "spark.cores.max", strings.HasPrefix(key, executorLogs):
		return "standalone clusters"
	}
	return ""
}

func processorCountOfYARN(key string) bool {
	return key == "spark.driver.limitActiveProcessorCount.enabled" || key == "spark.executor.limitActiveProcessorCount.enabled"
}

// insteadOf is what Kubernetes has for a key of another manager; "" where there is nothing alike.
func insteadOf(key string) string {
	switch {
	case key == "spark.cores.max":
		return "spark.executor.instances or spark.dynamicAllocation.maxExecutors"
	case strings.HasPrefix(key, executorLogs):
		return "containerLogMaxSize of the kubelet, which rotates the logs of containers"
	case processorCountOfYARN(key):
		return "-XX:ActiveProcessorCount in spark." + strings.Split(key, ".")[1] + ".extraJavaOptions"
	}
	return ""
}

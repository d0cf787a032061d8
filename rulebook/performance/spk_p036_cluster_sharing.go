package performance

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func clusterSharing() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P036", Name: "cluster-sharing", Level: rule.Advice, Area: rule.Performance,
		Roles: spark.Roles{spark.Master},
		Uses:  []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "A master gives all cores to one application",
			Why: "An application without spark.cores.max gets spark.deploy.defaultCores, which is unlimited by default. " +
				"The first application then takes all cores of the cluster, and the next one waits without executors. " +
				"With spark.deploy.recoveryMode NONE, the default, a new master does not know the running applications. It makes the workers stop their executors. " +
				"Without ZOOKEEPER, each replica of a master is a cluster by itself: workers and applications that reach different ones do not meet.",
			Remedy: "set spark.deploy.defaultCores in SPARK_MASTER_OPTS, and a recovery mode with a persistent volume (FILESYSTEM, ROCKSDB from 4.0) or ZOOKEEPER",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4 to 4.3.0: internal/config/Deploy.scala, spark.deploy.defaultCores is Int.MaxValue and spark.deploy.recoveryMode NONE by default",
				"Spark: deploy/master/Master.scala, WorkerLatestState: executors that the master does not know are killed",
			},
		},
		Inspect: rule.Workload(inspectClusterSharing),
	}
}

func inspectClusterSharing(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	c := p.Main()
	var tokens []string
	tell := p.ReportConf
	if c != nil {
		options := spark.JVMOptions(c, spark.Master)
		_, image := p.Image() // an image of somebody's own may bake a configuration in
		if !options.Visible || reading.ConfMounted(p) || !image && !known || slices.ContainsFunc(append(append([]string(nil), c.Command...), c.Args...), namesProperties) {
			return
		}
		tokens = options.Tokens
		tell = func(_, format string, args ...any) { p.Report(p.At("env"), format, args...) }
	} else if !known {
		return
	}
	setting := func(all ...string) string { // where the master reads its settings
		if c == nil {
			return "set " + strings.Join(all, " and ")
		}
		return "add -D" + strings.Join(all, " and -D") + " to the variable SPARK_MASTER_OPTS"
	}
	said := func(key string) bool {
		_, set := conf.Get(key)
		return set || spark.HasOption(tokens, "-D"+key)
	}
	if !said("spark.deploy.defaultCores") {
		p.Summary("%s, or set spark.cores.max in every application", setting("spark.deploy.defaultCores=N"))
		tell("spark.deploy.defaultCores", "spark.deploy.defaultCores is unset; an application without spark.cores.max takes all cores, and the next one waits")
	}
	if !said("spark.deploy.recoveryMode") && !said("spark.deploy.recoveryMode.factory") {
		p.Evidence("spark.deploy.recoveryMode is NONE", "FILESYSTEM or ZOOKEEPER")
		p.Summary("%s, with the directory on a persistent volume", setting("spark.deploy.recoveryMode=FILESYSTEM", "spark.deploy.recoveryDirectory=/DIRECTORY"))
		tell("spark.deploy.recoveryMode", "spark.deploy.recoveryMode is unset; when the master's pod is replaced, all running executors are stopped")
	}
}

// namesProperties says whether a word names a file of properties, or writes one.
func namesProperties(word string) bool {
	return strings.Contains(word, "--properties-file") || strings.Contains(word, "spark-defaults") || strings.Contains(word, "-Dspark.deploy.")
}

package monitoring

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

const (
	cleanerKey      = "spark.history.fs.cleaner.enabled"
	storePathKey    = "spark.history.store.path"
	daemonMemoryKey = "SPARK_DAEMON_MEMORY"
	storeVolume     = "kubectl-spark-history-store"
	storePath       = "/var/lib/spark-history"
	// storeLimit is of the volume: Spark takes its own limit for an estimate, and may exceed it.
	storeLimit = 8 << 30
	// roomyHeap is what the server is given instead of Spark's 1g.
	roomyHeap = "2g"
)

// storeOptions fill the disk store by way of the heap, of which no more is taken than a server of 1g has.
var storeOptions = []string{"-D" + storePathKey + "=" + storePath, "-Dspark.history.store.maxDiskUsage=5g",
	"-Dspark.history.store.hybridStore.enabled=true", "-Dspark.history.store.hybridStore.maxMemoryUsage=512m"}

func historyServer() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M005", Name: "history-server", Level: rule.Advice, Area: rule.Monitoring,
		Roles:     spark.Roles{spark.History},
		Launchers: spark.Launchers(func(t spark.Traits) bool { return t.ByHand }), // Stackable's operator sets the cleaner and the folder by fields of its own
		Uses:      []rule.Key{rule.FactConf, rule.FactFiles, rule.FactImage},
		Doc: rule.Doc{
			Title: "The History Server has no cleaner or no disk store",
			Why: "spark.history.fs.cleaner.enabled is false by default: event logs are never deleted, and the server reads the whole list again after each start. " +
				"With the cleaner, logs older than spark.history.fs.cleaner.maxAge (7d) are deleted. Where the store itself deletes old logs, the cleaner is not needed. Where it is set to false, this rule does not ask for it. " +
				"Without spark.history.store.path the list and the pages of up to 50 applications are in the heap, which is 1g by default (SPARK_DAEMON_MEMORY). " +
				"A large log then ends in OutOfMemoryError. With the path they are in a disk store of about spark.history.store.maxDiskUsage (10g), RocksDB from 3.4 on and LevelDB before. " +
				"Reading a large log into it is slow. With spark.history.store.hybridStore.enabled the log is first read into the heap, up to hybridStore.maxMemoryUsage (2g).",
			Remedy:      "set spark.history.fs.cleaner.enabled=true, and spark.history.store.path to a folder on a volume; where the memory limit has room, set SPARK_DAEMON_MEMORY=2g or more",
			Since:       "0.1.0",
			Consequence: "many or large logs make it slow, or end it",
			Sources: []string{
				"Spark: History.scala of 3.5.9 and 4.3.0: cleaner.enabled is false, store.path has no default, store.maxDiskUsage is 10g, hybridStore.enabled is false with a maxMemoryUsage of 2g",
				"Spark: monitoring.md, Environment Variables: SPARK_DAEMON_MEMORY, default 1g",
				"Cluster autoscaler: pods with local storage keep their node, unless " + localVolumes + " names the volume",
				"SPARK-42277: RocksDB is the default from 3.4.0 on; SPARK-31608: a log of 1.2 GB is read in 187 s into LevelDB, in 33 s with the hybrid store",
			},
		},
		Parts: []rule.Part{
			{Name: "cleaner", Profile: rule.Standard, State: "no cleaner", Says: "nothing: the cleaner deletes logs, so it stays manual"},
			{Name: "store", Profile: rule.Standard, State: "no disk store", Says: "a disk store on a bounded volume"},
			{Name: "memory", Profile: rule.Standard, State: "1g of heap in a larger limit", Says: "`SPARK_DAEMON_MEMORY=2g`, where the memory limit has room"},
		},
		Ensure: rule.Pod(ensureHistory),
	}
}

func ensureHistory(p *rule.PodPass) {
	if _, own, _ := reading.Property(p, "spark.history.provider"); own {
		return
	}
	var order []string
	if absent(p, cleanerKey) {
		order = append(order, "add -D"+cleanerKey+"=true -Dspark.history.fs.cleaner.maxAge=30d, or the age that you want, to the variable SPARK_HISTORY_OPTS, unless the store deletes old logs")
		p.RefuseFor("cleaner", p.At("env"), rule.NoExactForm, "the cleaner deletes logs")
	}
	if absent(p, storePathKey) {
		order = append(order, "add "+strings.Join(storeOptions, " ")+" to the variable "+spark.Channel(p.Role())+", and mount a volume on "+storePath)
		addStore(p)
	}
	if heap, why := reading.ServerWithConf(p).Heap(); why == "" && heap == spark.DefaultDaemonMiB && unset(p, daemonMemoryKey) && reading.SparkEntrypoint(p) && roomForHeap(p) {
		order = append(order, "set the variable "+daemonMemoryKey+"="+roomyHeap)
		p.AppendEnv("memory", daemonMemoryKey, roomyHeap)
	}
	p.Summary("%s", strings.Join(order, ". Then "))
}

// absent says for certain that a setting of the server is not set.
func absent(p *rule.PodPass, key string) bool {
	_, set, seen := reading.Property(p, key)
	if set {
		return false
	}
	if !seen || !reading.SettingsComplete(p) {
		p.NotKnown("all settings (%s may be set elsewhere)", key)
		return false
	}
	return true
}

func addStore(p *rule.PodPass) {
	f := folder{volume: storeVolume, path: storePath, limit: *resource.NewQuantity(storeLimit, resource.BinarySI)}
	reason, at := f.refused(p)
	evict, _ := evictable(p)
	switch {
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, "store", p.At("command"))
	case reason != "":
		p.Refuse("store", at, reason)
	case evict && annotated(p, localVolumes):
		p.Refuse("store", annotation(localVolumes), rule.UserSet)
	case mergeAll(p, "store", storeOptions...):
		f.add(p, "store")
		if evict {
			p.Annotate("store", localVolumes, storeVolume+","+gcLogVolume) // the GC log's may come later
		}
	}
}

func unset(p rule.Pass, variable string) bool {
	_, _, set := spark.EnvValue(p.Main(), variable)
	return !set
}

// roomForHeap says that the container has a limit of memory which holds the larger heap, and so does its request.
func roomForHeap(p rule.Pass) bool {
	larger := reading.ServerWithConf(p)
	larger.Container = larger.Container.DeepCopy()
	larger.Container.Env = append(larger.Container.Env, corev1.EnvVar{Name: daemonMemoryKey, Value: roomyHeap})
	m, request := larger.Memory(), p.Main().Resources.Requests.Memory()
	return m.Limit > 0 && m.Verdict == sizing.Fits && !m.PodLimit && !reading.PodMemoryLimit(p) && (request.IsZero() || request.Value()>>20 >= m.Need)
}

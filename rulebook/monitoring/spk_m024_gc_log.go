package monitoring

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	gcLogPart   = "gcLog"
	gcLogVolume = "kubectl-spark-gc-log"
	gcLogPath   = "/var/log/spark-gc"
	// gcLogFile has no process id in its name: a container that is restarted goes on with the files that are there, so that
	// restarts cannot add up to more than the volume holds.
	gcLogFile   = gcLogPath + "/gc.log"
	gcLogByHand = "/tmp/gc.log"
	// localVolumes is what the cluster autoscaler reads: without it a node with a pod that has an emptyDir is never drained.
	localVolumes = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
)

func gcLog() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M024", Name: "gc-log", Level: rule.Advice, Area: rule.Monitoring, Admit: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "No GC log",
			Why: "Only the GC log shows heap pressure, pauses and humongous allocations. Metrics show sums, and a dead JVM shows nothing. The log costs almost nothing. " +
				"It is written to rotating files (at most five of 8 MiB) in a separate volume, never to standard output. " +
				"On standard output it would mix with the application's log, and break Spark's launcher if the option reaches it.",
			Remedy: "add -Xlog:gc*,safepoint:file=/tmp/gc.log:time,uptime,level,tags:filecount=4,filesize=8m to spark.driver.extraJavaOptions, spark.executor.extraJavaOptions or SPARK_DAEMON_JAVA_OPTS; the folder must be writable. fix writes to " + gcLogFile + " in a volume",
			Since:  "0.1.0", Consequence: "after slow or failed runs, heap and GC cannot be examined",
			Sources: []string{
				"JEP 158, JEP 271; seen with Java 11, 17, 21 and 25: two -Xlog of one selector, to one file or to two, start; a file that cannot be made ends the JVM",
				"seen with Java 17: eight runs into one folder leave five files (filecount=4)",
				"seen: spark-class of 3.5.9 and 4.3.0 starts drivers and daemons with the option (test/jvmstart)",
				"Java 8: hotspot arguments.cpp, globals.hpp (UseGCLogFileRotation)",
				"Cluster autoscaler: pods with local storage keep their node, unless " + localVolumes + " names the volume",
			},
		},
		Parts:  []rule.Part{{Name: gcLogPart, Profile: rule.Standard, State: "no GC log", Says: "a bounded GC log in a separate volume, where the Java version is known"}},
		Ensure: rule.Pod(ensureGCLog),
	}
}

// gcLogOptions log the collector into rotating files; the first names the file.
func gcLogOptions(java int, file string) []string {
	if java == 8 {
		return []string{"-Xloggc:" + file, "-XX:+PrintGCDetails", "-XX:+PrintGCDateStamps", "-XX:+UseGCLogFileRotation", "-XX:NumberOfGCLogFiles=5", "-XX:GCLogFileSize=8M"}
	}
	return []string{"-Xlog:gc*,safepoint:file=" + file + ":time,uptime,level,tags:filecount=4,filesize=8m"}
}

// gcLogWritten is the order of what fix does: the same options, file and volume.
func gcLogWritten(p rule.Pass, options []string) string {
	return "add " + strings.Join(options, " ") + " to " + gcLogTakes(p) + ". Mount an emptyDir with sizeLimit 64Mi on " + gcLogPath + ". To keep the log after the pod is deleted, mount a persistent volume there instead"
}

// gcLogTakes names what takes the options.
func gcLogTakes(p rule.Pass) string {
	switch {
	case !reading.SparkEntrypoint(p):
		return "the java command that the container starts"
	case p.Role().Job(): // both alike, so that a workload has one order
		return "spark.driver.extraJavaOptions and spark.executor.extraJavaOptions" + reading.SettingsPlace(p)
	case reading.ReadsConf(p.Role()):
		return "spark.driver.extraJavaOptions" + reading.SettingsPlace(p)
	}
	return "the variable " + spark.Channel(p.Role())
}

// gcLogOrder is what to do by hand: options that can be pasted, and what takes them.
func gcLogOrder(p rule.Pass, java int) string {
	where := gcLogTakes(p)
	if java == 0 {
		where += ". On Java 8 add -Xloggc:" + gcLogByHand + " -XX:+PrintGCDetails instead"
	}
	return "add " + strings.Join(gcLogOptions(java, gcLogByHand), " ") + " to " + where + ". /tmp must be writable. To keep the log after the pod is deleted, mount a persistent volume on /tmp (not emptyDir)"
}

func ensureGCLog(p *rule.PodPass) {
	if !p.Wanted(gcLogPart) {
		return
	}
	java := knownJava(p)
	options := gcLogOptions(java, gcLogFile)
	own := func(token string) bool { return logsGC(token) && !slices.Contains(options, token) }
	if slices.ContainsFunc(reading.ShownOptions(p), own) {
		return // somebody has a log of their own
	}
	if _, known := p.Conf(); known { // else all sources are the variables whose options were just looked at
		sources := reading.OptionSources(p)
		for i := range sources {
			if s := &sources[i]; s.Variable < 0 && s.Hidden && s.Name != reading.EnvFrom || slices.ContainsFunc(s.Tokens, own) {
				return // the configuration fills in what may hold a log, or holds one
			}
		}
	}
	f := folder{volume: gcLogVolume, path: gcLogPath, limit: resource.MustParse("64Mi")}
	reason, at := f.refused(p)
	p.SummaryOf(func() string { return gcLogOrder(p, java) })
	if _, seen := p.Conf(); !seen && reading.ReadsConf(p.Role()) {
		p.State(gcLogPart, "no GC log in the pod (configuration unknown)")
	}
	evict, ours := evictable(p)
	switch {
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, gcLogPart, p.At("command"))
	case java == 0:
		p.Refuse(gcLogPart, p.At("image"), rule.JavaUnknown)
	case reason != "":
		p.Refuse(gcLogPart, at, reason)
	case evict && !ours && annotated(p, localVolumes):
		p.Refuse(gcLogPart, annotation(localVolumes), rule.UserSet)
	default:
		p.SummaryOf(func() string { return gcLogWritten(p, options) })
		if !mergeAll(p, gcLogPart, options...) {
			return // without the options nobody needs the folder
		}
		f.add(p, gcLogPart)
		if evict {
			p.Annotate(gcLogPart, localVolumes, gcLogVolume)
		}
	}
}

// knownJava is the release of Java in the subject's image, where its facts are known; Spark itself wants 17 from 4.0 on.
func knownJava(p rule.Pass) int {
	image := reading.Image(p)
	if image.Java == 0 && image.Spark.AtLeast(4, 0) {
		return 17
	}
	return image.Java
}

// logsGC says whether an option makes the JVM log its collector.
func logsGC(token string) bool {
	switch {
	case spark.HasKey(token, "-XX:PrintGC"), spark.HasKey(token, "-XX:PrintGCDetails"):
		return strings.HasPrefix(token, "-XX:+")
	case spark.HasKey(token, "-verbose:gc"):
		return true
	}
	return strings.HasPrefix(token, "-Xlog") && spark.HasXlog([]string{token}, "gc")
}

// evictable says whether the cluster autoscaler may move the pod today, so that a volume of ours must not keep it: a server
// without local volumes, or one whose annotation names them. ours says that our volume is named.
func evictable(p rule.Pass) (evict, ours bool) {
	if !p.Role().Server() || p.Identity().Finite {
		return false, false
	}
	named, ours := annotated(p, localVolumes), slices.Contains(strings.Split(p.Template().Annotations[localVolumes], ","), gcLogVolume)
	local := false
	for _, v := range p.Template().Spec.Volumes {
		local = local || v.HostPath != nil || v.EmptyDir != nil && v.EmptyDir.Medium != corev1.StorageMediumMemory && v.Name != gcLogVolume
	}
	return ours || named || !local, ours
}

func annotated(p rule.Pass, key string) bool {
	_, is := p.Template().Annotations[key]
	return is
}

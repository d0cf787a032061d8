package history

import (
	"path"
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	eventLogKey    = "spark.eventLog.enabled"
	eventLogDirKey = "spark.eventLog.dir"
)

func eventLogInPod() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M002", Name: "event-log-in-pod", Level: rule.Error, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{neighbour.FactOperator, rule.FactFiles},
		Doc: rule.Doc{
			Title: "The event log is written inside the driver's pod",
			Why: "spark.eventLog.dir is /tmp/spark-events by default, a folder in the driver's container. " +
				"Without a volume the log is lost with the pod, and no History Server can read it. " +
				"Spark does not create the folder: if the image lacks it, the driver fails at start.",
			Remedy:  "set spark.eventLog.dir to an object store (s3a://, gs://, abfss://), or to a persistent volume that the History Server also mounts",
			Since:   "0.1.0",
			Sources: []string{"Spark: package.scala (spark.eventLog.dir), EventLogFileWriters.scala (requireLogBaseDirAsDirectory)"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			conf, _ := p.Conf()
			if on, _ := conf.Get(eventLogKey); !reading.IsTrue(on) {
				return
			}
			if master, set := conf.Get("spark.master"); set && p.Main() == nil && !strings.HasPrefix(master, "k8s") {
				return // no pod that could be told
			}
			dir, set, seen := reading.Property(p, eventLogDirKey)
			if !set {
				dir = "/tmp/spark-events"
			}
			folder, local := localFolder(dir)
			if !local || outlivesPod(p, conf, folder) {
				return
			}
			if !seen {
				p.NotKnown("all settings (%s may be set elsewhere)", eventLogDirKey)
				return
			}
			p.Summary("set %s to a folder in an object store or on a persistent volume, such as s3a://BUCKET/events", eventLogDirKey)
			if set {
				p.Evidence(dir, "an object store or a persistent volume")
				p.ReportConf(eventLogDirKey, "the event log goes to %s in the driver's pod and is lost with the pod", folder)
				return
			}
			p.Evidence(folder+" (the default)", "an object store or a persistent volume")
			p.ReportConf(eventLogKey, "%s is not set; the event log goes to %s in the driver's pod and is lost with the pod", eventLogDirKey, folder)
		}),
	}
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// localFolder is the folder of the driver's file system that a location names; local is false for any other file
// system, and for what cannot be read: variables, relative paths.
func localFolder(location string) (folder string, local bool) {
	rest := strings.TrimSpace(location)
	if s := scheme.FindString(rest); s != "" {
		if s != "file:" {
			return "", false
		}
		rest = strings.TrimPrefix(rest[len(s):], "//")
	}
	if !strings.HasPrefix(rest, "/") || strings.Contains(rest, "$") {
		return "", false
	}
	return path.Clean(rest), true
}

// outlivesPod says whether a folder stands, or may stand, on a volume that outlives the pod.
func outlivesPod(p rule.Pass, conf spark.Conf, folder string) bool {
	for key, setting := range conf {
		parts := strings.Split(strings.TrimPrefix(key, "spark.kubernetes.driver.volumes."), ".")
		if strings.HasPrefix(key, "spark.kubernetes.driver.volumes.") && strings.HasSuffix(key, ".mount.path") && holds(setting.Value, folder) && parts[0] != "emptyDir" {
			return true
		}
	}
	operator, _ := rule.Get(p, neighbour.FactOperator)
	for _, field := range operator.Fields {
		if strings.HasSuffix(field, ".volumeMounts") {
			return true // what it mounts shows on the pod alone
		}
	}
	c := p.Main()
	if c == nil {
		_, set := conf.Get("spark.kubernetes.driver.podTemplateFile")
		return set
	}
	deepest, outlives := "", false
	for _, m := range c.VolumeMounts {
		if !holds(m.MountPath, folder) || len(m.MountPath) < len(deepest) {
			continue
		}
		deepest, outlives = m.MountPath, true
		for _, v := range p.Template().Spec.Volumes {
			if v.Name == m.Name {
				outlives = v.EmptyDir == nil && v.Ephemeral == nil
			}
		}
	}
	return outlives
}

// holds says whether a folder is a mount or stands below it.
func holds(mount, folder string) bool {
	mount = path.Clean(mount)
	return folder == mount || strings.HasPrefix(folder, strings.TrimSuffix(mount, "/")+"/")
}

// Package reading answers what rules of several areas ask of a subject: which settings it has and whether they are all
// there are, what its JVM is told, which image and version it runs. Whatever is uncertain is said to be.
package reading

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Applications are the roles that read an application's configuration: one of them, once a workload.
var Applications = spark.Roles{spark.Driver, spark.Connect, spark.Thrift}

// KubernetesLaunchers are the launchers behind which Kubernetes is the cluster manager.
var KubernetesLaunchers = spark.Launchers(spark.OnKubernetes)

// ConfComplete says that a key which is absent from the configuration is set nowhere else. A custom resource holds all that
// its operator hands to Spark, and what spark-submit wrote all that a driver was given: it adds the application's id, last
// of all. No name of a file proves that: people write spark.properties, too, and add to it by --conf.
//
// Arguments of spark-submit are all but what the image's own spark-defaults.conf adds; a rule that judges the whole
// is not shown them where a file or a variable adds more.
func ConfComplete(p rule.Pass, conf spark.Conf) bool {
	if OnCommandLine(conf) {
		return OfficialImage(p) && !ConfMounted(p) && !NamesPropertiesFile(p)
	}
	_, submitted := conf.Get("spark.app.id")
	return submitted || p.Launcher().Traits().WholeConf
}

// TellIncomplete says that the rule cannot tell, because a setting that the configuration lacks may come from elsewhere. See ConfComplete.
func TellIncomplete(p rule.Pass, conf spark.Conf) {
	if OnCommandLine(conf) {
		p.NotKnown("the spark-defaults.conf of the image")
		return
	}
	p.NotKnown("all settings (spark-submit may be given more)")
}

// ClientDriver says that the driver runs in client mode, in a container that Spark has not made.
func ClientDriver(p rule.Pass) bool { return p.Identity().Client && p.Role() == spark.Driver }

// OnCommandLine says that settings stand among a container's arguments: spark-defaults.conf may hold more.
func OnCommandLine(conf spark.Conf) bool {
	for _, setting := range conf {
		if slices.Contains(setting.Path, "containers") {
			return true
		}
	}
	return false
}

// RunsAsShown says that what the template shows is what runs: a pod that spark-submit or an operator made, a driver in client
// mode, or a server that was written by hand. Templates of applications are still merged with their configuration.
func RunsAsShown(p rule.Pass) bool {
	t := p.Template()
	if t == nil {
		return false
	}
	args := p.Main().Args
	byHand := p.Launcher().Traits().ByHand || p.Identity().MainClass == ""
	return ClientDriver(p) || t.Labels[spark.LabelApp] != "" || len(args) > 0 && (args[0] == "driver" || args[0] == "executor") || p.Role().Server() && byHand
}

// OnKubernetes says for certain that Kubernetes is the cluster manager of what the driver runs: by its launcher, or by
// the master that a server's configuration or arguments name.
func OnKubernetes(p rule.Pass, conf spark.Conf) bool {
	if master, set := conf.Get("spark.master"); set {
		return strings.HasPrefix(master, "k8s://")
	}
	if slices.Contains(KubernetesLaunchers, p.Launcher()) {
		return true
	}
	if c := p.Main(); c != nil {
		return slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(arg string) bool { return strings.HasPrefix(strings.TrimPrefix(arg, "--master="), "k8s://") })
	}
	return false
}

// release begins a text that names a release.
var release = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+`)

// NamesRelease says whether a text names a release, and not only its line.
func NamesRelease(text string) bool { return release.MatchString(text) }

// ExactVersion says that the subject's version names a release: 3.5 as a resource's version or an image's tag is read as 3.5.0,
// and is any release of the line.
func ExactVersion(p rule.Pass) bool {
	if p.Version().Patch > 0 {
		return true
	}
	t := p.Template()
	return t != nil && NamesRelease(t.Labels[spark.LabelVersion])
}

// From says for certain that the version is that one or a later.
func From(p rule.Pass, major, minor int) bool {
	version := Version(p)
	return version.Known() && version.AtLeast(major, minor)
}

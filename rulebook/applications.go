package rulebook

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// applications are the roles that read an application's configuration: one of them, once a workload.
var applications = spark.Roles{spark.Driver, spark.Connect, spark.Thrift}

// submitted are the launchers behind which Kubernetes is the cluster manager.
var submitted = []spark.Launcher{spark.Native, spark.Kubeflow, spark.Apache}

// settled says that a key which is absent from the configuration is set nowhere else. A custom resource holds all that
// its operator hands to Spark, and what spark-submit wrote all that a driver was given: it adds the application's id, last
// of all. No name of a file proves that: people write spark.properties, too, and add to it by --conf.
func settled(p *rule.Pass, conf spark.Conf) bool {
	if onCommandLine(conf) {
		return false
	}
	_, submitted := conf.Get("spark.app.id")
	return submitted || p.Launcher() == spark.Kubeflow || p.Launcher() == spark.Apache
}

// ownPod says that the driver runs in client mode, in a container that Spark has not made.
func ownPod(p *rule.Pass) bool { return p.Identity().Client && p.Role() == spark.Driver }

// onCommandLine says that settings stand among a container's arguments: spark-defaults.conf may hold more.
func onCommandLine(conf spark.Conf) bool {
	for _, setting := range conf {
		if slices.Contains(setting.Path, "containers") {
			return true
		}
	}
	return false
}

// made says that what the template shows is what runs: a pod that spark-submit or an operator made, a driver in client
// mode, or a server that was written by hand. Templates of applications are still merged with their configuration.
func made(p *rule.Pass) bool {
	t := p.Template()
	if t == nil {
		return false
	}
	args := p.Main().Args
	byHand := p.Launcher() == spark.Standalone || p.Launcher() == spark.Bitnami || p.Identity().MainClass == ""
	return ownPod(p) || t.Labels[spark.LabelApp] != "" || len(args) > 0 && (args[0] == "driver" || args[0] == "executor") || p.Role().Server() && byHand
}

// onKubernetes says for certain that Kubernetes is the cluster manager of what the driver runs: by its launcher, or by
// the master that a server's configuration or arguments name.
func onKubernetes(p *rule.Pass, conf spark.Conf) bool {
	if master, set := conf.Get("spark.master"); set {
		return strings.HasPrefix(master, "k8s://")
	}
	if slices.Contains(submitted, p.Launcher()) {
		return true
	}
	if c := p.Main(); c != nil {
		return slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(arg string) bool { return strings.HasPrefix(strings.TrimPrefix(arg, "--master="), "k8s://") })
	}
	return false
}

// fullVersion begins a text that names a release, and not only its line.
var fullVersion = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+`)

// exact says that the subject's version names a release: 3.5 as a resource's version or an image's tag is read as 3.5.0,
// and is any release of the line.
func exact(p *rule.Pass) bool {
	if p.Version().Patch > 0 {
		return true
	}
	t := p.Template()
	return t != nil && fullVersion.MatchString(t.Labels[spark.LabelVersion])
}

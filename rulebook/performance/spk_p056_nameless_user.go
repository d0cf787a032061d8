package performance

import (
	"path"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// firstFree is the lowest user that no image that is known has an entry for, besides its own.
const firstFree = 2000

// nobody is in every /etc/passwd.
const nobody = 65534

func namelessUser() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P056", Name: "nameless-user", Level: rule.Error, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "The container's user has no entry in /etc/passwd",
			Why: "Hadoop asks the system for the user's name at the start of every driver, executor and server. A uid without an entry in /etc/passwd has no name. " +
				"The login then fails (\"NullPointerException: invalid null input: name\"), and the JVM exits. HADOOP_USER_NAME does not help. " +
				"The entrypoints of Spark's and Bitnami's images add an entry for any uid. A container with another command does not run them. " +
				"Only known images are checked.",
			Remedy: "run as the image's user, or move the container's command to its args, so that the image's entrypoint runs it",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.5.9 (Hadoop 3.3.4) and 4.3.0 (Hadoop 3.5.0) run as such a user, with and without HADOOP_USER_NAME and SPARK_USER, on Java 17",
				"bitnami/containers issue 52698, bitnami/charts issue 20894",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if p.Template() == nil {
				return
			}
			image, _ := rule.Get(p, rule.FactImage)
			user, at := runsAs(p)
			if user == nil || *user < firstFree || *user == nobody || image.UID == nil || *user == *image.UID || image.Passwd == nil || !bypassed(p) {
				return
			}
			p.Summary("in container %q, move command to args, or set runAsUser in the securityContext to %d, the image's user", p.Main().Name, *image.UID)
			p.Report(at, "uid %d has no entry in /etc/passwd, and the command skips the entrypoint that adds it; Spark finds no name", *user)
		}),
	}
}

// runsAs is the user that the pod says the main container runs as, and where; nil where it says none.
func runsAs(p rule.Pass) (*int64, rule.Path) {
	if s := p.Main().SecurityContext; s != nil && s.RunAsUser != nil {
		return s.RunAsUser, p.At("securityContext", "runAsUser")
	}
	if s := p.Template().Spec.SecurityContext; s != nil && s.RunAsUser != nil {
		return s.RunAsUser, rule.Path{"spec", "securityContext", "runAsUser"}
	}
	return nil, nil
}

// bypassed says whether a container's command runs Spark's own programs without the image's entrypoint.
func bypassed(p rule.Pass) bool {
	c := p.Main()
	if len(c.Command) == 0 {
		return false
	}
	switch path.Base(c.Command[0]) {
	case "spark-submit", "spark-class", "spark-sql", "spark-shell", "pyspark", "sparkR", "start-master.sh", "start-worker.sh", "start-history-server.sh", "start-connect-server.sh", "start-thriftserver.sh":
		return true
	}
	return false
}

package monitoring

import (
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const exitExceptionKey = "spark.kubernetes.driver.annotateExitException"

func exitException() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M021", Name: "exit-exception", Level: rule.Advice, Area: rule.Monitoring,
		Roles:     spark.Roles{spark.Driver},
		Launchers: reading.KubernetesLaunchers,
		Spark:     spark.Range{Since: spark.Version{Major: 4, Minor: 1}},
		Needs:     []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles, neighbour.FactRights},
		Doc: rule.Doc{
			Title: "A failed driver's pod does not say why",
			Why: "The exception that ends a driver is in its log only, and the log is gone with the pod or its node. " +
				"From 4.1 on Spark writes it into the pod's annotation spark.exit-exception where spark.kubernetes.driver.annotateExitException is true. " +
				"It leaves out texts that spark.redaction.string.regex matches, and cuts at 64 KiB. " +
				"The driver's ServiceAccount needs the right to patch pods. Without it the driver ends as before, without the annotation. " +
				"Spark does this for applications only, not for shells, Connect servers or Thrift servers.",
			Remedy: "set " + exitExceptionKey + "=true",
			Since:  "0.1.0",
			Sources: []string{
				"SPARK-53335; Spark: Config.scala (false by default, since 4.1.0), SparkKubernetesDiagnosticsSetter and SparkSubmit.annotateExitException of 4.3.0",
				"SPARK-56752: Apache's operator sets it where the user does not",
			},
		},
		Parts: []rule.Part{{Name: "annotation", Profile: rule.Standard, State: exitExceptionKey + " is not set", Says: "the exception that ends a driver, on its pod (from 4.1)"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if _, set, seen := reading.Property(p, exitExceptionKey); set || !seen || reading.ClientDriver(p) || !reading.ConfComplete(p, conf) {
				return
			}
			p.Message("%s is not set; the pod of a failed driver does not say why it failed", exitExceptionKey)
			if rights, _ := rule.Get(p, neighbour.FactRights); p.Main() != nil && rights.May(neighbour.Right{Verb: "patch", Resource: "pods"}) == spark.No {
				p.Summary("set %s=true, and give ServiceAccount %s the right to patch pods", exitExceptionKey, rights.Account())
			}
			p.SetConf("annotation", exitExceptionKey, "true")
		}),
	}
}

package performance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func unreadableValue() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P045", Name: "unreadable-value", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift, spark.Master, spark.Worker, spark.History},
		Each:  true, Needs: []rule.Key{rule.FactConf}, SkipNeeds: standalone, Uses: []rule.Key{rule.FactImage, rule.FactFiles},
		Doc: rule.Doc{
			Title: "Spark cannot read a value and fails",
			Why: "Spark stores every value as text and converts it when it is needed. yes is not a boolean, four is not a number, 1.5g is not a size. " +
				"Spark then fails with an exception: at start, with the first SQL session, or in the middle of a run. " +
				"A value is reported only if this version defines the key with a type and refuses the value. If the version is unknown, every supported line must refuse it. " +
				"spark-submit in client mode passes spark.driver.memory to Java's -Xmx unchanged, also in a driver's pod. " +
				"Java accepts one letter (k, m, g or t) and reads a bare number as bytes. Spark reads 4096, 4gb and 4Gi as sizes, but the JVM does not start. " +
				"On a master, worker or history server, -D options and numeric variables of the container are checked too. " +
				"Values with variables or template marks, free-text keys and keys of other servers are not reported.",
			Remedy: "write a value that Spark can read, or remove the key",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4, 4.2.1, 4.3.0: the converter of each ConfigEntry, given texts in a JVM (test/catalogue)",
				"Spark 3.5.9 and 4.3.0 started with such values (test/catalogue)",
				"Spark 3.5.9 and 4.2.1: workers and masters started with such variables; WorkerArguments.scala, MasterArguments.scala, SparkClassCommandBuilder.java",
				"Spark 3.3.4 to 4.3.0: the command that the launcher makes of spark.driver.memory (SparkSubmitCommandBuilder); Java 17 and 25 given its -Xmx",
			},
		},
		Parts: []rule.Part{{Name: "value", Profile: rule.Safe, State: "Spark cannot read a value", Says: "values that Spark can read, where what was meant is certain"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			conf, _ := p.Conf()
			known, err := keys.New()
			if err != nil {
				panic(err) // generated data that its own test has read
			}
			version := reading.Version(p)
			noteUnknownLine(p, known, version)
			who := "Spark"
			if version.Known() {
				who = "Spark " + version.Line()
			}
			for _, key := range conf.Keys() {
				expects, refused := known.Refuses(conf, key, version)
				if !refused || !mayRead(p, conf, key) {
					continue
				}
				value := shown(key, conf[key].Value)
				p.Evidence(value, expects)
				p.Summary("set %s to %s, or remove it", key, expects)
				if mib, is := overheadFactor(p, conf, key); is {
					p.Summary("set %s=%s, or move the factor to %sFactor", key, spark.FormatSize(mib<<20), key)
					p.Message("%s is %s, a factor, but Spark expects a size; Spark fails with an exception", key, value)
					p.SetConf(valuePart, key, spark.FormatSize(mib<<20))
					p.Next()
					continue
				}
				p.Message("%s is %s, but %s expects %s; Spark fails with an exception", key, value, who, expects)
				manualConf(p, key)
			}
			if reading.ReadsConf(p.Role()) {
				tellHeap(p, conf)
			} else {
				tellServer(p, known)
			}
		}),
	}
}

// valuePart is the one part of SPK-P045.
const valuePart = "value"

// manualConf makes the finding that is worded by now, of a value in the place of which only people know what was meant.
func manualConf(p *rule.WorkloadPass, key string) {
	p.RefuseConf(valuePart, key, rule.Unreadable)
	p.Next()
}

// manualField is manualConf for a field of the pod.
func manualField(p *rule.WorkloadPass, at rule.Path) {
	p.Refuse(valuePart, at, rule.Unreadable)
	p.Next()
}

// overheadFactor is the size that a factor stands for which was written as an overhead.
func overheadFactor(p rule.Pass, conf spark.Conf, key string) (mib int64, is bool) {
	role, overhead := strings.CutSuffix(strings.TrimPrefix(key, "spark."), ".memoryOverhead")
	if !overhead || role != string(spark.Driver) && role != string(spark.Executor) {
		return 0, false
	}
	in := memoryOf(p, conf)
	in.Role = spark.Role(role)
	return sizing.OverheadFactor(in)
}

// mayRead says whether a process of the subject's role may come to read a key: those of a server are the server's own,
// which reads few others.
func mayRead(p rule.Pass, conf spark.Conf, key string) bool {
	family, _, _ := strings.Cut(strings.TrimPrefix(key, "spark."), ".")
	switch p.Role() {
	case spark.History:
		return family == "history"
	case spark.Master:
		return family == "master" || family == "deploy"
	case spark.Worker:
		return family == "worker"
	}
	if master := reading.ValueOr(conf, "spark.master", ""); family == "kubernetes" && master != "" && !strings.HasPrefix(master, "k8s") {
		return false
	}
	if reading.ClientDriver(p) && strings.HasPrefix(key, "spark.kubernetes.driver.") {
		return false // spark-submit in cluster mode reads those
	}
	return !slices.Contains([]string{"history", "master", "worker", "deploy", "yarn", "mesos"}, family)
}

// maxShown bounds the values that a finding repeats.
const maxShown = 48

// shown is a value as a finding may repeat it. What is no value of such a key may be another's: what looks generated is not repeated.
func shown(key, value string) string {
	value = secret.HideValue(key, value)
	if value == secret.Masked || secret.Generated(value) {
		return secret.Masked
	}
	if len(value) > maxShown {
		return fmt.Sprintf("%+q...", value[:maxShown])
	}
	return fmt.Sprintf("%+q", value) // a digit of another script looks like one of ASCII
}

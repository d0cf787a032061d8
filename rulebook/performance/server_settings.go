package performance

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// standalone are the servers that read variables of their own, and no application's configuration.
var standalone = spark.Roles{spark.Master, spark.Worker, spark.History}

// tellServer speaks of what a standalone server's container gives it and it cannot read: variables, and -D options of its
// JVM. What a file of a configuration folder may put in a variable's place is left alone.
func tellServer(p *rule.WorkloadPass, known *keys.Catalogue) {
	if p.Main() == nil || len(p.Main().EnvFrom) > 0 || scripted(p) {
		return
	}
	tellOptions(p, known)
	tellDaemonHeap(p)
	switch p.Role() {
	case spark.Worker:
		tellWorkerMemory(p)
		tellNumbers(p, "SPARK_WORKER_CORES", "SPARK_WORKER_PORT", "SPARK_WORKER_WEBUI_PORT")
	case spark.Master:
		tellNumbers(p, "SPARK_MASTER_PORT", "SPARK_MASTER_WEBUI_PORT")
	}
}

// scripted says that a spark-env.sh of the configuration folder may set the variables anew.
func scripted(p rule.Pass) bool {
	files, known := rule.Get(p, rule.FactFiles)
	_, script := files.Text["spark-env.sh"]
	if !reading.ConfMounted(p) {
		return false
	}
	if !known {
		p.NotKnown("the mounted ConfigMap")
	}
	return !known || script
}

// tellOptions looks at -Dspark.key=value of the JVM, of which the last one counts.
func tellOptions(p *rule.WorkloadPass, known *keys.Catalogue) {
	conf, from := spark.Conf{}, map[string]*reading.OptionSource{}
	sources := reading.OptionSources(p)
	for i := range sources {
		if sources[i].Hidden {
			return
		}
		for _, token := range sources[i].Tokens {
			if key, value, set := strings.Cut(strings.TrimPrefix(token, "-D"), "="); set && strings.HasPrefix(token, "-Dspark.") {
				conf[key], from[key] = spark.Setting{Value: value}, &sources[i]
			}
		}
	}
	for _, key := range conf.Keys() {
		expects, refused := known.Refuses(conf, key, reading.Version(p))
		if !refused || !mayRead(p, conf, key) {
			continue
		}
		value := shown(key, conf[key].Value)
		p.Evidence(value, expects)
		p.Summary("set -D%s in %s to %s, or remove it", key, from[key].Name, expects)
		p.Message("%s sets %s to %s, but the %[4]s expects %[5]s; the %[4]s fails with an exception", from[key].Name, key, value, reading.RoleName(p.Role()), expects)
		manualField(p, from[key].Path(p))
	}
}

// tellDaemonHeap: the launch scripts put SPARK_DAEMON_MEMORY behind -Xmx as it is written (SparkClassCommandBuilder).
func tellDaemonHeap(p *rule.WorkloadPass) {
	const name = "SPARK_DAEMON_MEMORY"
	text := spark.EnvString(p.Main(), name)
	refused := sizing.JavaRefuses(text)
	if refused == "" || len(text) > maxShown {
		return
	}
	p.Evidence(shown(name, text), "a size such as 1g")
	p.Summary("set the variable %s to a size such as 1g, or remove it", name)
	p.Message("%s is %s; Java refuses it as a heap size (%s), and the %s does not start", name, shown(name, text), refused, reading.RoleName(p.Role()))
	manualField(p, reading.VariableAt(p, name))
}

// tellWorkerMemory: a worker counts bytes where no unit stands, and offers a MiB at the least (WorkerArguments).
func tellWorkerMemory(p *rule.WorkloadPass) {
	const name = "SPARK_WORKER_MEMORY"
	text := spark.EnvString(p.Main(), name)
	if text == "" || len(text) > maxShown || !sizing.SizeText.MatchString(text) && sizing.JavaRefuses(text) == "" {
		return
	}
	version := reading.Version(p)
	if !version.Known() {
		version = spark.Version{Major: 4, Minor: 2} // which reads most
	}
	mib, err := spark.ParseSizeFor(version, text, spark.Byte, spark.MiB)
	says := "this is not a size"
	switch {
	case err == nil && mib > 0:
		return
	case err == nil:
		says = "Spark reads it as bytes, less than 1m"
	}
	p.Evidence(shown(name, text), "a size such as 4g")
	p.Summary("set the variable %s to a size such as 4g", name)
	p.Message("%s is %s; %s, and the worker does not start", name, shown(name, text), says)
	manualField(p, reading.VariableAt(p, name))
}

// tellNumbers looks at variables that are read as whole numbers.
func tellNumbers(p *rule.WorkloadPass, names ...string) {
	for _, name := range names {
		text := spark.EnvString(p.Main(), name)
		foreign := strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) // Java reads digits of every script
		if _, err := strconv.ParseInt(text, 10, 32); err == nil || text == "" || foreign || strings.Contains(text, "$") || len(text) > maxShown {
			continue
		}
		text = shown(name, text)
		p.Evidence(text, "a whole number")
		p.Summary("set the variable %s to a whole number, or remove it", name)
		p.Message("%s is %s, not a whole number; the %s does not start", name, text, reading.RoleName(p.Role()))
		manualField(p, reading.VariableAt(p, name))
	}
}

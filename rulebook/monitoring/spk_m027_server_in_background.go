package monitoring

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/daemon"
)

const (
	foregroundPart = "foreground"
	longestCommand = 60 // of those that a finding names in full
)

func serverInBackground() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M027", Name: "server-in-background", Level: rule.Warning, Area: rule.Monitoring,
		Roles:     spark.Servers,
		Launchers: spark.Launchers(func(t spark.Traits) bool { return !t.OneSpark }), // whose operator writes the command
		Uses:      []rule.Key{rule.FactImage, rule.FactFiles},
		Doc: rule.Doc{
			Title: "A server runs in the background of its container",
			Why: "The start scripts in sbin use spark-daemon.sh, which starts the server in the background. " +
				"Its log goes to a file in the container (SPARK_LOG_DIR, else logs in Spark's folder). kubectl logs and log agents do not see it, and it is lost with the container. " +
				"The file is rotated only at a start of the server (five files). " +
				"A following command such as tail -f keeps the container running, also after the server has ended. Then the kubelet restarts nothing. " +
				"If SPARK_NO_DAEMONIZE has any value, the script stays in the foreground, and the log goes to the container's output. " +
				"Where log4j2.properties writes to a file only, fix keeps a command that prints this file. Without it kubectl logs would show nothing. " +
				"SPK-P055 finds a container that ends at once. Apache's operator starts its servers in the background by itself and is not judged.",
			Remedy: "set SPARK_NO_DAEMONIZE=true and remove the command behind the script; or start the server with exec spark-class, which also passes it the signal to stop",
			Levels: "a suggestion where a loop over the server's state keeps the container, or for an unknown image, because it may set the variable",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.5.9 and 4.3.0: sbin/spark-daemon.sh execute_command and spark_rotate_log; seen with start-history-server.sh (test/jvmstart)",
				"Spark: in the foreground spark-daemon.sh runs the JVM as its child, without exec",
				"Spark: SparkClusterResourceSpec.java of Apache's operator",
			},
		},
		Parts: []rule.Part{
			{Name: foregroundPart, Profile: rule.Safe, State: "the start script runs the server in the background", Says: "`SPARK_NO_DAEMONIZE=true`, and no command behind the start script"},
		},
		Ensure: rule.Pod(ensureForeground),
	}
}

func ensureForeground(p *rule.PodPass) {
	c := p.Main()
	k, is := daemon.KeptByAnother(c)
	_, _, moved := spark.EnvValue(c, "SPARK_LOG_DIR")
	if !is || !k.Outlives && moved { // a log that somebody put elsewhere
		return
	}
	if _, known := rule.Get(p, rule.FactImage); !known || !k.Outlives {
		p.Level(rule.Advice)
	}
	by := k.By
	if len(by) > longestCommand {
		by, _, _ = strings.Cut(by, " ")
	}
	switch {
	case !k.Outlives:
		p.Message("%s runs the server in the background; its log is a file, and kubectl logs does not show it", k.Script)
	case k.Shows:
		p.Message("%s runs the server in the background; %q keeps the container when the server ends", k.Script, by)
	default:
		p.Message("%s runs the server in the background; its log is a file, and %q outlives the server", k.Script, by)
	}
	p.Evidence(k.Script+" without SPARK_NO_DAEMONIZE", "SPARK_NO_DAEMONIZE=true")
	if files, _ := rule.Get(p, rule.FactFiles); k.Shows && filesOnly(files.Text[log4jFile]) {
		p.Summary("add an appender of type Console to %s and name it in rootLogger.appenderRef. Then set the variable SPARK_NO_DAEMONIZE=true, and remove %q behind %s", log4jFile, by, k.Script)
		p.RefuseFor(foregroundPart, p.At("env"), rule.NoExactForm, log4jFile+" writes to a file only, and this command prints it")
		return
	}
	p.Summary("set the variable SPARK_NO_DAEMONIZE=true in the container")
	p.AppendEnv(foregroundPart, "SPARK_NO_DAEMONIZE", "true")
	if !k.Outlives {
		return
	}
	p.Summary("set the variable SPARK_NO_DAEMONIZE=true in the container, and remove %q behind %s", by, k.Script)
	at := p.At("command", strconv.Itoa(k.Word))
	if k.Word >= len(c.Command) {
		at = p.At("args", strconv.Itoa(k.Word-len(c.Command)))
	}
	if k.Start == "" {
		p.RefuseFor(foregroundPart, at, rule.NoExactForm, "more follows the command that keeps the container")
		return
	}
	p.Correct(foregroundPart, at, k.Start)
}

package performance

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/daemon"
)

func forkingScript() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P055", Name: "forking-script", Level: rule.Error, Area: rule.Performance,
		Roles: spark.Servers,
		Uses:  []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "A server's container ends at once",
			Why: "The start scripts in sbin use spark-daemon.sh, which starts the server in the background and exits. A container ends with its first process, so the server is killed. " +
				"The kubelet restarts the container again and again (CrashLoopBackOff, exit code 0). " +
				"If SPARK_NO_DAEMONIZE has any value, the script stays in the foreground. A following command that keeps running, such as tail -f, also keeps the container.",
			Remedy:      "set SPARK_NO_DAEMONIZE=true, or start the server with spark-class",
			Levels:      "a warning for an unknown image, because it may set the variable",
			Since:       "0.1.0",
			Sources:     []string{"Spark 3.5.9 and 4.3.0: sbin/spark-daemon.sh execute_command, sbin/start-master.sh and others"},
			Consequence: "the container restarts forever",
		},
		Parts: []rule.Part{{Name: "foreground", Profile: rule.Safe, State: "the start script runs the server in the background", Says: "`SPARK_NO_DAEMONIZE=true` for start scripts"}},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			script := daemon.Forks(p.Main())
			if script == "" {
				return
			}
			if _, known := rule.Get(p, rule.FactImage); !known {
				p.Level(rule.Warning)
			}
			p.Evidence(script+" without SPARK_NO_DAEMONIZE", "SPARK_NO_DAEMONIZE=true")
			p.Message("%s starts the server in the background and exits; the container restarts forever", script)
			p.Summary("set the variable SPARK_NO_DAEMONIZE=true in the container")
			p.AppendEnv("foreground", "SPARK_NO_DAEMONIZE", "true")
		}),
	}
}

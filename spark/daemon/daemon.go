// Package daemon says how a container keeps a server of Spark that one of the scripts in sbin starts: those put it into the
// background and end. Forks finds containers that end with the script, KeptByAnother those that another command keeps.
package daemon

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// maxArgument bounds how much of a shell's text is looked through.
const maxArgument = 4096

// startScripts are Spark's scripts that start a server by spark-daemon.sh, which puts it into the background and ends.
var startScripts = [...]string{"start-master.sh", "start-worker.sh", "start-slave.sh", "start-history-server.sh", "start-thriftserver.sh", "start-connect-server.sh"}

// Forks finds the start script with which a container's command ends and after which nothing keeps the container; "" where
// there is none. sbin/spark-daemon.sh stays in the foreground where SPARK_NO_DAEMONIZE is set, to whatever.
func Forks(c *corev1.Container) (script string) {
	if toldForeground(c) {
		return ""
	}
	words := slices.Concat(c.Command, c.Args)
	script, text := started(words)
	if text >= 0 {
		return textForks(words[text])
	}
	return script
}

// toldForeground says that spark-daemon.sh is told to stay in the foreground, or may be.
func toldForeground(c *corev1.Container) bool {
	_, _, set := spark.EnvValue(c, "SPARK_NO_DAEMONIZE")
	return set || len(c.EnvFrom) > 0
}

// started is the start script that a command runs by itself, or the index of the text that it gives to a shell; "" and -1 where
// it runs something else.
func started(words []string) (script string, text int) {
	for at := 0; at < len(words); at++ {
		switch path.Base(words[at]) {
		case "tini", "dumb-init", "entrypoint.sh", "-s", "-g", "--":
		case "sh", "bash", "dash", "ash":
			return shellStarts(words, at+1)
		default:
			return startScript(words[at]), -1
		}
	}
	return "", -1
}

func startScript(word string) string {
	for _, name := range startScripts {
		if path.Base(word) == name {
			return name
		}
	}
	return ""
}

// shellStarts looks at what a shell is given from a word on: a start script by itself, or a text behind -c.
func shellStarts(words []string, from int) (script string, text int) {
	for i := from; i < len(words); i++ {
		w := words[i]
		if !strings.HasPrefix(w, "-") {
			return startScript(w), -1
		}
		if !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "c") && i+1 < len(words) {
			return "", i + 1
		}
	}
	return "", -1
}

// textForks is the start script that the last command of a text runs. A command in front of it that stays, sets the variable
// or reads a file keeps the answer open, and so does anything that is no plain list of commands.
func textForks(text string) string {
	if len(text) > maxArgument || strings.Contains(text, "SPARK_NO_DAEMONIZE") || strings.ContainsAny(text, "`{}|<") {
		return ""
	}
	text = strings.ReplaceAll(text, "\\\n", " ")
	last := ""
	for _, command := range strings.FieldsFunc(strings.ReplaceAll(text, "&&", ";"), func(r rune) bool { return r == ';' || r == '\n' }) {
		words := strings.Fields(command)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "exec" && len(words) > 1 {
			words = words[1:]
		}
		if strings.HasSuffix(command, "&") || words[0] == "." || words[0] == "source" || words[0] == "while" || words[0] == "until" {
			return ""
		}
		if words[0] == "echo" && last != "" {
			continue
		}
		last = startScript(words[0])
	}
	return last
}

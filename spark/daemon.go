package spark

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// startScripts are Spark's scripts that start a server by spark-daemon.sh, which puts it into the background and ends.
var startScripts = [...]string{"start-master.sh", "start-worker.sh", "start-slave.sh", "start-history-server.sh", "start-thriftserver.sh", "start-connect-server.sh"}

// Forks finds the start script with which a container's command ends and after which nothing keeps the container; "" where
// there is none. sbin/spark-daemon.sh stays in the foreground where SPARK_NO_DAEMONIZE is set, to whatever.
func Forks(c *corev1.Container) (script string) {
	if _, _, set := EnvValue(c, "SPARK_NO_DAEMONIZE"); set || len(c.EnvFrom) > 0 {
		return ""
	}
	words := append(append([]string{}, c.Command...), c.Args...)
	for len(words) > 0 {
		switch path.Base(words[0]) {
		case "tini", "dumb-init", "entrypoint.sh":
			words = words[1:]
		case "-s", "-g", "--":
			words = words[1:]
		case "sh", "bash", "dash", "ash":
			return scriptForks(words[1:])
		default:
			return startScript(words[0])
		}
	}
	return ""
}

func startScript(word string) string {
	for _, name := range startScripts {
		if path.Base(word) == name {
			return name
		}
	}
	return ""
}

// scriptForks looks at what a shell is given: a start script by itself, or a text behind -c whose last command is one.
func scriptForks(words []string) string {
	for i, w := range words {
		if !strings.HasPrefix(w, "-") {
			return startScript(w)
		}
		if !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "c") && i+1 < len(words) {
			return textForks(words[i+1])
		}
	}
	return ""
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

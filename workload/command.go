package workload

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// word is one argument of a program that a container runs, and where it stands.
type word struct {
	text   string
	list   string // command or args
	index  int
	script bool   // it is a part of that argument, which is a script
	open   string // a variable in it whose value cannot be seen; the text has its reference then
	from   string // a variable whose value is in the text
}

// commandOf gives the words of a container's command line as the kubelet expands them: command, else the image's own
// entrypoint, then args.
func commandOf(c *corev1.Container) (words []word) {
	for _, field := range [...]struct {
		name string
		list []string
	}{{"command", c.Command}, {"args", c.Args}} {
		for i, text := range field.list {
			w := word{list: field.name, index: i}
			w.expand(c, text)
			words = append(words, w)
		}
	}
	return words
}

// expand puts variables in the place of $(NAME), and $ in that of $$, as the kubelet does in an argument.
func (w *word) expand(c *corev1.Container, text string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		end := strings.IndexByte(text[i:], ')')
		switch next := text[i+1]; {
		case next == '$':
			b.WriteByte('$')
			i++
		case next == '(' && end > 0:
			reference := text[i : i+end+1]
			value, literal, present := spark.EnvValue(c, reference[2:end])
			if w.from = reference[2:end]; present && literal {
				b.WriteString(value)
			} else {
				w.open = w.from
				b.WriteString(reference)
			}
			i += end
		default:
			b.WriteByte('$')
		}
	}
	w.text = b.String()
}

// submitWords are the words behind spark-submit where a container runs it. They are nil where it does not; why is set
// where it seems to, in a way that cannot be read with certainty.
func submitWords(c *corev1.Container) (words []word, why string) {
	words = commandOf(c)
	for len(words) > 0 {
		switch program := path.Base(words[0].text); program {
		case "tini", "dumb-init":
			words = words[1:]
			for len(words) > 0 && strings.HasPrefix(words[0].text, "-") {
				words = words[1:]
			}
			continue
		case "entrypoint.sh": // Spark's own and Bitnami's run any other program as it is
			words = words[1:]
			continue
		case "spark-submit":
			return words[1:], ""
		case "sh", "bash", "dash", "ash":
			return shellWords(c, words[1:])
		}
		break
	}
	for _, w := range words {
		if path.Base(w.text) == "spark-submit" {
			return nil, "it is started by " + words[0].text
		}
	}
	return nil, ""
}

// shellWords are those of the script that a shell is given by -c.
func shellWords(c *corev1.Container, words []word) ([]word, string) {
	for i, w := range words {
		if !strings.HasPrefix(w.text, "-") || w.text == "--" || strings.HasPrefix(w.text, "--") {
			if i > 0 && words[i-1].text != "-c" && strings.HasSuffix(words[i-1].text, "o") {
				continue // the name of an option: -eo pipefail
			}
			return nil, ""
		}
		if !strings.Contains(w.text, "c") {
			continue
		}
		if i+1 == len(words) {
			return nil, ""
		}
		script := words[i+1]
		if strings.HasSuffix(w.text, "o") && i+2 < len(words) {
			script = words[i+2] // -ceo pipefail SCRIPT
		}
		if !strings.Contains(script.text, "spark-submit") {
			return nil, ""
		}
		if script.from != "" {
			return nil, fmt.Sprintf("its script holds the variable %s, which the kubelet puts in", script.from)
		}
		commands, why := splitScript(c, script)
		if why != "" {
			return nil, why
		}
		return theSubmit(commands)
	}
	return nil, ""
}

// beside are commands that change nothing which spark-submit reads.
var beside = map[string]bool{"cd": true, "echo": true, "set": true, "sleep": true, "mkdir": true, "date": true, "id": true, "whoami": true,
	"pwd": true, "env": true, "printenv": true, "ls": true, "cat": true, "true": true, ":": true, "export": true, "umask": true, "ulimit": true}

// theSubmit is the one command of a script that runs spark-submit, where the others are no concern of its.
func theSubmit(commands [][]word) (words []word, why string) {
	found := 0
	for _, command := range commands {
		if command[0].text == "exec" && len(command) > 1 {
			command = command[1:]
		}
		switch program := path.Base(command[0].text); {
		case program == "spark-submit":
			found++
			words = command[1:]
		case !beside[program]:
			return nil, "its script runs " + program + ", too"
		}
	}
	switch found {
	case 0:
		return nil, ""
	case 1:
		if words == nil {
			words = []word{}
		}
		return words, ""
	}
	return nil, "its script runs it more than once"
}

package submit

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Word is one argument of a program that a container runs, and where it stands.
type Word struct {
	Text   string
	List   string // command or args
	Index  int
	Script bool   // it is a part of that argument, which is a script
	Open   string // a variable in it whose value cannot be seen; the text has its reference then
	From   string // a variable whose value is in the text
	Split  string // what stands in it without quotes: a shell may make several words of it, or none
}

// commandOf gives the words of a container's command line as the kubelet expands them: command, else the image's own
// entrypoint, then args.
func commandOf(c *corev1.Container) (words []Word) {
	for _, field := range [...]struct {
		name string
		list []string
	}{{"command", c.Command}, {"args", c.Args}} {
		for i, text := range field.list {
			w := Word{List: field.name, Index: i}
			w.expand(c, text)
			words = append(words, w)
		}
	}
	return words
}

// expand puts variables in the place of $(NAME), and $ in that of $$, as the kubelet does in an argument.
func (w *Word) expand(c *corev1.Container, text string) {
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
			name := reference[2:end]
			value, literal, present := spark.EnvValue(c, name)
			switch {
			case present && literal:
				w.From = name
				b.WriteString(value)
			case present, mayBeSet(c, name):
				w.From, w.Open = name, name
				b.WriteString(reference)
			default: // no variable: the kubelet leaves it as it is
				b.WriteString(reference)
			}
			i += end
		default:
			b.WriteByte('$')
		}
	}
	w.Text = b.String()
}

// mayBeSet says whether a container that names no variable of a name may have one: from a ConfigMap or Secret, or one that
// the kubelet sets for a Service, in capitals.
func mayBeSet(c *corev1.Container, name string) bool {
	named := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r >= 128 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-", r)
	})
	return named && (len(c.EnvFrom) > 0 || strings.ToUpper(name) == name)
}

// submitWords are the words behind spark-submit where a container runs it. They are nil where it does not; err is set
// where it seems to, in a way that cannot be read with certainty.
func submitWords(c *corev1.Container) (words []Word, err error) {
	words = commandOf(c)
	entrypoint := false
	for len(words) > 0 {
		switch program := path.Base(words[0].Text); program {
		case "tini", "dumb-init":
			words = words[1:]
			for len(words) > 0 && strings.HasPrefix(words[0].Text, "-") {
				words = words[1:]
			}
			continue
		case "entrypoint.sh": // Spark's own and Bitnami's run any other program as it is
			words, entrypoint = words[1:], true
			continue
		case "sh", "bash", "dash", "ash":
			return shellWords(c, words[1:])
		case "driver":
			if entrypoint || sparkImage(c) {
				return driverWords(words[1:]), nil
			}
		}
		break
	}
	if words, is, err := submits(words); is {
		return words, err
	}
	for _, w := range words {
		if path.Base(w.Text) == "spark-submit" {
			return nil, fmt.Errorf("it is started by %s", words[0].Text)
		}
	}
	return nil, nil
}

// submits says whether a command is Spark's program for submitting, or one that runs it, and gives the words behind it.
func submits(command []Word) (words []Word, is bool, err error) {
	if len(command) == 0 {
		return nil, false, nil
	}
	words = append([]Word{}, command[1:]...)
	switch program := path.Base(command[0].Text); program {
	case "spark-submit":
		return words, true, nil
	case "spark-class":
		if len(words) > 0 && words[0].Text == "org.apache.spark.deploy.SparkSubmit" {
			return words[1:], true, nil
		}
	case "spark-sql", "spark-shell", "pyspark", "sparkR":
		if elsewhere(words) {
			return nil, false, nil
		}
		return nil, true, fmt.Errorf("it is started by %s, which adds arguments", program)
	}
	return nil, false, nil
}

// elsewhere says whether a shell of Spark's names a master that is not Kubernetes.
func elsewhere(words []Word) bool {
	for i, w := range words {
		master, joined := strings.CutPrefix(w.Text, "--master=")
		if w.Text == "--master" && i+1 < len(words) {
			master, joined = words[i+1].Text, true
		}
		if joined && w.Open == "" {
			return !strings.HasPrefix(master, "k8s") && !strings.HasPrefix(master, "$")
		}
	}
	return false
}

// driverWords are what Spark's entrypoint gives spark-submit where its first argument is driver: client mode, and the
// rest (resource-managers/kubernetes/docker/src/main/dockerfiles/spark/entrypoint.sh).
func driverWords(rest []Word) []Word {
	if len(rest) == 0 {
		return nil
	}
	mode := Word{List: rest[0].List, Index: rest[0].Index} // stands in front of the first
	option := mode
	option.Text, mode.Text = "--deploy-mode", "client"
	return append([]Word{option, mode}, rest...)
}

// sparkImage says whether a container without a command runs Spark's own entrypoint.
func sparkImage(c *corev1.Container) bool {
	facts, _ := spark.Facts(c.Image, nil)
	return len(c.Command) == 0 && strings.HasPrefix(facts.Entrypoint, "spark")
}

// shellWords are those of the script that a shell is given by -c.
func shellWords(c *corev1.Container, words []Word) ([]Word, error) {
	for i, w := range words {
		if !strings.HasPrefix(w.Text, "-") || w.Text == "--" || strings.HasPrefix(w.Text, "--") {
			if i > 0 && words[i-1].Text != "-c" && strings.HasSuffix(words[i-1].Text, "o") {
				continue // the name of an option: -eo pipefail
			}
			return nil, nil
		}
		if !strings.Contains(w.Text, "c") {
			continue
		}
		if i+1 == len(words) {
			return nil, nil
		}
		at := i + 1
		if strings.HasSuffix(w.Text, "o") && i+2 < len(words) {
			at = i + 2 // -ceo pipefail SCRIPT
		}
		script := words[at]
		if !program.MatchString(script.Text) {
			return nil, nil
		}
		if script.From != "" {
			return nil, fmt.Errorf("its script holds the variable %s, which the kubelet puts in", script.From)
		}
		commands, err := splitScript(c, script, words[min(at+2, len(words)):])
		if err != nil {
			return nil, err
		}
		return theSubmit(commands)
	}
	return nil, nil
}

// program finds what may submit an application in a script.
var program = regexp.MustCompile(`\b(spark-submit|spark-sql|spark-shell|pyspark|sparkR|SparkSubmit)\b`)

// harmless are commands that change nothing which spark-submit reads.
var harmless = map[string]bool{"cd": true, "echo": true, "set": true, "sleep": true, "mkdir": true, "date": true, "id": true, "whoami": true,
	"pwd": true, "env": true, "printenv": true, "ls": true, "cat": true, "true": true, ":": true, "export": true, "umask": true, "ulimit": true,
	"exit": true, "hostname": true}

// theSubmit is the one command of a script that runs spark-submit, where the others are no concern of its.
func theSubmit(commands []command) (words []Word, err error) {
	found := 0
	for _, command := range commands {
		run := command.words
		if run[0].Text == "exec" && len(run) > 1 {
			run = run[1:]
		}
		given, is, err := submits(run)
		switch name := path.Base(run[0].Text); {
		case err != nil:
			return nil, err
		case is:
			found++
			words = given
		case !harmless[name]:
			return nil, fmt.Errorf("its script runs %s, too", name)
		case command.writes:
			return nil, errors.New("its script writes a file")
		}
	}
	if found > 1 {
		return nil, errors.New("its script runs it more than once")
	}
	return words, nil
}

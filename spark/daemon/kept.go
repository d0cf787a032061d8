package daemon

import (
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Kept is a server that a start script puts into the background, in a container that another command keeps.
type Kept struct {
	Script string // start-master.sh
	By     string // the command that keeps the container, as it is written
	// Outlives says that the command goes on where the server has ended.
	Outlives bool
	// Shows says that the command prints a file, as the server's log.
	Shows bool
	// Word is the index of the shell's text among the container's command and arguments, and Start that text up to the start script's
	// end; "" where something else follows.
	Word  int
	Start string
}

// braced is a variable of a shell in braces.
var braced = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// KeptByAnother finds a start script that is followed by a command that does not end. What is no plain list of commands is
// none. Where SPARK_NO_DAEMONIZE is set, or may be, the script stays in the foreground.
func KeptByAnother(c *corev1.Container) (k Kept, is bool) {
	words := slices.Concat(c.Command, c.Args)
	_, k.Word = started(words)
	if toldForeground(c) || k.Word < 0 || len(words[k.Word]) > maxArgument {
		return k, false
	}
	text := words[k.Word]
	plain := braced.ReplaceAllStringFunc(strings.ReplaceAll(text, "\\\n", "  "), func(name string) string { return strings.Repeat("x", len(name)) })
	if strings.Contains(plain, "SPARK_NO_DAEMONIZE") || strings.ContainsAny(plain, "`{}|<") {
		return k, false
	}
	end, after := 0, 0 // of the start script, and of the commands behind it
	for _, at := range commandsOf(plain) {
		command := plain[at[0]:at[1]]
		list := strings.Fields(command)
		replaced := len(list) > 1 && list[0] == "exec"
		if replaced {
			list = list[1:]
		}
		switch {
		case len(list) == 0, strings.HasPrefix(list[0], "#"), list[0] == "echo" && k.By == "":
		case strings.HasSuffix(strings.TrimSpace(command), "&"), list[0] == ".", list[0] == "source":
			return k, false
		case k.Script == "":
			if k.Script, end = startScript(list[0]), at[1]; k.Script != "" && replaced {
				return k, false // nothing behind it is run
			}
		case k.By != "":
			after++
		case !k.keeps(list):
			return k, false
		default:
			k.By = strings.Join(strings.Fields(text[at[0]:at[1]]), " ")
		}
	}
	if k.Outlives && after == 0 {
		k.Start = strings.TrimRight(text[:end], " \t\n")
	}
	return k, k.By != ""
}

// keeps says whether a command keeps a container for longer than a moment.
func (k *Kept) keeps(command []string) bool {
	switch arguments := command[1:]; command[0] {
	case "while", "until":
		return true
	case "tail":
		for _, argument := range arguments {
			follows := strings.HasPrefix(argument, "-") && strings.ContainsAny(argument, "fF")
			k.Outlives = k.Outlives || follows
			k.Shows = k.Shows || !strings.HasPrefix(argument, "-") && strings.Trim(argument, "+0123456789") != "" && argument != "/dev/null"
		}
	case "sleep":
		k.Outlives = len(arguments) == 1 && (arguments[0] == "infinity" || arguments[0] == "inf")
	}
	return k.Outlives
}

// commandsOf are where the commands of a list begin and end.
func commandsOf(text string) (at [][2]int) {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ';' || text[i] == '\n' || strings.HasPrefix(text[i:], "&&") {
			at = append(at, [2]int{start, i})
			if start = i + 1; strings.HasPrefix(text[i:], "&&") {
				i, start = i+1, i+2
			}
		}
	}
	return at
}

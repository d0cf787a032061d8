package secret

import (
	"strings"
	"unicode"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Exposed is a secret that stands in clear within a longer text.
type Exposed struct {
	Name   string // as it is written, with its dashes: -Djavax.net.ssl.keyStorePassword, --password
	What   string
	Degree Secrecy
}

// maxExposed bounds what is told of one text.
const maxExposed = 16

// Forms in which words of a command line name a value.
var (
	assignment = pattern(`(?s)^((?:-D|--?)?[A-Za-z_][\w.-]{0,127})=(.*)$`)
	option     = pattern(`^--?[A-Za-z_][\w.-]{0,127}$`)
)

// In looks for secrets among the words of JVM options or of a command line: -Dname=value, name=value,
// --name=value, --name value, and among what --conf sets. A text that does not split into words has none.
func In(text string) (found []Exposed) {
	words, err := spark.SplitOptions(text)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i < len(words) && len(found) < maxExposed; i++ {
		name, value := "", ""
		if m := assignment.FindStringSubmatch(words[i]); m != nil {
			name, value = m[1], m[2]
			if inner := assignment.FindStringSubmatch(value); inner != nil && name == "--conf" {
				name, value = inner[1], inner[2]
			}
		} else if i+1 < len(words) && namesNext(words[i], words[i+1]) {
			name, value = words[i], words[i+1]
		}
		if name == "" || seen[name] {
			continue
		}
		if what, degree := Of(bareName(name), value); degree != Public {
			seen[name] = true
			found = append(found, Exposed{Name: name, What: what, Degree: degree})
		}
	}
	return found
}

// ExposedArgument is a secret that stands in clear in an argument of a command.
type ExposedArgument struct {
	Index int
	Line  bool // the argument is a line of words, and Name stands in it
	Exposed
}

// maxArgumentName bounds the names of arguments that are repeated.
const maxArgumentName = 128

// InArguments looks at --password=x, --password x, password=x, -Dpassword=x, --conf key=value, at the words of
// arguments that are lines, and at what looks like a secret by itself. Name is empty where it may hold the secret.
func InArguments(args []string) (found []ExposedArgument) {
	for i, arg := range args {
		if strings.ContainsFunc(arg, unicode.IsSpace) {
			if inside := In(arg); inside != nil {
				for _, one := range inside {
					found = append(found, ExposedArgument{i, true, one})
				}
				continue
			}
		}
		name, value, joined := strings.Cut(strings.TrimPrefix(arg, "--conf="), "=")
		if !joined && i > 0 && namesNext(args[i-1], arg) {
			name, value = args[i-1], arg
		}
		last := name[strings.LastIndexFunc(name, unicode.IsSpace)+1:] // what a line compares is no name
		what, degree := Of(bareName(last), value)
		if degree == Public || strings.ContainsAny(name, ":/@?&") || last != name || len(name) > maxArgumentName {
			name = ""
			if degree == Public {
				what, degree = Of("", arg)
			}
		}
		if degree != Public {
			found = append(found, ExposedArgument{Index: i, Exposed: Exposed{Name: name, What: what, Degree: degree}})
		}
	}
	return found
}

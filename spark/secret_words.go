package spark

import "regexp"

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
	assignment = regexp.MustCompile(`(?s)^((?:-D|--?)?[A-Za-z_][\w.-]{0,127})=(.*)$`)
	option     = regexp.MustCompile(`^--?[A-Za-z][\w-]{0,127}$`)
)

// SecretsIn looks for secrets among the words of JVM options or of a command line: -Dname=value, name=value,
// --name=value, --name value, and among what --conf sets. A text that does not split into words has none.
func SecretsIn(text string) (found []Exposed) {
	words, err := SplitOptions(text)
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
		} else if option.MatchString(words[i]) && i+1 < len(words) && words[i+1] != "" && words[i+1][0] != '-' {
			if name, value = words[i], words[i+1]; assignment.MatchString(value) {
				continue // the next word names its own value
			}
		}
		if name == "" || seen[name] {
			continue
		}
		bare := name
		for len(bare) > 0 && bare[0] == '-' {
			bare = bare[1:]
		}
		if name[0] == '-' && len(name) > 1 && name[1] == 'D' {
			bare = name[2:]
		}
		if what, degree := SecretOf(bare, value); degree != Public {
			seen[name] = true
			found = append(found, Exposed{Name: name, What: what, Degree: degree})
		}
	}
	return found
}

package submit

import (
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// splitScript cuts a shell script into commands and these into words, where that can be done without running it: quotes,
// continued lines, comments, redirections, variables that are one word, and what harmless commands print where it is one.
// Whatever else a shell does (pipes, loops, globs) is a reason not to. Args are what the script is given as "$@".
func splitScript(c *corev1.Container, script Word, args []Word) (commands []command, why string) {
	s := &scriptReader{c: c, at: script, text: script.Text, args: args, assigned: map[string]bool{}}
	for s.why == "" && s.pos < len(s.text) {
		s.next()
	}
	s.endCommand()
	return s.commands, s.why
}

// command is one of a script.
type command struct {
	words  []Word
	writes bool // what it prints goes to a file
}

type scriptReader struct {
	c        *corev1.Container
	args     []Word
	at       Word
	text     string
	pos      int
	word     *Word // the one that is read; nil between words
	command  []Word
	commands []command
	target   bool // the word that is read, or the next, is the file of a redirection
	writes   bool
	assigned map[string]bool // by the script itself
	why      string
}

func (s *scriptReader) refuse(what string) { s.why = "its script holds " + what }

func (s *scriptReader) add(text string) {
	if s.word == nil {
		w := Word{List: s.at.List, Index: s.at.Index, Script: true}
		s.word = &w
	}
	s.word.Text += text
}

func (s *scriptReader) endWord() {
	if s.word == nil {
		return
	}
	w := *s.word
	s.word = nil
	if s.target {
		s.target = false
		s.writes = s.writes || !strings.HasPrefix(w.Text, "/dev/")
		return
	}
	name, _, assigns := strings.Cut(w.Text, "=")
	assigns = assigns && isName(name)
	if assigns && (len(s.command) == 0 || s.command[0].Text == "export") {
		s.assigned[name] = true
		if len(s.command) == 0 {
			return // FOO=bar in front of a command
		}
	}
	s.command = append(s.command, w)
}

func (s *scriptReader) endCommand() {
	s.endWord()
	if len(s.command) > 0 {
		s.commands = append(s.commands, command{s.command, s.writes})
	}
	if s.target && s.why == "" {
		s.refuse("a redirection without a file")
	}
	s.command, s.writes = nil, false
}

// next reads what stands outside of quotes.
func (s *scriptReader) next() {
	ch := s.text[s.pos]
	switch {
	case strings.HasPrefix(s.text[s.pos:], "\\\n"):
		s.pos += 2
	case strings.HasPrefix(s.text[s.pos:], "&&"), strings.HasPrefix(s.text[s.pos:], "||"):
		s.pos += 2
		s.endCommand()
	case redirection.MatchString(s.text[s.pos:]):
		s.redirect(redirection.FindString(s.text[s.pos:]))
	case s.word == nil && givenWords.MatchString(s.text[s.pos:]):
		s.command = append(s.command, s.args...)
		s.pos += len(`"$@"`)
	case ch == '\n' || ch == ';':
		s.pos++
		s.endCommand()
	case ch == ' ' || ch == '\t' || ch == '\r':
		s.pos++
		s.endWord()
	case ch == '#' && s.word == nil:
		if end := strings.IndexByte(s.text[s.pos:], '\n'); end >= 0 {
			s.pos += end
		} else {
			s.pos = len(s.text)
		}
	case ch == '\\' && s.pos+1 < len(s.text):
		s.add(s.text[s.pos+1 : s.pos+2])
		s.pos += 2
	case ch == '\'':
		end := strings.IndexByte(s.text[s.pos+1:], '\'')
		if end < 0 {
			s.refuse("an unclosed quote")
			return
		}
		s.add(s.text[s.pos+1 : s.pos+1+end])
		s.pos += end + 2
	case ch == '"':
		s.pos++
		s.quoted()
	case ch == '$':
		s.variable(false)
	case strings.IndexByte("|&<>(){}*?[]~!`\\", ch) >= 0:
		s.refuse(string(rune(ch)))
	default:
		s.add(s.text[s.pos : s.pos+1])
		s.pos++
	}
}

// Forms of a script: a redirection up to the name of its file, and all arguments by themselves.
var (
	redirection = regexp.MustCompile(`^(?:&>>?|>>?(?:&[0-9])?|<)`)
	givenWords  = regexp.MustCompile(`^"\$@"(?:[ \t\r\n;]|$)`)
)

// redirect passes over a redirection, which changes no argument.
func (s *scriptReader) redirect(sign string) {
	rest := s.text[s.pos+len(sign):]
	if strings.HasPrefix(rest, "<") || strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "&") || strings.HasPrefix(rest, "|") {
		s.refuse(sign + rest[:1])
		return
	}
	if s.word != nil && len(s.word.Text) == 1 && s.word.Text[0] >= '0' && s.word.Text[0] <= '9' && s.text[s.pos-1] == s.word.Text[0] {
		s.word = nil // 2> is a stream's number
	}
	s.endWord()
	if s.target {
		s.refuse("a redirection without a file")
		return
	}
	s.pos += len(sign)
	s.target = !strings.Contains(sign[1:], "&") // >&1 has none
}

// quoted reads up to the double quote that closes.
func (s *scriptReader) quoted() {
	s.add("")
	for s.pos < len(s.text) && s.why == "" {
		switch ch := s.text[s.pos]; {
		case ch == '"':
			s.pos++
			return
		case ch == '\\' && s.pos+1 < len(s.text) && strings.IndexByte("$`\"\\\n", s.text[s.pos+1]) >= 0:
			if next := s.text[s.pos+1 : s.pos+2]; next != "\n" {
				s.add(next)
			}
			s.pos += 2
		case ch == '$':
			s.variable(true)
		case ch == '`':
			s.refuse("`")
		default:
			s.add(s.text[s.pos : s.pos+1])
			s.pos++
		}
	}
	if s.why == "" {
		s.refuse("an unclosed quote")
	}
}

// variable puts in what $NAME or ${NAME} stands for.
func (s *scriptReader) variable(quoted bool) {
	rest := s.text[s.pos+1:]
	if s.printed(rest, quoted) {
		return
	}
	name := rest[:nameLength(rest)]
	length := len(name)
	if strings.HasPrefix(rest, "{") {
		name, _, _ = strings.Cut(rest[1:], "}")
		length = len(name) + 2
	}
	if !isName(name) || length > len(rest) {
		s.refuse("a $ that is no plain variable")
		return
	}
	s.pos += 1 + length
	value, literal, present := spark.EnvValue(s.c, name)
	switch known := present && literal && !s.assigned[name]; {
	case known && (quoted || value != "" && !strings.ContainsAny(value, " \t\r\n*?[\\")):
		s.add(value)
		s.word.From = name
	case quoted || !known && !s.assigned[name] && oneWord(s.c, name):
		s.add("$" + name)
		s.word.Open, s.word.From = name, name
	case s.harmless():
		s.add("$" + name)
	default:
		s.refuse("$" + name + " without quotes")
	}
}

// harmless says whether the words that are read belong to a command whose arguments are no matter.
func (s *scriptReader) harmless() bool {
	return len(s.command) > 0 && beside[path.Base(s.command[0].Text)] && s.command[0].Text != "export" && s.command[0].Text != "set" && s.command[0].Text != "env"
}

// output is what a shell prints in place of a word: the state of the last command, or what a command prints.
var output = regexp.MustCompile(`^(?:[?$!#]|\(([a-z]+)(?: [^()"'` + "`" + `$\\|;&<>\n]*)?\))`)

// printed puts in a word that only a run could tell, where it is one word: within quotes, or behind an assignment.
func (s *scriptReader) printed(rest string, quoted bool) bool {
	m := output.FindStringSubmatch(rest)
	if m == nil || m[1] != "" && !beside[m[1]] {
		return false
	}
	assigned := s.word != nil && strings.Contains(s.word.Text, "=") && isName(s.word.Text[:strings.IndexByte(s.word.Text, '=')]) &&
		(len(s.command) == 0 || s.command[0].Text == "export")
	if m[1] != "" && !quoted && !assigned && !s.harmless() {
		return false
	}
	s.add("$" + m[0])
	s.word.Open, s.word.From = m[0], m[0]
	s.pos += 1 + len(m[0])
	return true
}

// oneWord says whether a variable whose value cannot be seen is a single word: what the image and the kubelet set, and
// names and addresses that Kubernetes gives.
func oneWord(c *corev1.Container, name string) bool {
	for i := range c.Env {
		if e := &c.Env[i]; e.Name == name {
			return e.ValueFrom != nil && e.ValueFrom.FieldRef != nil && !strings.Contains(e.ValueFrom.FieldRef.FieldPath, "metadata.annotations") &&
				!strings.Contains(e.ValueFrom.FieldRef.FieldPath, "metadata.labels")
		}
	}
	switch name {
	case "SPARK_HOME", "HOME", "HOSTNAME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS", "KUBERNETES_PORT_443_TCP_ADDR":
		return len(c.EnvFrom) == 0
	}
	return false
}

func nameLength(s string) int {
	for i := range len(s) {
		ch := s[i]
		if ch != '_' && (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (i == 0 || ch < '0' || ch > '9') {
			return i
		}
	}
	return len(s)
}

func isName(s string) bool { return s != "" && nameLength(s) == len(s) }

package submit

import (
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// given says whether a word is all arguments of the script, and nothing else.
func (s *scriptReader) given(word *syntax.Word) bool { return s.source(word) == `"$@"` }

// source is how a part stands in the script; a line that goes on behind it is not of it.
func (s *scriptReader) source(n syntax.Node) string {
	return strings.ReplaceAll(s.text[n.Pos().Offset():n.End().Offset()], "\\\n", "")
}

// assign reads NAME=value, or a word that stands where one could.
func (s *scriptReader) assign(a *syntax.Assign) Word {
	lead := ""
	switch {
	case a.Index != nil:
		s.refuse("[")
	case a.Array != nil:
		s.refuse("(")
	case a.Append:
		s.refuse("+=")
	case a.Name != nil:
		lead = a.Name.Value
		if !a.Naked {
			lead += "="
		}
	}
	s.assigning = lead != "" && !a.Naked && (len(s.command) == 0 || s.command[0].Text == "export")
	w := s.read(lead, a.Value)
	s.assigning = false
	if name, _, ok := strings.Cut(w.Text, "="); ok && isName(name) && (len(s.command) == 0 || s.command[0].Text == "export") {
		s.assigned[name] = true
	}
	return w
}

// redirect passes over a redirection, which changes no argument, and says whether it writes a file.
func (s *scriptReader) redirect(r *syntax.Redirect) (writes bool) {
	switch r.Op {
	case syntax.RdrOut, syntax.AppOut, syntax.RdrIn, syntax.RdrAll, syntax.AppAll:
	case syntax.DplOut:
		if len(r.Word.Lit()) == 1 && strings.Contains("0123456789", r.Word.Lit()) {
			return false // a stream, as in 2>&1
		}
		s.refuse(">&")
		return false
	case syntax.WordHdoc, syntax.DashHdoc:
		s.refuse("<<")
		return false
	default:
		s.refuse(r.Op.String())
		return false
	}
	if r.N != nil && strings.HasPrefix(r.N.Value, "{") {
		s.refuse("{")
	}
	return !strings.HasPrefix(s.read("", r.Word).Text, "/dev/")
}

// read is a word as the shell would make it of what stands in the script; lead stands in front of it.
func (s *scriptReader) read(lead string, word *syntax.Word) Word {
	w := Word{Text: lead, List: s.at.List, Index: s.at.Index, Script: true}
	if word == nil {
		return w
	}
	s.word = &w
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.SglQuoted:
			if part.Dollar {
				s.refuse(noPlainVariable)
			}
			w.Text += part.Value
		case *syntax.DblQuoted:
			if part.Dollar {
				s.refuse(noPlainVariable)
			}
			for _, inner := range part.Parts {
				s.part(inner, true)
			}
		default:
			s.part(part, false)
		}
	}
	return w
}

const noPlainVariable = "a $ that is no plain variable"

// part reads what stands outside of quotes, or within double ones.
func (s *scriptReader) part(part syntax.WordPart, quoted bool) {
	switch part := part.(type) {
	case *syntax.Lit:
		s.literal(part.Value, quoted)
	case *syntax.ParamExp, *syntax.CmdSubst, *syntax.ArithmExp:
		s.variable(s.source(part), quoted)
	case *syntax.ExtGlob:
		s.refuse("(")
	default:
		s.refuse(s.source(part)[:2]) // <( and >(
	}
}

// literal takes the backslashes off a text.
func (s *scriptReader) literal(text string, quoted bool) {
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch == '\\' && i+1 < len(text) && (!quoted || strings.IndexByte("$`\"\\\n", text[i+1]) >= 0):
			if i++; text[i] == '\n' {
				continue
			}
		case ch == '$':
			s.refuse(noPlainVariable)
		case !quoted && strings.IndexByte("|&<>(){}*?[]~!`", ch) >= 0:
			s.refuse(string(rune(ch)))
		}
		s.word.Text += text[i : i+1]
	}
}

// variable puts in what $NAME or ${NAME} stands for.
func (s *scriptReader) variable(source string, quoted bool) {
	rest, dollar := strings.CutPrefix(source, "$")
	if !dollar {
		s.refuse("`")
		return
	}
	if s.printed(rest, quoted) {
		return
	}
	name := rest
	if inner, braced := strings.CutPrefix(rest, "{"); braced {
		name = strings.TrimSuffix(inner, "}")
	}
	if !isName(name) {
		s.expansion(source, quoted)
		return
	}
	value, literal, present := spark.EnvValue(s.c, name)
	switch known := present && literal && !s.assigned[name]; {
	case known && (quoted || value != "" && !strings.ContainsAny(value, " \t\r\n*?[\\")):
		s.word.Text += value
		s.word.From = name
	case quoted || !known && !s.assigned[name] && oneWord(s.c, name):
		s.word.Text += "$" + name
		s.word.Open, s.word.From = name, name
	case s.harmless():
		s.word.Text += "$" + name
	case known || s.sets():
		s.refuse("$" + name + mayBeSeveral)
	default:
		s.unseen("$"+name, name, true)
	}
}

// unseen puts in a reference whose value only a run could tell.
func (s *scriptReader) unseen(text, name string, split bool) {
	s.word.Text += text
	s.word.Open, s.word.From = name, name
	if split && !s.assigning {
		s.word.Split = text
	}
}

// expansion puts in ${NAME:-value} and its like: one word within quotes, if it is no list. What a command prints is refused, for a command
// may change what spark-submit reads.
func (s *scriptReader) expansion(source string, quoted bool) {
	inner, braced := strings.CutPrefix(source, "${")
	name := inner[:nameLength(inner)]
	if !braced || name == "" || strings.ContainsAny(inner, "[(`") || strings.HasPrefix(inner[len(name):], "=") || strings.HasPrefix(inner[len(name):], ":=") || s.sets() {
		s.refuse(noPlainVariable)
		return
	}
	s.unseen(source, name, !quoted)
}

// sets says whether the words that are read belong to a command that changes the variables or arguments of the script.
func (s *scriptReader) sets() bool {
	return len(s.command) > 0 && (s.command[0].Text == "export" || s.command[0].Text == "set" || s.command[0].Text == "env")
}

// harmless says whether the words that are read belong to a command whose arguments are no matter.
func (s *scriptReader) harmless() bool {
	return len(s.command) > 0 && harmless[path.Base(s.command[0].Text)] && !s.sets()
}

// output is what a shell prints in place of a word: the state of the last command, or what a command prints.
var output = regexp.MustCompile(`^(?:[?$!#]|\(([a-z]+)(?: [^()"'` + "`" + `$\\|;&<>\n]*)?\))$`)

// printed puts in a word that only a run could tell, where it is one word: within quotes, or behind an assignment.
func (s *scriptReader) printed(rest string, quoted bool) bool {
	m := output.FindStringSubmatch(rest)
	if m == nil || m[1] != "" && (!harmless[m[1]] || !quoted && !s.assigning && s.sets()) {
		return false
	}
	s.unseen("$"+rest, rest, !quoted && m[1] != "" && !s.harmless())
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

// mayBeSeveral is what is wrong with a variable, and what to do.
const mayBeSeveral = " without quotes, which may be several arguments or none: write these arguments there, or put a single one in quotes"

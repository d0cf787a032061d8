package submit

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// splitScript cuts a shell script into commands and these into words, where that can be done without running it: quotes,
// continued lines, comments, redirections, variables that are one word, and what harmless commands print where it is one.
// Whatever else a shell does (pipes, loops, globs) is a reason not to. Args are what the script is given as "$@".
func splitScript(c *corev1.Container, script Word, args []Word) (commands []command, err error) {
	s := &scriptReader{c: c, at: script, text: script.Text, args: args, assigned: map[string]bool{}}
	if much := document.TooMuch(s.text); much != "" {
		s.refuse(much)
		return nil, s.err
	}
	file, text, err := document.ParseScript(strings.ReplaceAll(s.text, "\r", " "))
	if err != nil {
		return nil, fmt.Errorf("its script cannot be parsed: %s", document.Complaint(err))
	}
	s.text = text
	for _, stmt := range file.Stmts {
		s.statement(stmt)
	}
	return s.commands, s.err
}

// command is one of a script.
type command struct {
	words  []Word
	writes bool // what it prints goes to a file
}

type scriptReader struct {
	c         *corev1.Container
	args      []Word
	at        Word
	text      string
	word      *Word // the one that is read
	assigning bool  // it is NAME=value
	command   []Word
	commands  []command
	assigned  map[string]bool // by the script itself
	err       error           // the first thing that keeps the script from being read
}

// refuse notes the first thing that keeps a script from being read.
func (s *scriptReader) refuse(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("its script holds %s", what)
	}
}

// statement reads commands in the order in which they stand.
func (s *scriptReader) statement(stmt *syntax.Stmt) {
	s.command = nil
	switch cmd := stmt.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		for _, assign := range cmd.Assigns {
			s.assign(assign) // FOO=bar in front of a command
		}
		for _, word := range cmd.Args {
			if s.given(word) {
				s.command = append(s.command, s.args...)
				continue
			}
			s.command = append(s.command, s.read("", word))
		}
	case *syntax.DeclClause:
		s.command = append(s.command, s.read("", &syntax.Word{Parts: []syntax.WordPart{cmd.Variant}}))
		for _, assign := range cmd.Args {
			s.command = append(s.command, s.assign(assign))
		}
	case *syntax.BinaryCmd:
		s.statement(cmd.X)
		if cmd.Op != syntax.AndStmt && cmd.Op != syntax.OrStmt {
			s.refuse(cmd.Op.String())
		}
		if s.err == nil {
			s.statement(cmd.Y)
		}
		s.command = nil
	default: // it begins with the word or the sign that tells what it is
		from := s.text[cmd.Pos().Offset():]
		sign := from[:max(1, nameLength(from))]
		s.refuse(sign)
	}
	writes := false
	for _, redirect := range stmt.Redirs {
		writes = s.redirect(redirect) || writes
	}
	switch {
	case stmt.Negated:
		s.refuse("!")
	case stmt.Background, stmt.Coprocess, stmt.Disown:
		s.refuse("&")
	}
	if len(s.command) > 0 {
		s.commands = append(s.commands, command{s.command, writes})
	}
}

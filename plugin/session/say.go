package session

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// Display is how a table is written to the terminal that there is.
func (s *Session) Display(format string) report.Options {
	screen := terminal.Of(s.Out)
	return report.Options{Format: format, Color: screen.Color, ASCII: screen.ASCII, Width: screen.Width}
}

// Say writes a line beside the output. On a terminal it takes as many lines as the width asks for, the text below itself.
func (s *Session) Say(head, text string) {
	screen := terminal.Of(s.ErrOut)
	if !screen.Terminal {
		fmt.Fprintln(s.ErrOut, head+text)
		return
	}
	if screen.ASCII {
		text = layout.ASCII(text)
	}
	for _, line := range report.Wrap(text, report.Width(screen.Width)-len(head)) {
		fmt.Fprintln(s.ErrOut, head+line)
		head = strings.Repeat(" ", len(head))
	}
}

// Tell writes notes. One may tell what it found, and that be a secret.
func (s *Session) Tell(notes []string, showSecrets bool) {
	for _, note := range notes {
		if !showSecrets {
			note = mask.Message(note)
		}
		fmt.Fprintln(s.ErrOut, "note: "+clean.Line(note))
	}
}

// TellMissing names what could not be read.
func (s *Session) TellMissing(missing []report.Missing) {
	for _, gap := range missing {
		line := fmt.Sprintf("not read: %s %s %s", gap.Verb, gap.Resource, gap.Reason)
		if gap.Grant != "" {
			line += "; grant: " + gap.Grant
		}
		fmt.Fprintln(s.ErrOut, clean.Line(line))
	}
}

// TellReasons names what was not checked, beside a form that does not hold it.
func (s *Session) TellReasons(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(s.ErrOut, "not checked: "+clean.Line(line))
	}
}

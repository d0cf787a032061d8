package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Width is the width of a line on a terminal of so many columns, 0 where there is none.
func Width(columns int) int { return layout.Width(columns) }

// Wrap breaks text at spaces into lines of at most n columns. A command is one word: it can be copied from one line.
func Wrap(text string, n int) []string { return layout.Wrap(text, n) }

// Count is a number with its word.
func Count(n int, one, many string) string { return layout.Count(n, one, many) }

// signStyles are the colours of signs, which repeat what they say.
var signStyles = map[string]string{"√": layout.Green, "+": layout.Green, "‼": layout.Yellow, "!": layout.Yellow, "✗": layout.Red, "x": layout.Red}

// nameColumns are those of the name that most Lines begin with, and of the space behind it.
const nameColumns = 16

// Lines writes what was looked at, a line each. The first error of writing stays.
type Lines struct {
	Out io.Writer
	Options
	Err error
	// Wide breaks no line.
	Wide bool
}

// Line writes a text behind a sign. What does not fit goes on below, in the column of the text behind the name where the
// format begins with one. What objects of a cluster say may be a secret, and may do something to a terminal.
func (l *Lines) Line(sign, format string, args ...any) {
	text := clean.Text(mask.Message(fmt.Sprintf(format, args...)))
	if l.ASCII {
		sign = map[string]string{"√": "+", "‼": "!", "✗": "x", "·": "-", "": ""}[sign]
		text = layout.ASCII(text)
	}
	head := ""
	if sign != "" {
		head = sign + " "
	}
	if strings.HasPrefix(format, "%-15s ") {
		head, text = head+text[:nameColumns], text[nameColumns:]
	}
	lines := []string{text}
	if !l.Wide {
		lines = layout.Wrap(text, layout.Width(l.Width)-layout.Columns(head))
	}
	style, painted := signStyles[sign]
	shown := layout.Paint(l.Color && painted, style, sign) + strings.TrimPrefix(head, sign)
	for _, line := range lines {
		if _, err := fmt.Fprintln(l.Out, shown+line); l.Err == nil {
			l.Err = err
		}
		shown = layout.Pad("", layout.Columns(head))
	}
}

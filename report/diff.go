package report

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// Heading is a line that stands out on a terminal.
func Heading(text string, color bool) string {
	return layout.Paint(color, layout.Bold, clean.Text(text))
}

// PaintDiff colours the lines of a unified difference: what goes red, what comes green, where it is dim, and what for bold.
func PaintDiff(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		text := strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(text, "@@ "):
			if end := strings.Index(text[2:], "@@") + 4; end < len(text) { // codes stand behind it
				text = layout.Paint(true, layout.Dim, text[:end]) + layout.Paint(true, layout.Bold, text[end:])
			} else {
				text = layout.Paint(true, layout.Dim, text)
			}
		case strings.HasPrefix(text, "--- "), strings.HasPrefix(text, "+++ "):
			text = layout.Paint(true, layout.Dim, text)
		case strings.HasPrefix(text, "-"):
			text = layout.Paint(true, layout.Red, text)
		case strings.HasPrefix(text, "+"):
			text = layout.Paint(true, layout.Green, text)
		}
		b.WriteString(text + line[len(strings.TrimRight(line, "\n")):])
	}
	return b.String()
}

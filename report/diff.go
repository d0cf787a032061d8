package report

import "github.com/kubectl-spark/kubectl-spark/report/clean"

import "strings"

// Heading is a line that stands out on a terminal.
func Heading(text string, color bool) string { return paint(color, bold, clean.Text(text)) }

// PaintDiff colours the lines of a unified difference: what goes red, what comes green, where it is dim, and what for bold.
func PaintDiff(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		text := strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(text, "@@ "):
			if end := strings.Index(text[2:], "@@") + 4; end < len(text) { // codes stand behind it
				text = paint(true, dim, text[:end]) + paint(true, bold, text[end:])
			} else {
				text = paint(true, dim, text)
			}
		case strings.HasPrefix(text, "--- "), strings.HasPrefix(text, "+++ "):
			text = paint(true, dim, text)
		case strings.HasPrefix(text, "-"):
			text = paint(true, red, text)
		case strings.HasPrefix(text, "+"):
			text = paint(true, green, text)
		}
		b.WriteString(text + line[len(strings.TrimRight(line, "\n")):])
	}
	return b.String()
}

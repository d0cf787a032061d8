package report

import "github.com/kubectl-spark/kubectl-spark/rule"

// ANSI codes of the few styles in use. They only repeat what words and signs say.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (t *table) paint(style, s string) string { return paint(t.o.Color, style, s) }

func paint(color bool, style, s string) string {
	if !color || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

func (t *table) glyph(unicode, ascii string) string {
	if t.o.ASCII {
		return ascii
	}
	return unicode
}

func (t *table) sep() string { return t.glyph(" · ", " - ") }

func (t *table) sign(level rule.Level) string {
	switch level {
	case rule.Error:
		return t.paint(red, t.glyph("✗", "x"))
	case rule.Warning:
		return t.paint(yellow, t.glyph("‼", "!"))
	}
	return t.glyph("·", "-")
}
